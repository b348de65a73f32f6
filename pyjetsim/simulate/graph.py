"""A bundle of any task: named arrays in, named arrays out. What works is C++, the same that programs link."""

from __future__ import annotations

from collections.abc import Mapping
from functools import cached_property
from typing import TYPE_CHECKING, Any

from numpy.typing import ArrayLike

from pyjetsim import _core
from pyjetsim.jets.event_ids import EventId, JetIds
from pyjetsim.simulate.loaded import LoadedBundle
from pyjetsim.tasks.base import Arrays

if TYPE_CHECKING:
    from pyjetsim.tasks import Task


class Graph(LoadedBundle):
    """A loaded bundle of any task."""

    _kind = _core.Graph
    _engine: _core.Graph

    @cached_property
    def task(self) -> Task:
        """What it answers, with its settings.

        Raises :class:`~pyjetsim.errors.RecipeError` for a task that nobody here knows.
        """
        from pyjetsim.tasks import TASKS

        return TASKS[self.manifest.task].of_bundle(self.manifest.settings)

    def __call__(
        self,
        conditions: Mapping[str, Any],
        event: EventId | JetIds | ArrayLike | None = None,
        seed: int = 0,
        *,
        jet: ArrayLike | None = None,
        copy: int = 0,
    ) -> Arrays:
        """Answer N items.

        ``conditions``: name to an array (N, ...) of the shape and unit that the manifest says. ``event`` and
        ``jet`` say who they are, see :func:`~pyjetsim.jets.event_ids.jet_ids`: the same seed, event, place in
        it and ``copy`` give the same noise whatever else is answered beside it.

        Returns every output by name, (N, ...). Raises :class:`~pyjetsim.errors.InputError` for a name that is
        missing or unknown, a wrong shape or dtype, and values that are not finite.
        """
        return self._engine.run(dict(conditions), event, seed, jet, copy)
