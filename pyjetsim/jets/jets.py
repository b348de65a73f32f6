"""The one data type: batches of jets, and batches of pairs of gen and reco jets."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

import numpy as np
from numpy.typing import NDArray

from pyjetsim.errors import InputError
from pyjetsim.jets.kinematics import (
    ETA,
    MASS,
    PHI,
    PT,
    Float,
    Int,
    check_shape,
    delta_phi,
    jet_kinematics,
    transverse_momentum,
)

Index = Any
"""Whatever NumPy takes along the first axis: a slice, a mask, integers."""


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

        Parameters
        ----------
        max_constituents : int
            The new P.

        Returns
        -------
        Jets
            (N,); ``n_constituents`` and ``jet`` keep describing the whole jets.
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
        """Build jets from unordered constituents.

        Parameters
        ----------
        constituents : array (N, P, 3)
            px, py, pz in GeV, in any order; zero rows are padding.
        pid : integer array (N, P), optional
            PDG ids, 0 where unknown; None: all unknown.
        keep : bool array (N, P), optional
            Which constituents to keep; None: all.

        Returns
        -------
        Jets
            (N,) of the same P, float32, sorted by falling pt (those of equal pt keep their order); ``jet``
            and ``n_constituents`` describe what was kept.

        Raises
        ------
        InputError
            For constituents of another shape.

        Notes
        -----
        A jet's four-momentum is the sum of its constituents', which are massless, as
        :func:`pyjetsim.jets.kinematics.jet_kinematics` computes it.
        """
        values = np.asarray(constituents, dtype=np.float32)
        check_shape(values)
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

    def to_awkward(self) -> Any:
        """Make awkward records, with the methods of the vector library.

        Returns
        -------
        awkward array
            (N,) records pt, eta, phi, mass, ``n_constituents`` and ``constituents``, which are records px,
            py, pz, mass (0) and pid; in GeV. Both are Momentum4D: ``jets.energy``, ``jets.constituents.eta``,
            ``jets.deltaR(others)``.

        Raises
        ------
        MissingExtraError
            Where vector is not installed.
        """
        from pyjetsim.jets.awkward_arrays import jets_to_awkward

        return jets_to_awkward(self)

    @staticmethod
    def from_awkward(array: Any, max_constituents: int | None = None) -> Jets:
        """Read (events x) jets x constituents in any of vector's coordinates, in GeV, as a simulator does.

        What :meth:`to_awkward` gave comes back as it was.

        Parameters
        ----------
        array : awkward array
            Jets are lists of constituents, or records with a field ``constituents``; of such the fields pt,
            eta, phi, mass and ``n_constituents`` are taken where they are there, and computed from massless
            constituents where not. Events are joined.
        max_constituents : int, optional
            P; None: of the longest jet.

        Returns
        -------
        Jets
            (N,).

        Raises
        ------
        InputError
            For another nesting or other fields, and for None instead of a jet.
        """
        from pyjetsim.jets.awkward_arrays import jets_from_awkward

        return jets_from_awkward(array, max_constituents)

    @staticmethod
    def concatenate(batches: Sequence[Jets]) -> Jets:
        """Join batches.

        Parameters
        ----------
        batches : sequence of Jets
            At least one, all of the same P.

        Returns
        -------
        Jets
            All their jets, in this order.
        """
        return Jets(
            *(
                np.concatenate([getattr(batch, name) for batch in batches])
                for name in ("constituents", "pid", "n_constituents", "jet")
            )
        )


Columns = Mapping[str, NDArray[Any]]
"""Name to (N, ...) numbers."""
WEIGHT = "weight"
VERTEX_Z = "reco/vertex_z"
"""Where along the beam the event's hard collision was, in m. Other answers to the gen jet have another."""


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
    columns: Columns = field(default_factory=dict)
    """What else is known of each pair, by its path in a jets.h5: ``run``, ``luminosity_block``, ``weight``
    (N, W), ``gen/hadron_flavour``, ``reco/vertex_z``, ... (``docs/formats.md``), and any other."""
    weight_names: tuple[str, ...] = ()
    """(W,) what the weights are called; empty where nobody said."""

    def __post_init__(self) -> None:
        lengths = {len(part) for part in (self.gen, self.reco, self.event, self.delta_r, self.n_vertices)}
        if len(lengths) != 1:
            raise InputError(
                f"the parts of a batch of pairs have different lengths {sorted(lengths)}",
                "every gen jet has exactly one reco jet and one event",
                "give all parts the same number of entries",
            )
        if self.columns or self.weight_names:
            check_columns(self.columns, self.weight_names, len(self))

    def __len__(self) -> int:
        return len(self.gen)

    def __getitem__(self, index: Index) -> Pairs:
        return Pairs(
            self.gen[index],
            self.reco[index],
            self.event[index],
            self.delta_r[index],
            self.n_vertices[index],
            {name: values[index] for name, values in self.columns.items()},
            self.weight_names,
        )

    def to_awkward(self) -> Any:
        """Make awkward records, with the methods of the vector library.

        Returns
        -------
        awkward array
            (N,) records ``gen``, ``reco``, ``event``, ``delta_r``, ``n_vertices`` and the columns. ``gen``
            and ``reco`` are as :meth:`Jets.to_awkward` makes them, with the columns ``gen/NAME`` and
            ``reco/NAME`` as fields. Names of weights are the attribute ``weight_names`` of the array.

        Raises
        ------
        MissingExtraError
            Where vector is not installed.
        """
        from pyjetsim.jets.awkward_arrays import pairs_to_awkward

        return pairs_to_awkward(self)

    @staticmethod
    def from_awkward(array: Any, max_constituents: int | None = None) -> Pairs:
        """Read pairs from records, as :meth:`to_awkward` makes them.

        Parameters
        ----------
        array : awkward array
            Records with ``gen`` and ``reco``, which are read as by :meth:`Jets.from_awkward`, and ``event``;
            ``delta_r`` is computed where it is missing, and ``n_vertices`` is 1 then. Other fields become
            columns, those of ``gen`` and ``reco`` as ``gen/NAME`` and ``reco/NAME``.
        max_constituents : int, optional
            P; None: of the longest jet.

        Returns
        -------
        Pairs
            (N,).

        Raises
        ------
        InputError
            For records without these fields, and fields that are no columns of numbers.
        """
        from pyjetsim.jets.awkward_arrays import pairs_from_awkward

        return pairs_from_awkward(array, max_constituents)

    @staticmethod
    def concatenate(batches: Sequence[Pairs]) -> Pairs:
        """Join batches.

        Parameters
        ----------
        batches : sequence of Pairs
            At least one, all of the same P and with the same columns.

        Returns
        -------
        Pairs
            All their pairs, in this order.

        Raises
        ------
        InputError
            For batches whose columns or names of weights differ.
        """
        first = batches[0]
        for batch in batches[1:]:
            if set(batch.columns) != set(first.columns) or batch.weight_names != first.weight_names:
                raise other_columns(batch, first.columns, first.weight_names)
        return Pairs(
            Jets.concatenate([batch.gen for batch in batches]),
            Jets.concatenate([batch.reco for batch in batches]),
            np.concatenate([batch.event for batch in batches]),
            np.concatenate([batch.delta_r for batch in batches]),
            np.concatenate([batch.n_vertices for batch in batches]),
            {name: np.concatenate([batch.columns[name] for batch in batches]) for name in first.columns},
            first.weight_names,
        )

    @staticmethod
    def empty(max_constituents: int) -> Pairs:
        """No pairs, with room for P constituents.

        Parameters
        ----------
        max_constituents : int
            P.

        Returns
        -------
        Pairs
            (0,), without columns.
        """
        jets = Jets.from_constituents(np.zeros((0, max_constituents, 3), np.float32))
        return Pairs(jets, jets, np.zeros(0, np.int64), np.zeros(0, np.float32), np.zeros(0, np.int32))


