"""Settings of the model of cells."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from pydantic import Field, ValidationError

from pyjetsim._utils.validation import first_problem
from pyjetsim.detector import Conditions
from pyjetsim.errors import RecipeError
from pyjetsim.jets import R
from pyjetsim.models.base import JetModelConfig
from pyjetsim.models.cells.detector import Detector


@dataclass(frozen=True)
class Known:
    """Detector, R and thresholds, which the model knows without learning them."""

    detector: Detector
    radius: float
    """R of the jets."""
    candidate_pt_min: float
    """GeV."""
    candidate_eta_max: float


class CellsConfig(JetModelConfig):
    """Sizes of the networks, and the detector, which they need not learn.

    Notes
    -----
    What is None is filled in from the data when a training begins; see :meth:`for_conditions`.
    """

    max_constituents: int = Field(default=80, ge=1)
    width: int = Field(default=64, ge=4)
    blocks: int = Field(default=1, ge=0)
    heads: int = Field(default=4, ge=1)
    max_extra_tracks: int = Field(default=16, ge=2)
    max_extra_photons: int = Field(default=32, ge=2)
    max_extra_neutrals: int = Field(default=12, ge=2)
    radius: float | None = Field(default=None, gt=0)
    """R of the jets."""
    candidate_pt_min: float | None = Field(default=None, gt=0)
    """GeV: softer candidates are not reconstructed."""
    candidate_eta_max: float | None = Field(default=None, gt=0)
    """Absolute eta up to which candidates are reconstructed."""
    detector: Detector | None = None

    @property
    def extras(self) -> tuple[int, int, int]:
        """The most extras of each class: tracks, photons, neutral hadrons."""
        return self.max_extra_tracks, self.max_extra_photons, self.max_extra_neutrals

    @property
    def known(self) -> Known:
        """Detector, R and thresholds.

        Raises
        ------
        RecipeError
            Where they were not filled in.
        """
        values = {name: getattr(self, name) for name in _KNOWN}
        missing = [name for name, value in values.items() if value is None]
        if missing:
            raise RecipeError(
                f"model.{missing[0]} of cells is missing",
                "it carries particles to the calorimeters and must know where they are",
                "train it on data, whose detector it then takes, or give all of model."
                + ", model.".join(_KNOWN),
            )
        return Known(**values)

    def for_conditions(self, conditions: Conditions) -> CellsConfig:
        """Settings with detector, R and thresholds of the data; see :meth:`ModelConfig.for_conditions`."""
        if self.detector is not None and conditions.figures is None:
            return self.model_copy(update={"radius": self._radius(conditions)})
        card = conditions.card
        if card is None or conditions.mean_pileup is None:
            missing = "the figures of its detector" if card is None else "its mean pileup"
            raise RecipeError(
                f"{conditions.source} does not tell {missing}",
                "cells carries particles to the calorimeters and must know where they are",
                "name the detector, --detector cms, atlas or a card of your own (pileup.mean in it), or set "
                "data.detector in the recipe",
            )
        try:
            detector = Detector.of(card, conditions.mean_pileup)
        except ValidationError as error:
            raise RecipeError(
                f"detector card {card.name}: {first_problem(error).what}",
                "cells cannot be built with it",
                "correct the card",
            ) from error
        _check_same("detector", self.detector, detector, conditions)
        cuts = card.candidates
        if self.candidate_pt_min is None:
            _check_positive(card.name, cuts.pt_min)
        return self.model_copy(
            update={
                "detector": detector,
                "radius": self._radius(conditions),
                "candidate_pt_min": self.candidate_pt_min or cuts.pt_min,
                "candidate_eta_max": self.candidate_eta_max or cuts.eta_max,
            }
        )

    def _radius(self, conditions: Conditions) -> float:
        if conditions.radius is not None:
            _check_same("radius", self.radius, conditions.radius, conditions)
            return conditions.radius
        return self.radius or R


_KNOWN = ("detector", "radius", "candidate_pt_min", "candidate_eta_max")


def _check_same(name: str, told: Any, found: Any, conditions: Conditions) -> None:
    if told is not None and told != found:
        raise RecipeError(
            f"model.{name} of the recipe is not that of {conditions.source}, {conditions}",
            "the model would place particles where they are not",
            f"leave model.{name} out: it is taken from the data",
        )


def _check_positive(card: str, pt_min: float) -> None:
    if pt_min <= 0:
        raise RecipeError(
            f"detector card {card}: candidates.pt_min is {pt_min:g}",
            "cells draws the logarithm of pt from there on",
            "set model.candidate_pt_min in the recipe, or candidates.pt_min above 0",
        )
