"""A bundle of any task: named arrays in, named arrays out. What works is C++, the same that programs link."""

from __future__ import annotations

import os
from collections.abc import Mapping
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING, Any

from numpy.typing import ArrayLike

from pyjetsim import _core
from pyjetsim.jets.event_ids import EventId, JetIds
from pyjetsim.simulate.libraries import onnxruntime_folder, prepare_backend, whole_number
from pyjetsim.tasks.base import Arrays

if TYPE_CHECKING:
    from pyjetsim.bundle.manifest import Manifest
    from pyjetsim.tasks import Task


class Graph:
    """A loaded bundle. Callers in several threads run side by side."""

    def __init__(
        self,
        bundle: str | Path,
        backend: str = "onnxruntime",
        *,
        library: str | Path | None = None,
        threads: int = 1,
        device: str = "cpu",
    ) -> None:
        """Load a bundle; see :func:`pyjetsim.load`."""
        prepare_backend(backend, library)
        self._graph = _core.Graph.load(
            os.fsencode(bundle),
            backend,
            "" if library is None else os.fsencode(library),
            whole_number("threads", threads, 1),
            device,
            os.fsencode(onnxruntime_folder()),
        )

    @cached_property
    def manifest(self) -> Manifest:
        """What the bundle is: tensors, settings of the task, domain, provenance."""
        from pyjetsim.bundle.manifest import manifest_of

        return manifest_of(self._graph.manifest_json)

    @cached_property
    def task(self) -> Task:
        """What it answers, with its settings.

        Raises :class:`~pyjetsim.errors.RecipeError` for a task that nobody here knows.
        """
        from pyjetsim.tasks import TASKS

        return TASKS[self.manifest.task].of_bundle(self.manifest.settings)

    @property
    def backend(self) -> str:
        """What runs the model, in which version."""
        return self._graph.backend

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
        return self._graph.run(dict(conditions), event, seed, jet, copy)
