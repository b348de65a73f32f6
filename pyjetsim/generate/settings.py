"""Settings of a generation, checked before anything starts."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated, Any, Literal

from pydantic import BaseModel, ConfigDict, Field, ValidationError

from pyjetsim import __version__
from pyjetsim._utils.validation import first_problem
from pyjetsim.detector import DetectorCard, load_card
from pyjetsim.errors import InputError
from pyjetsim.generate.pool import POOL_SIZE, pool_provenance
from pyjetsim.generate.pythia import process_settings, pythia_version
from pyjetsim.jets import R
from pyjetsim.jets.clustering import FASTJET_VERSION
from pyjetsim.jets.selection import (
    GEN_ETA_MAX,
    GEN_PT_MIN,
    MATCH_DELTA_R,
    OBJECTS_ETA_MAX,
    OBJECTS_GEN_PT_MIN,
    OBJECTS_R,
    OBJECTS_RECO_PT_MIN,
    PARTICLE_ETA_MAX,
    RECO_PT_MIN,
    STORED_CONSTITUENTS,
)

SHARD_EVENTS = 200
"""Events in a shard: what an interrupted run loses at most, per process."""
MEAN_PILEUP = 50.0
"""Where neither the card nor anybody says."""

Written = Literal["jets", "objects"]
DEFAULTS: dict[str, dict[str, float]] = {
    "jets": {
        "gen_pt_min": GEN_PT_MIN,
        "gen_eta_max": GEN_ETA_MAX,
        "reco_pt_min": RECO_PT_MIN,
        "radius": R,
    },
    "objects": {
        "gen_pt_min": OBJECTS_GEN_PT_MIN,
        "gen_eta_max": OBJECTS_ETA_MAX,
        "reco_pt_min": OBJECTS_RECO_PT_MIN,
        "radius": OBJECTS_R,
    },
}
"""Cuts and R by what is written, where nothing else is said."""

_NotNegative = Annotated[float, Field(ge=0, allow_inf_nan=False)]
_Positive = Annotated[float, Field(gt=0, allow_inf_nan=False)]


class GenerateSettings(BaseModel):
    """All that the content of the file depends on; pt in GeV. :func:`generate` describes each."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    process: str
    """A preset, or the path of a PYTHIA ``.cmnd`` file."""
    events: Annotated[int, Field(ge=1)]
    write: Written = "jets"
    """Pairs of jets with their constituents, or tables of jets and muons."""
    seed: Annotated[int, Field(ge=0)] = 1
    pileup: Annotated[float, Field(ge=0, le=1e4, allow_inf_nan=False)]
    """Mean number of pileup collisions."""
    pileup_pool: Annotated[int, Field(ge=1)] = POOL_SIZE
    """Minimum-bias collisions that pileup is drawn from."""
    pthat_min: _NotNegative | None = None
    """Smallest pT of the hard process; None takes the preset's."""
    detector: str | Path | None = None
    """A detector card, by name or file; None is the CMS-like one."""
    gen_pt_min: _NotNegative = GEN_PT_MIN
    gen_eta_max: _Positive = GEN_ETA_MAX
    reco_pt_min: _NotNegative = RECO_PT_MIN
    match_delta_r: _Positive = MATCH_DELTA_R
    radius: _Positive = R
    max_constituents: Annotated[int, Field(ge=1)] = STORED_CONSTITUENTS

    @staticmethod
    def checked(**values: Any) -> GenerateSettings:
        """Settings from the arguments of :func:`generate`; without ``pileup`` the mean is the card's.

        Cuts and R that are None are those of :data:`DEFAULTS`.

        Raises
        ------
        InputError
            Naming the first setting that is wrong.
        """
        if values.get("pileup") is None:
            pileup = load_card(values.get("detector")).pileup
            values["pileup"] = pileup.mean if pileup is not None else MEAN_PILEUP
        for name, value in DEFAULTS.get(values.get("write", "jets"), {}).items():
            if values.get(name) is None:
                values[name] = value
        try:
            return GenerateSettings(**values)
        except ValidationError as error:
            raise InputError(
                first_problem(error).what, "nothing can be generated with it", "give it another value"
            ) from error

    @property
    def particle_eta_max(self) -> float:
        """Up to where particles and candidates are clustered; for objects as far as their jets reach."""
        return PARTICLE_ETA_MAX if self.write == "jets" else self.gen_eta_max + self.radius

    def card(self) -> DetectorCard:
        """The detector card. For objects, whose jets reach far forward, candidates do so too.

        Raises
        ------
        RecipeError
            For a card that cannot be used.
        """
        card = load_card(self.detector)
        if self.write == "jets" or card.candidates.eta_max >= self.particle_eta_max:
            return card
        candidates = card.candidates.model_copy(update={"eta_max": self.particle_eta_max})
        return card.model_copy(update={"candidates": candidates})

    @property
    def shards(self) -> int:
        """Number of shards, which does not depend on the number of processes."""
        return -(-self.events // SHARD_EVENTS)

    def shard_events(self, shard: int) -> range:
        """Event numbers of a shard."""
        first = shard * SHARD_EVENTS
        return range(first, min(first + SHARD_EVENTS, self.events))

    def provenance(self) -> dict[str, Any]:
        """Everything that decides the content of the file, and neither date nor machine."""
        pileup: dict[str, Any] = {"mean": self.pileup}
        if self.pileup:
            pileup["pool"] = pool_provenance(self.pileup_pool)
        found: dict[str, Any] = {
            "pyjetsim": __version__,
            "generator": f"PYTHIA {pythia_version()}",
            "process": Path(self.process).name,
            "pythia_settings": list(process_settings(self.process, self.pthat_min)),
            "seed": self.seed,
            "events": self.events,
            "shard_events": SHARD_EVENTS,
            "pileup": pileup,
            "detector": self.card().model_dump(mode="json"),
            "jets": {
                "algorithm": "anti-kt, E scheme",
                "radius": self.radius,
                "fastjet": FASTJET_VERSION,
                "max_constituents": self.max_constituents,
            },
            "gen": {
                "particles": "stable, without neutrinos, with their masses",
                "particle_eta_max": self.particle_eta_max,
                "pt_min": self.gen_pt_min,
                "eta_max": self.gen_eta_max,
            },
            "reco": {"particles": "particle-flow candidates, massless", "pt_min": self.reco_pt_min},
            "match_delta_r": self.match_delta_r,
        }
        if self.write == "objects":
            del found["jets"]["max_constituents"]
            found["write"] = self.write
            found["reco"]["pileup_subtraction"] = "median density times active area"
        return found
