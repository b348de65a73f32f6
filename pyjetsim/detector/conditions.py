"""What made a dataset's reco jets, as far as its provenance tells: detector, pileup, R.

A provenance tells it in ``detector`` (a card's figures, or a text where they are not known), ``pileup.mean``
and ``jets.radius``. What a model simulated has the detector that the model was trained on.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from contextlib import suppress
from dataclasses import dataclass, replace
from itertools import combinations
from typing import Any

from pyjetsim.detector.card import DetectorCard, parse_card
from pyjetsim.errors import Error, RecipeError

_NOT_COMPARED = ("name", "pileup")
"""Of a card: what it is called, and a default that the mean of the pileup replaces."""


@dataclass(frozen=True, slots=True)
class Conditions:
    """What is known; None is not told."""

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
        """The figures, checked; :class:`~pyjetsim.errors.RecipeError` names the first that is wrong."""
        return None if self.figures is None else parse_card(dict(self.figures), f"in {self.source}")

    @property
    def candidate_pt_min(self) -> float | None:
        """GeV: the detector reconstructs nothing softer. Read without the other figures."""
        return _number(_mapping((self.figures or {}).get("candidates")).get("pt_min"))

    def with_card(self, card: DetectorCard) -> Conditions:
        """The same jets of the named detector; its pileup where the data tell none."""
        pileup = card.pileup.mean if self.mean_pileup is None and card.pileup else self.mean_pileup
        return replace(self, told=card.name, figures=card.model_dump(mode="json"), mean_pileup=pileup)

    def __str__(self) -> str:
        more = [f"pileup {self.mean_pileup:g}"] if self.mean_pileup is not None else []
        more += [f"R = {self.radius:g}"] if self.radius is not None else []
        return f"{self.told or 'unnamed'}" + (f" ({', '.join(more)})" if more else "")

    def as_provenance(self) -> dict[str, Any]:
        """For the provenance of what is made from the dataset: read back by :func:`conditions_of`."""
        answer: dict[str, Any] = {}
        if self.figures is not None or self.told is not None:
            answer["detector"] = dict(self.figures) if self.figures is not None else self.told
        if self.mean_pileup is not None:
            answer["pileup"] = {"mean": self.mean_pileup}
        if self.radius is not None:
            answer["jets"] = {"radius": self.radius}
        return answer


def conditions_of(provenance: Mapping[str, Any], source: str) -> Conditions:
    """What the provenance of a jets.h5 tells of its reco jets; ``source`` names the file."""
    simulation = provenance.get("simulation")
    if not isinstance(simulation, Mapping):
        return _told(provenance, source)
    training = _mapping(simulation.get("training"))
    if "conditions" in training:
        found = _told(_mapping(training["conditions"]), source)
    else:  # before they were kept: the data's own, and of several files the first one's
        data = _mapping(_mapping(training.get("data")).get("provenance"))
        files = _mapping(data.get("files"))
        found = _told(_mapping(next(iter(files.values()), data)), source)
    radius = _number(_mapping(provenance.get("gen_jets")).get("radius"))
    return found if radius is None else replace(found, radius=radius)


def _told(provenance: Mapping[str, Any], source: str) -> Conditions:
    detector = provenance.get("detector")
    figures = detector if isinstance(detector, Mapping) else None
    name = figures.get("name") if figures is not None else detector
    return Conditions(
        source,
        name if isinstance(name, str) else None,
        figures,
        _number(_mapping(provenance.get("pileup")).get("mean")),
        _number(_mapping(provenance.get("jets")).get("radius")),
    )


def check_same(datasets: list[Conditions], error: type[Error], todo: str, *, told: bool = False) -> None:
    """Raise ``error`` where two of the datasets are of different detectors, pileup or R; it names both.

    What one of them does not tell is no difference; ``told`` makes it one where others give a card's figures.
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
