"""The simulator: gen jets in, reco jets out, by the C++ simulator that programs link."""

from __future__ import annotations

import json
import os
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING, Any, NamedTuple, overload

import numpy as np
from numpy.typing import ArrayLike, NDArray

from pyjetsim import _core
from pyjetsim.bundle.shipped import BEST, SHIPPED
from pyjetsim.errors import BundleError, InputError
from pyjetsim.jets import Jets
from pyjetsim.jets.event_ids import EventId, JetIds, jet_ids, ordinal_in_event
from pyjetsim.simulate.arrays import as_numpy, constituents_of, is_awkward
from pyjetsim.simulate.loaded import LoadedBundle

if TYPE_CHECKING:
    from pyjetsim.jets.awkward_arrays import Flat
    from pyjetsim.tasks import Task


class FlaggedJets(NamedTuple):
    """Simulated jets with flags. For awkward arrays every field is nested as the input is."""

    reco: Jets
    domain_distance: NDArray[np.float32]
    """(N,) how far gen jets lie outside the domain; see :meth:`Simulator.domain_distance`."""
    truncated: NDArray[np.bool_]
    """(N,) true where the model saw only the hardest constituents of the gen jet."""

    @property
    def outside_domain(self) -> NDArray[np.bool_]:
        """(N,) true for gen jets beyond the pt, eta or multiplicity trained on; trust them less."""
        return self.domain_distance > 0


