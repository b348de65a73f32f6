"""The simulator: gen jets in, reco jets out. What works is C++, the same that programs link."""

from __future__ import annotations

import ctypes
import operator
import os
from contextlib import suppress
from functools import cached_property
from importlib.util import find_spec
from pathlib import Path
from typing import TYPE_CHECKING, Any, NamedTuple, overload

import numpy as np
from numpy.typing import ArrayLike, NDArray

from pyjetsim import _core
from pyjetsim.bundle.shipped import BEST
from pyjetsim.errors import InputError
from pyjetsim.jets import Jets
from pyjetsim.jets.event_ids import EventId, JetIds, jet_ids, ordinal_in_event
from pyjetsim.simulate.arrays import as_numpy, constituents_of, is_awkward

if TYPE_CHECKING:
    from pyjetsim.bundle.manifest import Manifest
    from pyjetsim.simulate.awkward_arrays import Flat


class FlaggedJets(NamedTuple):
    """Simulated jets, and what to know of each. For awkward arrays all is nested as they are."""

    reco: Jets
    domain_distance: NDArray[np.float32]
    """(N,) how far gen jets lie outside the pt, eta and multiplicity trained on: 0 inside, 1 as far beyond
    the range of one as that range is wide."""
    truncated: NDArray[np.bool_]
    """(N,) true where the model saw only the hardest constituents of the gen jet."""

    @property
    def outside_domain(self) -> NDArray[np.bool_]:
        """(N,) true for gen jets beyond the pt, eta or multiplicity trained on: trust them less."""
        return self.domain_distance > 0


