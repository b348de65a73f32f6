"""Columns of object tables to conditions and targets, and answers to columns."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

from pyjetsim.errors import DataError
from pyjetsim.io.objects import ObjectsFile
from pyjetsim.jets.derived import DERIVED
from pyjetsim.jets.kinematics import delta_phi

if TYPE_CHECKING:
    from pyjetsim.io.nanoaod_objects import NanoAODObjects

Numbers = NDArray[np.float32]
Columns = Mapping[str, NDArray[Any]]


COLUMNS = ("kind", "conditions", "targets", "derived", "unmatched")
"""Of the model, in a bundle's settings; the last two may be missing."""


class Layout(NamedTuple):
    """Which columns a model takes and gives, as the settings of its bundle say it: plain dictionaries.

    Their keys are the fields of :mod:`pyjetsim.models.flows.columns`.
    """

    kind: str
    conditions: list[dict[str, Any]]
    targets: list[dict[str, Any]]
    derived: list[str]
    """Reco columns that follow from the targets, by :data:`pyjetsim.jets.derived.DERIVED`."""
    unmatched: int | None
    """Most reco objects without a gen object an event, where the model is of them; None: of gen objects."""

    @classmethod
    def of(cls, settings: Mapping[str, Any]) -> Layout:
        """Of the settings of a bundle, or the configuration of a model as JSON."""
        conditions, targets = (list(settings[name]) for name in ("conditions", "targets"))
        derived, unmatched = settings.get("derived", ()), settings.get("unmatched")
        return cls(settings["kind"], conditions, targets, list(derived), unmatched)

    def with_derived(self) -> Layout:
        """What follows from the targets among them: to compare it."""
        return self._replace(targets=[*self.targets, *({"name": name} for name in self.derived)], derived=[])

    @property
    def gen_columns(self) -> list[str]:
        """What must be there of a gen object to simulate it."""
        names = [column["name"] for column in self.conditions if not of_event(column)]
        names += [source_of(target) for target in self.targets if target.get("relative")]
        return list(dict.fromkeys(names))

    def check(self, file: ObjectsFile | NanoAODObjects, *, reco: bool) -> None:
        """Raise :class:`~pyjetsim.errors.DataError` for a column that is not in the file."""
        wanted = [("gen", name) for name in self.gen_columns]
        wanted += [("events", column["name"]) for column in self.conditions if of_event(column)]
        if reco:
            wanted += [("reco", source_of(target)) for target in self.targets]
        for side, name in wanted:
            there = file.event_columns if side == "events" else file.columns(self.kind, side)
            if name not in there:
                where = side if side == "events" else f"{self.kind}/{side}"
                raise DataError(
                    f"{file.path} has no column {where}/{name}",
                    "the model is to answer with it" if side == "reco" else "the model takes it",
                    f"give a file that has it, or leave it out of the recipe; there are {', '.join(there)}",
                )

    def condition_values(self, gen: Columns, events: Columns, where: str, first: int = 0) -> Numbers:
        """Conditions (N, C), all finite and categories known, or a DataError that names the row.

        ``gen`` and ``events``, columns (N,) of gen objects and of their events.
        """
        columns = [(events if of_event(c) else gen)[c["name"]] for c in self.conditions]
        values = np.stack([np.asarray(column, np.float32) for column in columns], 1)
        for i, column in enumerate(self.conditions):
            side = "events" if of_event(column) else f"{self.kind}/gen"
            check_values(values[:, i], column, f"{where}: {side}/{column['name']}", first)
        return values

    def target_values(self, gen: Columns, reco: Columns, where: str) -> Numbers:
        """Targets (M, D) of columns (M,) of reco objects, and of gen objects where they are relative."""
        values = []
        for target in self.targets:
            name = source_of(target)
            of_gen = np.asarray(gen[name], np.float64) if target.get("relative") else None
            of_reco = np.asarray(reco[name], np.float64)
            value = relative_to(of_reco, of_gen, target.get("relative")).astype(np.float32)
            check_values(value, target, f"{where}: {self.kind}/reco/{name}", 0)
            values.append(value)
        return np.stack(values, 1)

    def reco_columns(self, answer: Numbers, gen: Columns) -> dict[str, NDArray[Any]]:
        """Answered variables (N, D) as columns of reco objects."""
        columns: dict[str, NDArray[Any]] = {}
        for i, target in enumerate(self.targets):
            name, relative, value = source_of(target), target.get("relative"), answer[:, i]
            if target.get("integer") or target.get("values") is not None:
                columns[name] = np.rint(value).astype(np.int32)
                continue
            of_gen = np.asarray(gen[name], np.float64) if relative else None
            columns[name] = absolute_from(value, of_gen, relative).astype(np.float32)
        for name in self.derived:
            needs, formula = DERIVED[name]
            columns[name] = formula(*(columns[each].astype(np.float64) for each in needs)).astype(np.float32)
        return columns

    def saturated(self, answer: Numbers) -> int:
        """How many answered variables stand at an end of their range, whole numbers and flags not counted."""
        count = 0
        for i, target in enumerate(self.targets):
            limits = target.get("range")
            if limits is not None and not target.get("integer"):
                ends = np.asarray(limits, np.float32)
                count += int(np.isin(answer[:, i], ends).sum())
        return count


