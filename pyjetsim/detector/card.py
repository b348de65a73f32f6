"""The detector card: every figure of the detector, read from TOML and checked."""

from __future__ import annotations

from importlib.resources import files
from importlib.resources.abc import Traversable
from itertools import pairwise
from pathlib import Path
from typing import Annotated, Any

from pydantic import BaseModel, ConfigDict, Field, ValidationError, model_validator

from pyjetsim._utils.validation import Problem, first_problem, read_toml
from pyjetsim.errors import RecipeError

DEFAULT = "cms"
SHIPPED = {name: files(__package__) / f"{name}.toml" for name in (DEFAULT, "atlas")}
"""The cards that come with pyjetsim, by name."""

Figure = Annotated[float, Field(ge=0, allow_inf_nan=False, strict=True)]
Positive = Annotated[float, Field(gt=0, allow_inf_nan=False, strict=True)]
Fraction = Annotated[float, Field(ge=0, le=1, strict=True)]


class _Table(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True)


class Vertex(_Table):
    """Where collisions happen along the beam: a Gaussian, cut off at ``max_z``. m."""

    sigma_z: Figure
    max_z: Figure

    @model_validator(mode="after")
    def _reachable(self) -> Vertex:
        # Vertices beyond are drawn again: of a tenth of a width, 8 % are kept at once.
        if self.max_z < 0.1 * self.sigma_z:
            raise ValueError("max_z is below a tenth of sigma_z, where hardly a vertex would be accepted")
        return self


class Magnet(_Table):
    """A solenoid's cylinder: field in T, lengths in m."""

    field: Figure
    radius: Positive
    half_length: Positive


class Efficiency(_Table):
    """Tracking efficiency in one row of |eta|: ``efficiency[i]`` for pt above ``pt_above[i]`` GeV."""

    eta_max: Positive
    pt_above: list[Figure]
    efficiency: list[Fraction]

    @model_validator(mode="after")
    def _same_length(self) -> Efficiency:
        if not self.pt_above or len(self.pt_above) != len(self.efficiency):
            raise ValueError("pt_above and efficiency need the same number of figures, at least one")
        if sorted(self.pt_above) != self.pt_above:
            raise ValueError("pt_above must rise")
        return self


class TrackResolution(_Table):
    """Relative pt resolution in one row of |eta|: sqrt(constant² + (slope pt)²), pt in GeV."""

    eta_max: Positive
    constant: Figure
    slope: Figure


class Decline(_Table):
    """Fall of the efficiency above ``pt_above`` (GeV) as exp(-rate (pt - pt_above)), rate in 1/GeV."""

    pt_above: Figure
    rate: Figure


class Tracks(_Table):
    """How one kind of charged particle is tracked."""

    efficiency: list[Efficiency] = Field(min_length=1)
    resolution: list[TrackResolution] = Field(min_length=1)
    decline: Decline | None = None

    @model_validator(mode="after")
    def _rows_rise(self) -> Tracks:
        _rising("efficiency", [row.eta_max for row in self.efficiency])
        _rising("resolution", [row.eta_max for row in self.resolution])
        if self.resolution[-1].eta_max < self.efficiency[-1].eta_max:
            raise ValueError("resolution must reach as far in eta as efficiency")
        return self


class TrackKinds(_Table):
    """Every charged particle that is no electron or muon counts as a charged hadron."""

    charged_hadron: Tracks
    electron: Tracks
    muon: Tracks


class Cells(_Table):
    """A region of cells, from the end of the one before: edges of rings, or equal rings to ``eta_max``."""

    phi_cells: int = Field(gt=0, strict=True)
    eta_edges: list[Positive] | None = None
    eta_max: Positive | None = None
    eta_cells: int | None = Field(default=None, gt=0, strict=True)

    @model_validator(mode="after")
    def _one_way(self) -> Cells:
        equal = self.eta_max is not None and self.eta_cells is not None
        partial = (self.eta_max is None) != (self.eta_cells is None)
        if partial or equal == bool(self.eta_edges):
            raise ValueError("give either eta_edges or both eta_max and eta_cells")
        return self

    def edges(self, start: float) -> list[float]:
        """Upper edges in |eta| of the region's rings, which begin at ``start``."""
        if self.eta_edges:
            return list(self.eta_edges)
        assert self.eta_max is not None
        assert self.eta_cells is not None
        step = (self.eta_max - start) / self.eta_cells
        return [start + step * (ring + 1) for ring in range(self.eta_cells - 1)] + [self.eta_max]