class Simulator(LoadedBundle):
    """A loaded bundle of the task ``constituents``. Calling it simulates jets.

    Parameters
    ----------
    bundle, backend, library, threads, device
        As in :func:`load`.
    """

    _kind = _core.Engine
    _engine: _core.Engine

    def __init__(
        self,
        bundle: str | Path | None = None,
        backend: str = "auto",
        *,
        library: str | Path | None = None,
        threads: int = 1,
        device: str = "cpu",
    ) -> None:
        """Load a bundle; see :func:`load`."""
        named = BEST if bundle is None else bundle
        super().__init__(named, backend, library=library, threads=threads, device=device)

    @cached_property
    def task(self) -> Task:
        """The task ``constituents``."""
        from pyjetsim.tasks import TASKS

        return TASKS["constituents"]()

    @property
    def max_constituents(self) -> int:
        """P: how many gen constituents the model sees, the hardest ones."""
        return self._engine.max_constituents

    @property
    def max_reco_constituents(self) -> int:
        """R: the most constituents of a reco jet."""
        return self._engine.max_reco_constituents

    @overload
    def __call__(
        self,
        constituents: NDArray[np.floating],
        pid: NDArray[np.integer] | None = None,
        event: EventId | ArrayLike | None = None,
        seed: int = 0,
        *,
        jet: ArrayLike | None = None,
        copy: int = 0,
    ) -> Jets: ...

    @overload
    def __call__(
        self,
        constituents: Any,
        pid: Any = None,
        event: EventId | ArrayLike | None = None,
        seed: int = 0,
        *,
        jet: Any = None,
        copy: int = 0,
    ) -> Any: ...

    def __call__(
        self,
        constituents: Any,
        pid: Any = None,
        event: EventId | ArrayLike | None = None,
        seed: int = 0,
        *,
        jet: Any = None,
        copy: int = 0,
    ) -> Any:
        """Simulate the detector's response to gen jets.

        Parameters
        ----------
        constituents : array
            One of:

            - NumPy or torch (N, P', 3): px, py, pz in GeV, in any order, padded with zero rows. Contiguous
            float32
              is not copied.
            - A structured array (N, P') of vector's coordinates.
            - An awkward array, events x jets x constituents or jets x constituents, in any of vector's
              coordinates: px, py or pt, phi; and pz, eta, theta, or rapidity with mass or energy, which is
              the only use of a mass. Jets may be records with a field ``constituents``. A constituent that is
              None is left out; a jet or an event that is None gives None in its place.
        pid : integer array (N, P'), optional
            PDG ids, 0 where unknown, for models that use them; None: all unknown. Awkward constituents may
            have a field ``pid`` instead.
        event : array, EventId or JetIds, optional
            The event of each jet, see :func:`~pyjetsim.jets.event_ids.jet_ids`; for awkward events one entry
            for each event. None: every jet is an event of its own.
        seed : int
            0 to 2^64 - 1.
        jet : integer array (N,), optional
            The place of each jet in its event. None: counted within this call.
        copy : int
            0 to 2^64 - 1; another copy is another simulation of the same jet.

        Returns
        -------
        Jets
            N reco jets with the manifest's cuts applied, and the pid that the model predicts, 0 where it does
            not. For awkward arrays the same nesting, of jets with pt, eta, phi, mass and ``constituents``. A
            jet without constituents gives a jet without constituents.

        Raises
        ------
        InputError
            For wrong shapes, and for values that are not finite, with the jet's number.

        Notes
        -----
        The noise of a jet depends on seed, event, jet and copy alone, whatever else is simulated in the same
        call.

        Examples
        --------
        >>> simulate = load()
        >>> gen = np.zeros((1, 50, 3), np.float32)
        >>> gen[0, :2] = [[150, 20, 40], [80, 15, 22]]
        >>> reco = simulate(gen, event=17, seed=1)
        >>> reco.jet.shape  # pt, eta, phi, mass
        (1, 4)
        """
        return self.flagged(constituents, pid, event, seed, jet=jet, copy=copy).reco

    def flagged(
        self,
        constituents: Any,
        pid: Any = None,
        event: EventId | JetIds | ArrayLike | None = None,
        seed: int = 0,
        *,
        jet: Any = None,
        copy: int = 0,
    ) -> FlaggedJets:
        """Simulate as a call does, and say which jets to trust less.

        Parameters
        ----------
        constituents, pid, event, seed, jet, copy
            As in a call.

        Returns
        -------
        FlaggedJets
            The reco jets, how far each gen jet is outside the domain, and which were truncated.

        Raises
        ------
        InputError
            As in a call.
        """
        if type(constituents) is not np.ndarray or constituents.dtype.names:
            if is_awkward(constituents):
                return self._awkward(constituents, pid, event, seed, jet, copy)
            constituents, pid = as_numpy(constituents, pid)
        rows, reco_pid, count, columns, distance, truncated = self._engine.simulate(
            constituents, pid, event, seed, jet, copy
        )
        return FlaggedJets(Jets(rows, reco_pid, count, columns), distance, truncated)

    def simulate(self, gen: Jets, ids: JetIds, seed: int = 0, *, copy: int = 0) -> Jets:
        """Simulate jets of a file.

        Parameters
        ----------
        gen : Jets
            N gen jets.
        ids : JetIds
            Their ids.
        seed : int
            0 to 2^64 - 1.
        copy : int
            Which of several simulations of the same gen jets; 0 to 2^64 - 1.

        Returns
        -------
        Jets
            N reco jets.
        """
        return self.flagged(gen.constituents, gen.pid, ids, seed, copy=copy).reco

    def outside_domain(self, jets: Any) -> Any:
        """(N,) true for gen jets outside the domain; see :meth:`domain_distance`."""
        return self.domain_distance(jets) > 0

    def domain_distance(self, jets: Any) -> Any:
        """How far gen jets lie outside the pt, eta and multiplicity trained on.

        Parameters
        ----------
        jets : Jets or array
            N gen jets, or constituents as a call takes them.

        Returns
        -------
        float32 array (N,)
            0 inside; 1 as far beyond the range of pt, eta or multiplicity as that range is wide, on
            logarithmic scales for pt and multiplicity. Nested for awkward arrays.
        """
        if isinstance(jets, Jets):
            return self._engine.domain_distance(jets.jet, jets.n_constituents)
        if is_awkward(jets):
            given = _flat(jets, None)
            return given.nesting.nested(self.domain_distance(given.constituents))
        gen = Jets.from_constituents(_finite(constituents_of(as_numpy(jets, None)[0])))
        return self.domain_distance(gen)

    def _awkward(self, array: Any, pid: Any, event: Any, seed: int, jet: Any, copy: int) -> FlaggedJets:
        from pyjetsim.jets.awkward_arrays import answer_to_awkward, flat

        given = _flat(array, pid)
        n, per_event = len(given.constituents), given.nesting.jets_per_event
        place = None if jet is None else flat(jet)
        if per_event is None:
            ids = jet_ids(n, event, place)
        else:
            events = jet_ids(len(per_event), event, jet=0)
            run = np.repeat(events.run, per_event)
            block = np.repeat(events.luminosity_block, per_event)
            number = np.repeat(events.event, per_event)
            order = ordinal_in_event(run, block, number)
            ids = JetIds(run, block, number, order if place is None else jet_ids(n, 0, place).jet)
        found = self.flagged(given.constituents, given.pid, ids, seed, copy=copy)
        nested = given.nesting.nested
        # The manifest says whether the model predicts PDG ids.
        with_pid = self.manifest.output_pid is not None
        reco: Any = answer_to_awkward(found.reco, given.nesting, array.behavior, with_pid=with_pid)
        return FlaggedJets(reco, nested(found.domain_distance), nested(found.truncated))