def gen_reco_delta_r(gen: Jets, reco: Jets) -> Float:
    """Distance of paired axes in (eta, phi).

    Parameters
    ----------
    gen, reco : Jets
        (N,) each, row by row paired.

    Returns
    -------
    float32 array (N,)
        sqrt((eta_gen - eta_reco)^2 + (phi_gen - phi_reco)^2), with the difference in phi from -pi to pi.
    """
    distance: Float = np.hypot(gen.eta - reco.eta, delta_phi(gen.phi, reco.phi)).astype(np.float32)
    return distance


def check_columns(columns: Columns, weight_names: Sequence[str], n: int) -> None:
    """Refuse what are no columns of N pairs; see :attr:`Pairs.columns`.

    Parameters
    ----------
    columns : mapping of str to array
        Name to (N, ...).
    weight_names : sequence of str
        (W,) what the weights are called, or empty.
    n : int
        N.

    Raises
    ------
    InputError
        For another length, for what are no numbers, and for weights that are not finite or have another
        number of names.
    """
    for name, values in columns.items():
        shape, dtype = np.shape(values), np.asarray(values).dtype
        what, why, todo = column_fault(name, shape, dtype, n)
        if what:
            raise InputError(f"{name} {what}", why, todo)
    weights = columns.get(WEIGHT)
    if weights is not None and not np.isfinite(weights).all():
        bad = int(np.argmin(np.isfinite(weights).all(axis=1)))
        raise InputError(
            f"{WEIGHT} of jet {bad} is not finite", "every sum of weights would be lost", "give it a number"
        )
    told = 0 if weights is None else weights.shape[1]
    if weight_names and len(weight_names) != told:
        raise InputError(
            f"there are {len(weight_names)} weight_names and {told} weights a jet",
            "nobody could tell which is which",
            "give a name for each weight, or none",
        )