class Simulator:
    """A loaded bundle. Calling it simulates jets; callers in several threads run side by side."""

    def __init__(
        self,
        bundle: str | Path | None = None,
        backend: str = "onnxruntime",
        *,
        library: str | Path | None = None,
        threads: int = 1,
        device: str = "cpu",
    ) -> None:
        """Load a bundle; see :func:`load`."""
        count = _whole("threads", threads)
        if count < 1:
            raise InputError(f"threads is {count}", "somebody must do the work", "give at least 1")
        if backend == "torchscript" and library is None:
            _load_libtorch()
        self._engine = _core.Engine.load(
            BEST if bundle is None else os.fsencode(bundle),
            backend,
            "" if library is None else os.fsencode(library),
            count,
            device,
            os.fsencode(_onnxruntime_folder()),
        )

    @cached_property
    def manifest(self) -> Manifest:
        """What the bundle is: cuts, domain, provenance."""
        from pyjetsim.bundle.manifest import manifest_of

        return manifest_of(self._engine.manifest_json)

    @property
    def backend(self) -> str:
        """What runs the model, in which version."""
        return self._engine.backend

    @property
    def max_constituents(self) -> int:
        """P: the hardest gen constituents the model sees."""
        return self._engine.max_constituents

    @property
    def max_reco_constituents(self) -> int:
        """The most constituents of a reco jet."""
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
        """Simulate the detector's answer to gen jets.

        ``constituents``: NumPy or torch (N, P', 3) px, py, pz in GeV, in any order, padded with zero rows
        (contiguous float32 is not copied); a structured array (N, P') of vector's coordinates; or an awkward
        array, events x jets x constituents or jets x constituents, in any of vector's coordinates: px, py
        or pt, phi, and pz, eta, theta, or rapidity with mass or energy. A mass has no other use. Awkward jets
        may be records with a field ``constituents``. A constituent that is None is none; a jet or an event
        that is None gives None and keeps its place. ``pid`` (N, P') PDG ids, 0 where unknown, for models that
        use them; None: all unknown. Awkward constituents may have a field ``pid`` instead.
        ``event``, ``jet``: who the jets are, see :func:`~pyjetsim.jets.event_ids.jet_ids`; awkward
        events take one entry an event. The same seed, event and jet give the same noise whatever
        else is simulated beside it. ``seed`` and ``copy``: 0 to 2^64 - 1; another copy is another simulation
        of the same jet.

        Returns :class:`~pyjetsim.jets.Jets` with the manifest's cuts applied and the pid that the
        model tells, 0 where it does not; for awkward arrays the same nesting with jet pt, eta, phi,
        mass and ``constituents``. A jet without constituents gives one without. Raises
        :class:`~pyjetsim.errors.InputError` for wrong shapes, and for values that are not finite,
        with the jet's number.
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
        """Simulate like a call, and tell which jets to trust less."""
        if type(constituents) is not np.ndarray or constituents.dtype.names:
            if is_awkward(constituents):
                return self._awkward(constituents, pid, event, seed, jet, copy)
            constituents, pid = as_numpy(constituents, pid)
        rows, reco_pid, count, columns, distance, truncated = self._engine.simulate(
            constituents, pid, event, seed, jet, copy
        )
        return FlaggedJets(Jets(rows, reco_pid, count, columns), distance, truncated)

    def simulate(self, gen: Jets, ids: JetIds, seed: int = 0) -> Jets:
        """Reco jets for gen jets; ``ids`` say who they are."""
        return self.flagged(gen.constituents, gen.pid, ids, seed).reco

    def outside_domain(self, jets: Any) -> Any:
        """(N,) true for gen jets beyond the pt, eta or multiplicity trained on: trust them less."""
        return self.domain_distance(jets) > 0

    def domain_distance(self, jets: Any) -> Any:
        """(N,) how far gen jets lie outside the domain; see :class:`FlaggedJets`.

        ``jets``: :class:`~pyjetsim.jets.Jets`, or constituents as a call takes them.
        """
        if isinstance(jets, Jets):
            return self._engine.domain_distance(jets.jet, jets.n_constituents)
        if is_awkward(jets):
            given = _flat(jets, None)
            return given.nesting.nested(self.domain_distance(given.constituents))
        gen = Jets.from_constituents(_finite(constituents_of(as_numpy(jets, None)[0])))
        return self.domain_distance(gen)

    def _awkward(self, array: Any, pid: Any, event: Any, seed: int, jet: Any, copy: int) -> FlaggedJets:
        from pyjetsim.simulate.awkward_arrays import flat, to_awkward

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
        # Which of the models tell what their constituents are, the manifest knows.
        reco: Any = to_awkward(found.reco, given.nesting, with_pid=self.manifest.output_pid is not None)
        return FlaggedJets(reco, nested(found.domain_distance), nested(found.truncated))

    def _answer(self, constituents: Any, noise: Any, pid: Any) -> tuple[Any, Any]:
        """What the model says before cuts and sorting, for the export to compare."""
        return self._engine.run(constituents, noise, pid, self.manifest.max_output_constituents)


def load(
    bundle: str | Path | None = None,
    threads: int = 1,
    backend: str = "onnxruntime",
    library: str | Path | None = None,
    device: str = "cpu",
) -> Simulator:
    """Load a bundle and replay its golden jets.

    ``bundle``: a folder, or the name of a bundle that comes with pyjetsim,
    :data:`pyjetsim.bundle.shipped.SHIPPED`; None: the best of them.
    ``threads``: how many work on the jets of a call, 64 jets at a time each; the numbers do not depend on it.
    ``backend``: "onnxruntime" runs model.onnx; "torchscript" runs model.pt with libtorch, that of
    Python's torch, which need not be imported. ``library``: the backend's file. None: for
    "onnxruntime" the libonnxruntime.so that PYJETSIM_ONNXRUNTIME names, that is loaded already, of
    the package onnxruntime, or of the system, the first there is; for "torchscript" the
    libpyjetsim_torchscript.so that was built with this package.
    ``device``: "cpu", or "cuda" or "cuda:N", a GPU, for the backend "onnxruntime" with the CUDA provider
    that the package onnxruntime-gpu has.

    Raises :class:`~pyjetsim.errors.BundleError` where the bundle is incomplete, altered, of another version,
    or does not reproduce its golden outputs on this machine, and where the backend's library is
    missing or of another version than this package or its torch, and for a device that it cannot use.
    """
    return Simulator(bundle, backend, library=library, threads=threads, device=device)


def _flat(array: Any, pid: Any) -> Flat:
    from pyjetsim.simulate.awkward_arrays import from_awkward

    return from_awkward(array, pid)


def _whole(name: str, value: Any) -> int:
    try:
        return operator.index(value)
    except TypeError as error:
        raise InputError(f"{name} is {value!r}", "it is counted", "give a whole number") from error


def _package(name: str) -> str | None:
    """Where a package lies, wherever Python finds it; it is not imported."""
    try:
        found = find_spec(name)
    except (ImportError, ValueError):
        return None
    places = found.submodule_search_locations if found is not None else None
    return places[0] if places else None


def _onnxruntime_folder() -> str:
    package = _package("onnxruntime")
    return "" if package is None else os.path.join(package, "capi")  # noqa: PTH118


def _load_libtorch() -> None:
    """Load the libtorch of Python's torch, so that it is found where it is not installed beside pyjetsim."""
    package = _package("torch")
    if package is not None:
        # What is wrong with it is told when it is needed.
        with suppress(OSError):
            ctypes.CDLL(os.path.join(package, "lib", "libtorch_cpu.so"))  # noqa: PTH118


def _finite(values: NDArray[np.float32]) -> NDArray[np.float32]:
    finite = np.isfinite(values).all(axis=(1, 2))
    if not finite.all():
        raise InputError(
            f"constituents of jet {int(np.argmin(finite))} are not finite",
            "they would spread through the whole jet",
            "drop the jet, or find out where it comes from",
        )
    return values
