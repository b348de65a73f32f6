"""A bundle of any task: named arrays in, named arrays out, by the C++ library that programs link."""

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
    """A loaded bundle of any task. Calling it runs the model.

    Parameters
    ----------
    bundle, backend, library, threads, device
        As in :func:`pyjetsim.load`; a bundle must be named.
    """

    _kind = _core.Graph
    _engine: _core.Graph

    @cached_property
    def task(self) -> Task:
        """The task of the bundle, with its settings.

        Raises
        ------
        RecipeError
            For a task that is not registered here.
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
        """Run the model on N items.

        Parameters
        ----------
        conditions : mapping of array
            Name to (N, ...), of the shape, dtype and unit that the manifest says.
        event : array, EventId or JetIds, optional
            The event of each item; see :func:`~pyjetsim.jets.event_ids.jet_ids`.
        seed : int
            0 to 2^64 - 1.
        jet : integer array (N,), optional
            The place of each item in its event. None: counted within this call.
        copy : int
            0 to 2^64 - 1; another copy has other noise.

        Returns
        -------
        dict of array
            Every output by name, (N, ...).

        Raises
        ------
        InputError
            For a name that is missing or unknown, a wrong shape or dtype, and values that are not finite.

        Notes
        -----
        The noise of an item depends on seed, event, jet and copy alone, whatever else is in the same call.
        """
        return self._engine.run(dict(conditions), event, seed, jet, copy)