class CellResolution(_Table):
    """Energy resolution in GeV of a cell, in one row of |eta|; the formula is in the card."""

    eta_max: Positive
    constant: Figure
    stochastic: Figure
    noise: Figure
    factor: Figure
    curvature: Figure
    centre: Figure


class Calorimeter(_Table):
    """Cells, the fraction of its energy that each particle deposits, and the resolution."""

    energy_min: Figure
    significance_min: Figure
    default_fraction: Fraction
    fractions: dict[int, Fraction]
    cells: list[Cells] = Field(min_length=1)
    resolution: list[CellResolution] = Field(min_length=1)

    @model_validator(mode="after")
    def _rows_rise(self) -> Calorimeter:
        _rising("cells", [0.0, *self.edges()])
        _rising("resolution", [row.eta_max for row in self.resolution])
        if self.resolution[-1].eta_max < self.edges()[-1]:
            raise ValueError("resolution must reach as far in eta as the cells")
        return self

    def edges(self) -> list[float]:
        """Upper |eta| edge of every ring of cells."""
        found: list[float] = []
        for region in self.cells:
            found += region.edges(found[-1] if found else 0.0)
        return found


class ParticleFlow(_Table):
    """Pileup subtraction of tracks: the largest distance in z from the hard vertex, m."""

    track_z_max: Figure


class Candidates(_Table):
    """Which candidates go into jets. GeV."""

    pt_min: Figure
    eta_max: Positive


class Pileup(_Table):
    """The default mean number of pileup collisions."""

    mean: Annotated[float, Field(ge=0, le=1e4, strict=True)]


class DetectorCard(_Table):
    """All figures of a detector; ``cms.toml`` beside this module explains each."""

    name: str
    pileup: Pileup | None = None
    """None in cards from before it was added."""
    vertex: Vertex
    magnet: Magnet
    tracks: TrackKinds
    ecal: Calorimeter
    hcal: Calorimeter
    particle_flow: ParticleFlow
    candidates: Candidates


def _rising(name: str, values: list[float]) -> None:
    if any(high <= low for low, high in pairwise(values)):
        raise ValueError(f"{name} must go to rising eta")


def load_card(source: str | Path | None = None) -> DetectorCard:
    """Read and check a detector card.

    Parameters
    ----------
    source : str or Path, optional
        A TOML file, or the name of a card that comes with pyjetsim, "cms" or "atlas". None: "cms".

    Returns
    -------
    DetectorCard
        Every figure, checked.

    Raises
    ------
    RecipeError
        For a file that cannot be read, and a figure that is missing, unknown or impossible; it names card,
        field and value.

    Examples
    --------
    >>> load_card("atlas").magnet.field
    2.0
    """
    file = card_file(source)
    todo = f"check the name; {', '.join(SHIPPED)} come with pyjetsim"
    return parse_card(read_toml(file, "detector card", todo), str(source or file.name))


def card_file(source: str | Path | None = None) -> Path | Traversable:
    """Path of the card that :func:`load_card` reads."""
    return SHIPPED.get(str(source or DEFAULT)) or Path(str(source))


def parse_card(content: dict[str, Any], source: str) -> DetectorCard:
    """Check the figures of a card.

    Parameters
    ----------
    content : dict
        The card as read from TOML, or from the provenance of a file.
    source : str
        What error messages call it.

    Returns
    -------
    DetectorCard
        Every figure, checked.

    Raises
    ------
    RecipeError
        For a figure that is missing, unknown or impossible; it names source, field and value.
    """
    try:
        return DetectorCard.model_validate(content)
    except ValidationError as error:
        raise _card_error(source, first_problem(error)) from error


def _card_error(name: str, problem: Problem) -> RecipeError:
    """The first complaint, as one line."""
    what, todo = problem.what, "correct it"
    every = "`pyjetsim generate --print-detector` has every figure"
    if problem.kind == "missing":
        todo = f"add it; {every}"
    elif problem.kind == "extra_forbidden":
        what = f"there is no figure {problem.field}"
        todo = f"check the spelling; {every}"
    also = f" (and {problem.more} more)" if problem.more else ""
    return RecipeError(
        f"detector card {name}: {what}{also}", "a detector needs every figure, and none is below zero", todo
    )
