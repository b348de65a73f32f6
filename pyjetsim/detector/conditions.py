"""The conditions of a dataset, from its provenance: detector, pileup, R.

They are in ``detector`` (a card's figures, or a text where these are not known), ``pileup.mean`` and
``jets.radius``; a mean pileup may also be a number ``mean_pileup``. Simulated jets have the detector and the
pileup of the data that the model was trained on, and the R of their gen jets.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from contextlib import suppress
from dataclasses import dataclass, replace
from itertools import combinations
from typing import TYPE_CHECKING, Any

from pyjetsim.errors import Error, RecipeError

if TYPE_CHECKING:
    from pyjetsim.detector.card import DetectorCard

_NOT_COMPARED = ("name", "pileup")
"""Of a card: what it is called, and a default that the mean of the pileup replaces."""


@dataclass(frozen=True, slots=True)
class Conditions:
    """Detector, pileup and R of a dataset; None for what is not known."""

    source: str
    """The file, for errors."""
    told: str | None = None
    """What the detector is called."""
    figures: Mapping[str, Any] | None = None
    """A card as in provenance, not yet checked."""
    mean_pileup: float | None = None
    radius: float | None = None
    """R of the jets."""

    @property
    def card(self) -> DetectorCard | None:
        """The detector card, checked; None where the figures are not known.

        Raises
        ------
        RecipeError
            Naming the first figure that is wrong.
        """
        if self.figures is None:
            return None
        # Cards need pydantic, which simulating does without.
        from pyjetsim.detector.card import parse_card

        return parse_card(dict(self.figures), f"in {self.source}")

    @property
    def candidate_pt_min(self) -> float | None:
        """Threshold of candidates in GeV; read without checking the other figures."""
        return _number(_mapping((self.figures or {}).get("candidates")).get("pt_min"))

    def with_card(self, card: DetectorCard) -> Conditions:
        """The same jets with the detector of ``card``, and its mean pileup where the data do not have one."""
        pileup = card.pileup.mean if self.mean_pileup is None and card.pileup else self.mean_pileup
        return replace(self, told=card.name, figures=card.model_dump(mode="json"), mean_pileup=pileup)

    def __str__(self) -> str:
        more = [f"pileup {self.mean_pileup:g}"] if self.mean_pileup is not None else []
        more += [f"R = {self.radius:g}"] if self.radius is not None else []
        return f"{self.told or 'unnamed'}" + (f" ({', '.join(more)})" if more else "")

    def as_provenance(self) -> dict[str, Any]:
        """Entries for the provenance of what is made from the dataset, which :func:`conditions_of` reads."""
        answer: dict[str, Any] = {}
        if self.figures is not None or self.told is not None:
            answer["detector"] = dict(self.figures) if self.figures is not None else self.told
        if self.mean_pileup is not None:
            answer["pileup"] = {"mean": self.mean_pileup}
        if self.radius is not None:
            answer["jets"] = {"radius": self.radius}
        return answer


def conditions_of(provenance: Mapping[str, Any], source: str) -> Conditions:
    """Conditions of a dataset, from its provenance.

    Parameters
    ----------
    provenance : mapping
        The attribute ``provenance`` of a jets.h5, as read from JSON.
    source : str
        The file, for messages.

    Returns
    -------
    Conditions
        What the provenance says; None in the fields it does not have.
    """
    simulation = provenance.get("simulation")
    if not isinstance(simulation, Mapping):
        return _told(provenance, source)
    training = _mapping(simulation.get("training"))
    # What conditions do not tell, and older trainings without them, the data do: of several files the first.
    data = _mapping(_mapping(training.get("data")).get("provenance"))
    files = _mapping(data.get("files"))
    found = _told(_mapping(next(iter(files.values()), data)), source)
    if "conditions" in training:
        kept = _told(_mapping(training["conditions"]), source)
        pileup = found.mean_pileup if kept.mean_pileup is None else kept.mean_pileup
        found = replace(kept, mean_pileup=pileup, radius=found.radius if kept.radius is None else kept.radius)
    # The detector is the model's; the gen jets, and so R, are the file's.
    own = (_number(_mapping(provenance.get(name)).get("radius")) for name in ("gen_jets", "jets"))
    radius = next((each for each in own if each is not None), None)
    return found if radius is None else replace(found, radius=radius)


def _told(provenance: Mapping[str, Any], source: str) -> Conditions:
    detector = provenance.get("detector")
    figures = detector if isinstance(detector, Mapping) else None
    name = figures.get("name") if figures is not None else detector
    return Conditions(
        source,
        name if isinstance(name, str) else None,
        figures,
        _number(_mapping(provenance.get("pileup")).get("mean", provenance.get("mean_pileup"))),
        _number(_mapping(provenance.get("jets")).get("radius")),
    )


def check_same(datasets: list[Conditions], error: type[Error], todo: str, *, told: bool = False) -> None:
    """Refuse datasets of different detectors, pileup or R.

    Parameters
    ----------
    datasets : list of Conditions
        Any number.
    error : type
        The class of the error.
    todo : str
        What the message advises.
    told : bool
        Also refuse datasets of which only some have a card's figures. By default what a dataset does not have
        is not compared.

    Raises
    ------
    Error
        Of class ``error``, naming the first two that differ, and in what.
    """
    for one, other in combinations(datasets, 2):
        what = _difference(one, other)
        if what is None and told and (one.figures is None) != (other.figures is None):
            what = "the detector's figures, which only one of them tells"
        if what is not None:
            raise error(
                f"{one.source} is of detector {one}, {other.source} of {other}: they differ in {what}",
                "what holds for one detector is wrong for another",
                todo,
            )


def _difference(one: Conditions, other: Conditions) -> str | None:
    if one.figures is not None and other.figures is not None:
        figure = next(_differing(_comparable(one), _comparable(other)), None)
        if figure is not None:
            return figure
    elif one.figures is other.figures and None not in (one.told, other.told) and one.told != other.told:
        return "the detector"
    for name, values in (
        ("mean pileup", (one.mean_pileup, other.mean_pileup)),
        ("R", (one.radius, other.radius)),
    ):
        if None not in values and values[0] != values[1]:
            return name
    return None


def _comparable(conditions: Conditions) -> dict[str, Any]:
    from pyjetsim.detector.card import parse_card

    figures = dict(conditions.figures or {})
    # What is no whole card, as an experiment and its era, is compared as it is.
    with suppress(RecipeError):
        figures = parse_card(figures, conditions.source).model_dump(mode="json")
    return {name: value for name, value in figures.items() if name not in _NOT_COMPARED}


def _differing(one: Any, other: Any, name: str = "") -> Iterator[str]:
    if isinstance(one, dict) and isinstance(other, dict):
        for key in {**one, **other}:
            yield from _differing(one.get(key), other.get(key), f"{name}.{key}" if name else key)
    elif one != other:
        yield name if isinstance(one, list | dict) else f"{name}, {one} and {other}"


def _mapping(value: Any) -> Mapping[str, Any]:
    return value if isinstance(value, Mapping) else {}


def _number(value: Any) -> float | None:
    return float(value) if isinstance(value, int | float) and not isinstance(value, bool) else None
