"""The detectors whose cards come with pyjetsim, as data of theirs tell them."""

from pyjetsim.detector import SHIPPED, Conditions, load_card
from pyjetsim.models.cells import CellsConfig

CONDITIONS = {
    name: Conditions(f"{name}.h5", mean_pileup=50.0, radius=0.5).with_card(load_card(name))
    for name in SHIPPED
}
CMS, ATLAS = CONDITIONS["cms"], CONDITIONS["atlas"]
CMS_CONFIG, ATLAS_CONFIG = (CellsConfig().for_conditions(detector) for detector in (CMS, ATLAS))
