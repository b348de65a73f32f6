"""The Python simulator: gen jets in, reco jets out."""

from __future__ import annotations

from pathlib import Path
from typing import Any, overload

import numpy as np
from numpy.typing import ArrayLike, NDArray

from pyjetsim.bundle.domain import domain_distance
from pyjetsim.bundle.golden import read_golden, replay
from pyjetsim.bundle.manifest import GOLDEN, MODEL, Manifest, read_files, read_manifest
from pyjetsim.bundle.runtime import OnnxGraph
from pyjetsim.bundle.shipped import bundle_folder
from pyjetsim.bundle.tensors import Inputs, Outputs
from pyjetsim.errors import InputError
from pyjetsim.identity import EventId, JetIds, jet_ids, ordinal_in_event
from pyjetsim.jets import Jets, as_constituents, as_pid
from pyjetsim.noise import jet_noise


class Simulator:
    """A loaded bundle. Calling it simulates jets; it may be called from several threads."""

    def __init__(self, bundle: str | Path | None = None, threads: int = 1) -> None:
        """Load a bundle folder; see :func:`load`."""
        folder = bundle_folder(bundle)
        self.manifest: Manifest = read_manifest(folder)
        """What the bundle is: cuts, domain, provenance."""
        files = read_files(folder, self.manifest)
        golden = read_golden(files[GOLDEN], folder / GOLDEN, self.manifest)
        self._graph = OnnxGraph(files[MODEL], self.manifest, folder / MODEL, threads)
        replay(self._graph, golden, self.manifest.tolerance, str(folder))
        self._selection = self.manifest.cuts.selection

    @property
    def max_constituents(self) -> int:
        """P: the hardest gen constituents the model sees."""
        return self.manifest.max_constituents

    @property
    def max_reco_constituents(self) -> int:
        """The most constituents of a reco jet."""
        return self.manifest.max_reco_constituents

    @overload
    def __call__(
        self,
        constituents: NDArray[np.floating],
        pid: NDArray[np.integer] | None = None,
        event: EventId | ArrayLike | None = None,
        seed: int = 0,
        *,
        jet: ArrayLike | None = None,
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
    ) -> Any: ...

    def __call__(
        self,
        constituents: Any,
        pid: Any = None,
        event: EventId | ArrayLike | None = None,
        seed: int = 0,
        *,
        jet: Any = None,
    ) -> Any:
        """Simulate the detector's answer to gen jets.

        ``constituents``: NumPy (N, P', 3) px, py, pz in GeV, in any order, padded with zero rows; or
        an awkward array, events x jets x constituents or jets x constituents, with px, py, pz or
        pt, eta, phi. ``pid`` (N, P') PDG ids, 0 where unknown, for models that use them; None: all
        unknown. Awkward constituents may have a field ``pid`` instead.
        ``event``, ``jet``: who the jets are, see :func:`~pyjetsim.identity.jet_ids`; awkward
        events take one entry an event. The same seed, event and jet give the same noise whatever
        else is simulated beside it. ``seed``: 0 to 2^64 - 1.

        Returns :class:`~pyjetsim.jets.Jets` with the manifest's cuts applied and the pid that the
        model tells, 0 where it does not; for awkward arrays the same nesting with jet pt, eta, phi,
        mass and ``constituents``. A jet without constituents gives one without. Raises
        :class:`~pyjetsim.errors.InputError` for wrong shapes, and for values that are not finite,
        with the jet's number.
        """
        if type(constituents).__module__.startswith("awkward."):
            return self._simulate_awkward(constituents, pid, event, seed, jet)
        gen = _gen_jets(constituents, pid)
        return self.simulate(gen, jet_ids(len(gen), event, jet), seed)

    def simulate(self, gen: Jets, ids: JetIds, seed: int = 0) -> Jets:
        """Reco jets for gen jets whose constituents are pt-descending, as in a jets.h5."""
        _check_finite(gen.constituents, "constituents", "they would spread through the whole jet")
        table = gen.padded_to(self.max_constituents)
        inputs = Inputs(
            np.ascontiguousarray(table.constituents),
            jet_noise(seed, ids, self.manifest.noise_size),
            np.ascontiguousarray(table.pid) if self.manifest.pid else None,
        )
        output = self._graph(inputs)
        output.constituents[~gen.present.any(axis=1)] = 0
        _check_finite(
            output.constituents, "simulated constituents", "its gen jet is far outside the model's domain"
        )
        return self._selection.constituents(_unsorted(output))

    def outside_domain(self, jets: Jets | NDArray[np.floating]) -> NDArray[np.bool_]:
        """(N,) true for gen jets beyond the pt, eta or multiplicity trained on: trust them less."""
        return self.domain_distance(jets) > 0

    def domain_distance(self, jets: Jets | NDArray[np.floating]) -> NDArray[np.float32]:
        """(N,) how far gen jets lie outside; see :func:`pyjetsim.bundle.domain.domain_distance`."""
        gen = jets if isinstance(jets, Jets) else _gen_jets(jets, None)
        return domain_distance(self.manifest.domain, gen)

    def _simulate_awkward(self, array: Any, pid: Any, event: Any, seed: int, jet: Any) -> Any:
        from pyjetsim.bundle.arrays import flat, from_awkward, to_awkward

        constituents, jets_per_event, pids = from_awkward(array, pid)
        place = None if jet is None else flat(jet)
        gen = _gen_jets(constituents, pids)
        if jets_per_event is None:
            ids = jet_ids(len(gen), event, place)
        else:
            events = jet_ids(len(jets_per_event), event, jet=0)
            run = np.repeat(events.run, jets_per_event)
            block = np.repeat(events.luminosity_block, jets_per_event)
            number = np.repeat(events.event, jets_per_event)
            order = ordinal_in_event(run, block, number)
            ids = JetIds(run, block, number, order if place is None else jet_ids(len(gen), 0, place).jet)
        reco = self.simulate(gen, ids, seed)
        return to_awkward(reco, jets_per_event, with_pid=self.manifest.output_pid is not None)


def load(bundle: str | Path | None = None, threads: int = 1) -> Simulator:
    """Load a bundle and replay its golden jets.

    ``bundle``: a folder, or the name of a bundle that comes with pyjetsim,
    :data:`pyjetsim.bundle.shipped.SHIPPED`; None: the best of them.
    ``threads``: how many blocks of jets run at the same time. Raises
    :class:`~pyjetsim.errors.BundleError` where the bundle is incomplete, altered, of another version,
    or does not reproduce its golden outputs on this machine.
    """
    return Simulator(bundle, threads)


def _gen_jets(constituents: Any, pid: Any) -> Jets:
    values = as_constituents(
        constituents, "pad jets of different length with zero rows, or give an awkward array"
    )
    pids = as_pid(pid, values)
    _check_finite(values, "constituents", "they would spread through the whole jet")
    return Jets.from_constituents(values, pids)


def _unsorted(output: Outputs) -> Jets:
    """Constituents for the cuts, which sort them and compute the rest."""
    n, p = output.constituents.shape[:2]
    pid = np.zeros((n, p), np.int32) if output.pid is None else output.pid
    return Jets(output.constituents, pid, np.zeros(n, np.int32), np.zeros((n, 4), np.float32))


def _check_finite(values: NDArray[np.float32], what: str, why: str) -> None:
    finite = np.isfinite(values).all(axis=(1, 2))
    if not finite.all():
        raise InputError(
            f"{what} of jet {int(np.argmin(finite))} are not finite",
            why,
            "drop the jet, or find out where it comes from",
        )
