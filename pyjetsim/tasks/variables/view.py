"""What `evaluate` compares in tables of objects: the variables of matched objects, given their conditions."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from pyjetsim.errors import DataError
from pyjetsim.evaluate.observables.table import Observable
from pyjetsim.evaluate.view import View
from pyjetsim.io.jets_h5.layout import COPY
from pyjetsim.io.objects import Objects, ObjectsFile
from pyjetsim.io.splits import Split
from pyjetsim.tasks.variables.rows import rows_of
from pyjetsim.tasks.variables.simulation import OUTSIDE
from pyjetsim.tasks.variables.tables import COLUMNS, Layout, in_range, of_event

_RELATIVE = {"pt": "ratio", "mass": "difference", "eta": "difference", "phi": "angle"}
"""Columns that are compared relative to the gen object's, where no model says it."""
_NAMES = {"pt": "ptRatio", "mass": "massMinusGen", "eta": "etaMinusGen", "phi": "phiMinusGen"}


@dataclass(frozen=True)
class VariablesView(View):
    """Variables as the prediction's model names them; else all columns that both files have."""

    name = "variables"
    gives = frozenset({"values", "columns"})

    layout: Layout | None = None

    @property
    def items(self) -> str:  # type: ignore[override]
        """The kind of objects."""
        return "objects" if self.layout is None else self.layout.kind

    def prepared(
        self, target: Path, prediction: Path, selection: str, *, mix_detectors: bool
    ) -> VariablesView:
        """The view with the columns of the prediction's model; see :meth:`View.prepared`."""
        super().prepared(target, prediction, selection, mix_detectors=mix_detectors)
        with ObjectsFile(target) as one, ObjectsFile(prediction) as other:
            made = other.provenance.get("simulation")
            if isinstance(made, dict) and set(COLUMNS[:3]) <= made.keys():
                layout = Layout.of(made).with_derived()
            else:
                layout = shared_layout(one, other)
            for file in (one, other):
                layout.check(file, reco=True)
        return VariablesView(layout)

    @property
    def _layout(self) -> Layout:
        assert self.layout is not None, "a view is prepared for its files"
        return self.layout

    @cached_property
    def observables(self) -> Mapping[str, Observable]:
        """The variables by name."""
        return {
            str(target["name"]): Observable(
                str(target["name"]),
                "",
                _column(str(target["name"])),
                discrete=bool(target.get("integer") or target.get("values") is not None),
            )
            for target in self._layout.targets
        }

    def read(self, path: Path, split: Split) -> Iterator[Objects]:
        """Conditions and variables of the gen objects that have a reco object, or of those without one."""
        layout = self._layout
        with ObjectsFile(path) as file:
            for objects in file.batches(split):
                if COPY in objects.columns:  # the first of several simulations of an event
                    objects = objects.events(objects.columns[COPY] == 0)
                asked = rows_of(layout, objects)
                rows = np.flatnonzero(asked.partner >= 0)
                events = asked.of_events(objects)
                gen = {name: column[rows] for name, column in asked.gen.items()}
                reco = objects.kinds[layout.kind].reco.columns
                partners = {name: column[asked.partner[rows]] for name, column in reco.items()}
                values = layout.target_values(gen, partners, str(path))
                conditions = {
                    each["name"]: np.asarray((events if of_event(each) else asked.gen)[each["name"]])[rows]
                    for each in layout.conditions
                }
                variables = {
                    target["name"]: in_range(values[:, i], target) for i, target in enumerate(layout.targets)
                }
                yield Objects(conditions, variables, objects.event[asked.event[rows]])


def _column(name: str) -> Callable[[Any], NDArray[np.float64]]:
    return lambda reco: np.asarray(reco[name], np.float64)


def shared_layout(one: ObjectsFile, other: ObjectsFile) -> Layout:
    """Of the kind that both files have, jets before others, all columns that both have.

    Raises :class:`~pyjetsim.errors.DataError` where there is no such kind, or none of its columns.
    """
    kinds = sorted(set(one.kinds) & set(other.kinds), key=lambda kind: (kind != "jets", kind))
    if not kinds:
        raise DataError(
            f"{one.path} has {', '.join(one.kinds)} and {other.path} {', '.join(other.kinds)}",
            "objects of one kind are compared",
            "give two files that share a kind",
        )
    kind = kinds[0]
    gen, reco = (
        [name for name in one.columns(kind, side) if name in other.columns(kind, side)]
        for side in ("gen", "reco")
    )
    targets: list[dict[str, Any]] = []
    for name in reco:
        if name == OUTSIDE:
            continue
        relative = _RELATIVE.get(name) if name in gen else None
        targets.append({"name": _NAMES[name] if relative else name, "column": name, "relative": relative})
    layout = Layout(kind, [{"name": name} for name in gen], targets, [], None)
    if not targets or not gen:
        raise DataError(
            f"{one.path} and {other.path} share no columns of {kind}",
            "there is nothing to compare",
            "give two files of the same columns",
        )
    return layout
