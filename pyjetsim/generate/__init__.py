"""Generate: collisions from PYTHIA 8 with pileup, through a detector, to pairs of gen and reco jets."""

from pyjetsim._utils.extras import needs

with needs("generate", "making collisions"):
    from pyjetsim.detector import DetectorCard, load_card
    from pyjetsim.generate.detector import Detector
    from pyjetsim.generate.pipeline import generate
    from pyjetsim.generate.pythia import PRESETS
    from pyjetsim.generate.settings import GenerateSettings

__all__ = ["PRESETS", "Detector", "DetectorCard", "GenerateSettings", "generate", "load_card"]