def load(
    bundle: str | Path | None = None,
    threads: int = 1,
    backend: str = "auto",
    library: str | Path | None = None,
    device: str = "cpu",
) -> Any:
    """Load a bundle, check its files, and replay its golden jets.

    Parameters
    ----------
    bundle : str or Path, optional
        A folder, or the name of a bundle that comes with pyjetsim, :data:`pyjetsim.bundle.shipped.SHIPPED`.
        None: the best of these.
    threads : int
        How many threads work on the jets of a call, 64 jets at a time each ("native": 16); results do not
        depend on it.
    backend : {"auto", "native", "onnxruntime", "torchscript"}
        "native" runs native.bin by pyjetsim itself; "onnxruntime" runs model.onnx; "torchscript" runs
        model.pt with libtorch, that of Python's torch, which need not be imported. "auto": "native" where the
        bundle has it and neither ``library`` nor ``device`` asks for another, "onnxruntime" elsewhere.
    library : str or Path, optional
        The backend's library. None: for "onnxruntime" the first of the libonnxruntime.so that the environment
        variable PYJETSIM_ONNXRUNTIME names, one that is loaded already, that of the package onnxruntime, and
        the system's; for "torchscript" the libpyjetsim_torchscript.so that was built with this package.
    device : str
        "cpu", or "cuda" or "cuda:N" for a GPU, with the backend "onnxruntime" and the CUDA provider of the
        package onnxruntime-gpu.

    Returns
    -------
    Simulator
        For bundles of the task ``constituents``. For another task what :meth:`pyjetsim.tasks.Task.simulator`
        returns, a :class:`~pyjetsim.simulate.graph.Graph` by default.

    Raises
    ------
    BundleError
        Where the bundle is incomplete, altered, of another version or of an unknown task, or does not
        reproduce its golden outputs on this machine; where the backend's library is missing, or of
        another version than this package or its torch; for a device that cannot be used.

    Examples
    --------
    >>> load("paper").max_constituents
    50
    """
    from pyjetsim.tasks import TASKS

    name = _task_of(bundle)
    if name == "constituents":
        return Simulator(bundle, backend, library=library, threads=threads, device=device)
    from pyjetsim.simulate.graph import Graph

    assert bundle is not None
    graph = Graph(bundle, backend, library=library, threads=threads, device=device)
    if name not in TASKS:
        raise BundleError(
            f"{bundle} answers the task {name!r}, which is unknown here",
            f"nobody can tell what its columns mean; known are {', '.join(TASKS)}",
            "install the package that brings the task, or use pyjetsim.simulate.Graph, which knows none",
        )
    return graph.task.simulator(graph)


def _task_of(bundle: str | Path | None) -> str:
    """The task that a manifest names. Errors in the manifest are reported when it is loaded."""
    from pyjetsim.bundle.manifest import MANIFEST

    try:
        task = json.loads((Path(os.fsdecode(bundle or BEST)) / MANIFEST).read_bytes())["task"]
    except (OSError, ValueError, KeyError, TypeError, RecursionError):
        return SHIPPED.get(str(bundle or BEST), "constituents")
    return task if isinstance(task, str) else "constituents"


def _flat(array: Any, pid: Any) -> Flat:
    from pyjetsim.jets.awkward_arrays import from_awkward

    return from_awkward(array, pid)


def _finite(values: NDArray[np.float32]) -> NDArray[np.float32]:
    finite = np.isfinite(values).all(axis=(1, 2))
    if not finite.all():
        raise InputError(
            f"constituents of jet {int(np.argmin(finite))} are not finite",
            "they would spread through the whole jet",
            "drop the jet, or find out where it comes from",
        )
    return values
