"""The one data type: batches of jets, and batches of pairs of gen and reco jets."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from pyjetsim import _core
from pyjetsim.errors import InputError

Float = NDArray[np.float32]
Int = NDArray[np.int32]
Index = Any
"""Whatever NumPy takes along the first axis: a slice, a mask, integers."""

R = 0.5
"""Distance parameter of anti-kt jets where nothing else is said."""
PT, ETA, PHI, MASS = range(4)
"""Columns of :attr:`Jets.jet`."""


def jet_kinematics(constituents: NDArray[np.floating]) -> Float:
    """Compute pt, eta, phi, mass (N, 4) in GeV from massless constituents (N, P, 3).

    Zero rows are padding and add nothing. A jet without constituents is all zeros. The mass is
    projected on the jet axis, so that light jets at TeV momenta keep theirs.
    """
    _check_shape(constituents)
    return _core.jet_kinematics(np.ascontiguousarray(constituents, dtype=np.float32))


def as_constituents(values: Any, ragged: str = "pad jets of different length with zero rows") -> Float:
    """Read constituents (N, P, 3) in GeV as float32; what is beyond it becomes infinite.

    ``ragged`` is the way out for jets of different length. Raises
    :class:`~pyjetsim.errors.InputError` for what is no numbers, and for other shapes.
    """
    try:
        with np.errstate(over="ignore"):
            constituents = np.asarray(values, np.float32)
    except (TypeError, ValueError) as error:
        raise InputError(
            f"constituents are no numbers: {error}", "a batch of jets is (N, P, 3): px, py, pz in GeV", ragged
        ) from error
    _check_shape(constituents)
    return constituents


def as_pid(values: Any, constituents: NDArray[np.floating]) -> Int:
    """Read PDG ids (N, P) of ``constituents`` (N, P, 3) as int32; None stands for all unknown, 0.

    Raises :class:`~pyjetsim.errors.InputError` for other shapes, and for what is no PDG id.
    """
    shape = constituents.shape[:2]
    if values is None:
        return np.zeros(shape, np.int32)
    try:
        given: Any = np.shape(values)
    except ValueError:
        given = "of different lengths"
    if given != shape:
        raise InputError(
            f"pid has shape {given}, constituents {constituents.shape}",
            "every constituent has one",
            "give pid for all constituents, 0 where it is unknown, or leave it out",
        )
    pid = np.asarray(values)
    whole = np.issubdtype(pid.dtype, np.integer)
    if pid.size and not (whole and pid.min() >= -_LARGEST_PID and pid.max() <= _LARGEST_PID):
        raise InputError(
            "pid is not made of whole numbers below 2^31", "PDG ids are such", "give 0 where it is unknown"
        )
    return pid.astype(np.int32, copy=False)


_LARGEST_PID = np.iinfo(np.int32).max


def _check_shape(constituents: NDArray[np.floating]) -> None:
    if constituents.ndim != 3 or constituents.shape[-1] != 3:
        raise InputError(
            f"constituents have shape {constituents.shape}",
            "a batch of jets is (N, P, 3): px, py, pz in GeV",
            "add the missing axis or drop the extra one",
        )


def transverse_momentum(constituents: Float) -> Float:
    """Pt (N, P) of constituents (N, P, 3), GeV."""
    return np.hypot(constituents[..., 0], constituents[..., 1])


def pseudorapidity(constituents: Float) -> Float:
    """Eta (N, P) of constituents (N, P, 3); 0 for padding and ±inf along the beam."""
    pt, pz = transverse_momentum(constituents), constituents[..., 2]
    with np.errstate(divide="ignore", invalid="ignore"):
        return np.where(pz == 0, np.float32(0), np.arcsinh(pz / pt)).astype(np.float32)


def momenta(pt: NDArray[np.floating], eta: NDArray[np.floating], phi: NDArray[np.floating]) -> NDArray[Any]:
    """Momenta (..., 3) px, py, pz in GeV from pt (GeV), eta and phi (radians), each (...)."""
    return np.stack([pt * np.cos(phi), pt * np.sin(phi), pt * np.sinh(eta)], axis=-1)


def delta_phi(a: NDArray[np.floating], b: NDArray[np.floating]) -> NDArray[np.floating]:
    """A - b for angles in radians, wrapped to [-pi, pi)."""
    return (a - b + np.pi) % (2 * np.pi) - np.pi


@dataclass(frozen=True, slots=True)
class Jets:
    """A batch of N jets with at most P stored constituents each."""

    constituents: Float
    """(N, P, 3) px, py, pz in GeV, pt-descending, padded with zero rows."""
    pid: Int
    """(N, P) PDG ids, 0 for padding and where unknown."""
    n_constituents: Int
    """(N,) how many constituents the jet has, before truncation to P."""
    jet: Float
    """(N, 4) pt, eta, phi, mass in GeV, from ALL constituents."""

    def __post_init__(self) -> None:
        n, p = (*self.constituents.shape[:2], 0, 0)[:2]
        if (
            self.constituents.shape == (n, p, 3)
            and self.pid.shape == (n, p)
            and self.n_constituents.shape == (n,)
            and self.jet.shape == (n, 4)
        ):
            return
        shapes = {
            "constituents": (self.constituents.shape, (n, p, 3)),
            "pid": (self.pid.shape, (n, p)),
            "n_constituents": (self.n_constituents.shape, (n,)),
            "jet": (self.jet.shape, (n, 4)),
        }
        for name, (found, expected) in shapes.items():
            if found != expected:
                raise InputError(
                    f"{name} has shape {found}, not {expected}",
                    "all arrays of a batch describe the same jets",
                    "give every array the same number of jets and constituents",
                )

    def __len__(self) -> int:
        return len(self.constituents)

    def __getitem__(self, index: Index) -> Jets:
        return Jets(self.constituents[index], self.pid[index], self.n_constituents[index], self.jet[index])

    @property
    def pt(self) -> Float:
        """(N,) GeV."""
        return self.jet[:, PT]

    @property
    def eta(self) -> Float:
        """(N,)."""
        return self.jet[:, ETA]

    @property
    def phi(self) -> Float:
        """(N,) radians."""
        return self.jet[:, PHI]

    @property
    def mass(self) -> Float:
        """(N,) GeV."""
        return self.jet[:, MASS]

    @property
    def present(self) -> NDArray[np.bool_]:
        """(N, P) true where a constituent stands, false for padding."""
        return np.asarray((self.constituents != 0).any(axis=-1))

    def padded_to(self, max_constituents: int) -> Jets:
        """The same jets with P = ``max_constituents``: truncated by pt, or padded with zeros.

        ``n_constituents`` and ``jet`` keep describing the whole jets.
        """
        extra = max_constituents - self.constituents.shape[1]
        if extra <= 0:
            return Jets(
                self.constituents[:, :max_constituents],
                self.pid[:, :max_constituents],
                self.n_constituents,
                self.jet,
            )
        return Jets(
            np.pad(self.constituents, ((0, 0), (0, extra), (0, 0))),
            np.pad(self.pid, ((0, 0), (0, extra))),
            self.n_constituents,
            self.jet,
        )

    @staticmethod
    def from_constituents(
        constituents: NDArray[np.floating],
        pid: NDArray[np.integer] | None = None,
        keep: NDArray[np.bool_] | None = None,
    ) -> Jets:
        """Build jets from unordered constituents (N, P, 3) in GeV.

        ``keep`` (N, P) drops constituents; zero rows count as padding. Constituents are sorted
        by falling pt; ``jet`` and ``n_constituents`` describe what was kept.
        """
        values = np.asarray(constituents, dtype=np.float32)
        _check_shape(values)
        ids = np.zeros(values.shape[:2], np.int32) if pid is None else np.asarray(pid, np.int32)
        present = (values != 0).any(axis=-1)
        if keep is not None:
            present &= keep
        pt = np.where(present, transverse_momentum(values), -1)
        # Stable, so that equal pt keep their order and the result is the same everywhere.
        order = np.argsort(-pt, axis=1, kind="stable")
        kept = np.take_along_axis(present, order, axis=1)
        values = np.where(
            kept[..., None], np.take_along_axis(values, order[..., None], axis=1), np.float32(0)
        )
        ids = np.where(kept, np.take_along_axis(ids, order, axis=1), np.int32(0))
        return Jets(values, ids, kept.sum(axis=1, dtype=np.int32), jet_kinematics(values))

    @staticmethod
    def concatenate(batches: Sequence[Jets]) -> Jets:
        """Join batches of the same P."""
        return Jets(
            *(
                np.concatenate([getattr(batch, name) for batch in batches])
                for name in ("constituents", "pid", "n_constituents", "jet")
            )
        )


@dataclass(frozen=True, slots=True)
class Pairs:
    """A batch of N gen jets, each with its reco jet."""

    gen: Jets
    reco: Jets
    event: NDArray[np.int64]
    """(N,) event number; jets of one event share it."""
    delta_r: Float
    """(N,) distance of the gen and the reco axis in (eta, phi)."""
    n_vertices: Int
    """(N,) vertices in the event: the hard collision and the pileup."""

    def __post_init__(self) -> None:
        lengths = {len(part) for part in (self.gen, self.reco, self.event, self.delta_r, self.n_vertices)}
        if len(lengths) != 1:
            raise InputError(
                f"the parts of a batch of pairs have different lengths {sorted(lengths)}",
                "every gen jet has exactly one reco jet and one event",
                "give all parts the same number of entries",
            )

    def __len__(self) -> int:
        return len(self.gen)

    def __getitem__(self, index: Index) -> Pairs:
        return Pairs(
            self.gen[index], self.reco[index], self.event[index], self.delta_r[index], self.n_vertices[index]
        )

    @staticmethod
    def concatenate(batches: Sequence[Pairs]) -> Pairs:
        """Join batches of the same P."""
        return Pairs(
            Jets.concatenate([batch.gen for batch in batches]),
            Jets.concatenate([batch.reco for batch in batches]),
            np.concatenate([batch.event for batch in batches]),
            np.concatenate([batch.delta_r for batch in batches]),
            np.concatenate([batch.n_vertices for batch in batches]),
        )

    @staticmethod
    def empty(max_constituents: int) -> Pairs:
        """No pairs, with room for P constituents."""
        jets = Jets.from_constituents(np.zeros((0, max_constituents, 3), np.float32))
        return Pairs(jets, jets, np.zeros(0, np.int64), np.zeros(0, np.float32), np.zeros(0, np.int32))


def gen_reco_delta_r(gen: Jets, reco: Jets) -> Float:
    """Distance (N,) of paired axes in (eta, phi)."""
    distance: Float = np.hypot(gen.eta - reco.eta, delta_phi(gen.phi, reco.phi)).astype(np.float32)
    return distance