_LARGEST = float(np.finfo(np.float32).max)


def of_event(condition: Mapping[str, Any]) -> bool:
    """Whether a condition is a column of the event."""
    return condition.get("of") == "event"


def source_of(target: Mapping[str, Any]) -> str:
    """The reco column of a target."""
    return str(target.get("column") or target["name"])


def relative_to(reco: NDArray[Any], gen: NDArray[Any] | None, relative: str | None) -> NDArray[np.float64]:
    """A reco column relative to that of the gen objects.

    The ratio to a gen object's 0, such as the mass of a jet of one photon, is 1 for 0 and else the largest
    float32, which is beyond any range.
    """
    if gen is None:
        return reco
    if relative == "ratio":
        none = np.where(reco == 0, 1.0, np.copysign(_LARGEST, reco))
        ratio = np.divide(reco, gen, out=none, where=gen != 0)
        return np.where(np.isfinite(reco), ratio.clip(-_LARGEST, _LARGEST), reco)
    return np.asarray(delta_phi(reco, gen) if relative == "angle" else reco - gen)


def in_range(values: Numbers, target: Mapping[str, Any]) -> Numbers:
    """Ratios (N,) within the range that a model answers: the ratio to next to nothing has no end."""
    limits = target.get("range")
    return values.clip(*limits) if limits is not None and target.get("relative") == "ratio" else values


def absolute_from(value: NDArray[Any], gen: NDArray[Any] | None, relative: str | None) -> NDArray[np.float64]:
    """The reco column of a relative one; angles from -pi to pi."""
    if gen is None:
        return np.asarray(value, np.float64)
    if relative == "ratio":
        return np.asarray(value * gen)
    return np.asarray(delta_phi(gen + value, np.zeros(1)) if relative == "angle" else gen + value)


def check_values(values: Numbers, column: Mapping[str, Any], where: str, first: int) -> None:
    """Raise :class:`~pyjetsim.errors.DataError` for a value that is not finite, or that no category has."""
    wrong = ~np.isfinite(values)
    if wrong.any():
        row = int(np.argmax(wrong))
        raise DataError(
            f"{where} of row {first + row} is {values[row]}",
            "no answer to it means anything, and nothing can be learnt from it",
            "drop the object, or find out where it comes from",
        )
    known = column.get("values")
    if known is None:
        return
    wrong = ~np.isin(values, np.asarray(known, np.float32))
    if wrong.any():
        row = int(np.argmax(wrong))
        raise DataError(
            f"{where} of row {first + row} is {values[row]:g}",
            f"the model knows {', '.join(map(str, known))}",
            "name it among the values in the recipe and train anew, or drop the object",
        )


def outside(values: Numbers, layout: Layout, domain: Mapping[str, Any]) -> NDArray[np.bool_]:
    """Which objects (N,) have a condition, of (N, C), outside the range trained on."""
    found = np.zeros(len(values), np.bool_)
    for i, column in enumerate(layout.conditions):
        if column.get("values") is None and column["name"] in domain:
            low, high = np.asarray(domain[column["name"]], np.float32)
            found |= (values[:, i] < low) | (values[:, i] > high)
    return found
