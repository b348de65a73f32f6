"""The C++ simulator from Python: what a framework runs, on NumPy arrays."""

from __future__ import annotations

import os
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING, NamedTuple

import numpy as np
from numpy.typing import ArrayLike, NDArray

from pyjetsim import _core
from pyjetsim.bundle.shipped import bundle_folder
from pyjetsim.identity import EventId, jet_ids, unsigned
from pyjetsim.jets import Jets, as_constituents, as_pid

if TYPE_CHECKING:
    from pyjetsim.bundle.manifest import Manifest


class FlaggedJets(NamedTuple):
    """Simulated jets, and what to know of each."""

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


class CppSimulator:
    """A bundle loaded by C++. Calling it simulates jets, as :class:`pyjetsim.bundle.Simulator` does.

    It may be called from several threads, which run side by side.
    """

    def __init__(
        self,
        bundle: str | Path | None = None,
        backend: str = "onnxruntime",
        *,
        library: str | Path | None = None,
        threads: int = 1,
    ) -> None:
        """Load a bundle and replay its golden jets.

        ``bundle``: a folder, or the name of one that comes with pyjetsim; None: the best of them.
        ``backend``: "onnxruntime" runs model.onnx; "torchscript" runs model.pt with libtorch, that of
        Python's torch, which need not be imported. ``library``: the backend's file. None: for
        "onnxruntime" the libonnxruntime.so that PYJETSIM_ONNXRUNTIME names, that is loaded already, of
        the package onnxruntime, or of the system, the first there is; for "torchscript" the
        libpyjetsim_torchscript.so that was built with this package. ``threads``: how many work on one
        inference. Raises :class:`~pyjetsim.errors.BundleError` where the bundle is incomplete, altered,
        of another version, or does not reproduce its golden outputs, and where the backend's library is
        missing or of another version than this package or its torch.
        """
        file = "" if library is None else os.fspath(library)
        self._folder = bundle_folder(bundle)
        self._simulator = _core.JetSimulator.load(os.fspath(self._folder), backend, file, threads)
        self._n_kept = self.max_reco_constituents  # reads the manifest, which may be refused

    @cached_property
    def manifest(self) -> Manifest:
        """What the bundle is: cuts, domain, provenance."""
        from pyjetsim.bundle.manifest import MANIFEST, parse_manifest

        return parse_manifest(self._simulator.manifest_json, self._folder / MANIFEST)

    @property
    def backend(self) -> str:
        """What runs the model, in which version."""
        return self._simulator.backend

    @property
    def max_constituents(self) -> int:
        """P: the hardest gen constituents the model sees."""
        return self.manifest.max_constituents

    @property
    def max_reco_constituents(self) -> int:
        """The most constituents of a reco jet."""
        return self.manifest.max_reco_constituents

    def __call__(
        self,
        constituents: ArrayLike,
        pid: ArrayLike | None = None,
        event: EventId | ArrayLike | None = None,
        seed: int = 0,
        *,
        jet: ArrayLike | None = None,
        copy: int = 0,
    ) -> Jets:
        """Simulate the detector's answer to gen jets.

        ``constituents`` (N, P', 3): px, py, pz in GeV, in any order, padded with zero rows; contiguous
        float32 is not copied. ``pid`` (N, P'): PDG ids, 0 where unknown, for models that use them;
        None: all unknown. The answer's pid is 0 where the model does not tell it. ``event``, ``jet``:
        who the jets are, see :func:`~pyjetsim.identity.jet_ids`. ``seed`` and ``copy``: 0 to 2^64 - 1;
        another copy is another simulation of the same jet. Raises
        :class:`~pyjetsim.errors.InputError` for wrong shapes, and for values that are not finite, with
        the jet's number.
        """
        return self.flagged(constituents, pid, event, seed, jet=jet, copy=copy).reco

    def flagged(
        self,
        constituents: ArrayLike,
        pid: ArrayLike | None = None,
        event: EventId | ArrayLike | None = None,
        seed: int = 0,
        *,
        jet: ArrayLike | None = None,
        copy: int = 0,
    ) -> FlaggedJets:
        """Simulate like a call, and tell which jets to trust less."""
        # C++ tells what is not finite.
        momenta = np.require(as_constituents(constituents), requirements=("C", "ALIGNED"))
        pids = None if pid is None else np.require(as_pid(pid, momenta), requirements=("C", "ALIGNED"))
        ids = jet_ids(len(momenta), event, jet)
        numbers = int(unsigned("seed", seed)), int(unsigned("copy", copy))
        rows, reco_pid, count, columns, distance, truncated = self._simulator.simulate(
            numbers[0], *ids, numbers[1], momenta, pids, self._n_kept
        )
        return FlaggedJets(Jets(rows, reco_pid, count, columns), distance, truncated)