def column_fault(name: str, shape: tuple[int, ...], dtype: np.dtype[Any], n: int) -> tuple[str, str, str]:
    """What is wrong with a column, why that matters and what to do.

    Parameters
    ----------
    name : str
        Its path.
    shape : tuple of int
        Its shape.
    dtype : dtype
        Its type.
    n : int
        N, the number of pairs.

    Returns
    -------
    tuple of str
        The three parts of an error; empty texts for a good column.
    """
    if shape[:1] != (n,):
        first = shape[0] if shape else "no"
        return (
            f"has {first} entries for {n} pairs",
            "its rows would belong to other jets",
            "give an entry for each pair",
        )
    if dtype.kind not in "biuf" or dtype.itemsize > 8:
        return f"has type {dtype}", "columns hold numbers of at most 64 bits", "leave it out, or give numbers"
    if name == WEIGHT and len(shape) != 2:
        return (
            f"has shape {shape}, not ({n}, W)",
            "each pair has one or several weights",
            "give one row of weights a pair",
        )
    if 0 in shape[1:]:
        return f"has shape {shape}", "there is nothing in it", "leave it out"
    return "", "", ""


def other_columns(pairs: Pairs, names: Iterable[str], weight_names: Sequence[str]) -> InputError:
    """The error for pairs with other columns than those before.

    Parameters
    ----------
    pairs : Pairs
        These.
    names : iterable of str
        The columns before.
    weight_names : sequence of str
        And their names of weights.

    Returns
    -------
    InputError
        To be raised.
    """

    def told(columns: Iterable[str], weights: Sequence[str]) -> str:
        listed = ", ".join(sorted(columns)) or "none"
        return f"{listed} (weights {', '.join(weights)})" if weights else listed

    return InputError(
        f"columns are {told(pairs.columns, pairs.weight_names)}, and before {told(names, weight_names)}",
        "a column has an entry for every pair",
        "give the same columns every time",
    )
