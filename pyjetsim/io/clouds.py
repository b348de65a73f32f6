"""Clouds of particles as object tables of the task ``cloud``, and JetNet's files as such.

One kind, ``clouds``, whose gen and reco belong together row by row. Columns of ``gen``: ``jet_class`` int32
(N,), the place in :data:`CLASSES`; where jets were generated or read ``pt`` (GeV), ``eta``, ``mass``
(GeV) and ``n_constituents`` of the whole jet. Columns of ``reco``: ``particles`` float32 (N, 30, 3), eta
and phi relative to the jet's axis and pt over the pt of the WHOLE jet, by falling pt, zero rows where there
is none; ``n`` int32 (N,), how many there are; ``mass`` float32 (N,), of the massless particles over the whole
jet's pt.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from pyjetsim.errors import DataError, InputError
from pyjetsim.io.jetnet import JetNetFile
from pyjetsim.io.objects import Column, Objects, ObjectsFile, ObjectsWriter, paired
from pyjetsim.io.splits import Split
from pyjetsim.jets import Jets, delta_phi

TASK, KIND = "cloud", "clouds"
CLASSES = ("gluon", "light_quark", "top", "w_boson", "z_boson")
"""In the order of JetNet's g, q, t, w, z."""
JETNET_NAMES = dict(zip("gqtwz", CLASSES, strict=True))
PARTICLES = 30
"""The hardest of a jet."""
_COLUMNS: Mapping[str, Column] = {
    f"{KIND}/gen/jet_class": Column("", "place in gluon, light_quark, top, w_boson, z_boson"),
    f"{KIND}/gen/pt": Column("GeV", "of the whole jet"),
    f"{KIND}/gen/eta": Column("", "of the whole jet"),
    f"{KIND}/gen/mass": Column("GeV", "of the whole jet"),
    f"{KIND}/gen/n_constituents": Column("", "of the whole jet"),
    f"{KIND}/reco/particles": Column("", "eta and phi from the jet's axis, pt over the pt of the whole jet"),
    f"{KIND}/reco/n": Column("", "particles"),
    f"{KIND}/reco/mass": Column("", "of the massless particles over the pt of the whole jet"),
}


def relative_mass(particles: NDArray[np.floating]) -> NDArray[np.float64]:
    r"""Mass of massless particles over the pt of their jet.

    Parameters
    ----------
    particles : array (N, P, 3)
        Eta, phi and pt, relative to the jet.

    Returns
    -------
    float64 array (N,)
        :math:`m^2 = (\sum p_T \cosh\eta)^2 - |\sum (p_T \cos\phi, p_T \sin\phi, p_T \sinh\eta)|^2`.
    """
    eta, phi, pt = np.moveaxis(np.asarray(particles, np.float64), 2, 0)
    energy, pz = (pt * np.cosh(eta)).sum(1), (pt * np.sinh(eta)).sum(1)
    px, py = (pt * np.cos(phi)).sum(1), (pt * np.sin(phi)).sum(1)
    return np.asarray(np.sqrt(np.maximum(energy**2 - px**2 - py**2 - pz**2, 0)))


def described(particles: NDArray[np.floating]) -> dict[str, NDArray[Any]]:
    """The columns of ``reco`` for particles (N, 30, 3)."""
    particles = np.asarray(particles, np.float32)
    n = (particles[:, :, 2] > 0).sum(1).astype(np.int32)
    return {"particles": particles, "n": n, "mass": relative_mass(particles).astype(np.float32)}


def clouds_of(jets: Jets, jet_class: NDArray[np.integer], event: NDArray[np.int64]) -> Objects:
    """Clouds of jets.

    Parameters
    ----------
    jets : Jets
        N jets with their constituents.
    jet_class : integer array (N,)
        Places in :data:`CLASSES`.
    event : int64 array (N,)
        Their events.

    Returns
    -------
    Objects
        The 30 hardest particles of each.
    """
    px, py, pz = np.moveaxis(jets.constituents[:, :PARTICLES].astype(np.float64), 2, 0)
    pt = np.hypot(px, py)
    there = pt > 0
    axis_pt, axis_eta, axis_phi, mass = jets.jet.astype(np.float64).T[:, :, None]
    eta = np.arcsinh(pz / np.where(there, pt, 1)) - axis_eta
    values = np.stack([eta, delta_phi(np.arctan2(py, px), axis_phi), pt / axis_pt], axis=2)
    particles = np.zeros((len(jets), PARTICLES, 3), np.float32)
    particles[:, : values.shape[1]] = np.where(there[:, :, None], values, 0)
    gen = {
        "jet_class": np.asarray(jet_class, np.int32),
        "pt": axis_pt[:, 0].astype(np.float32),
        "eta": axis_eta[:, 0].astype(np.float32),
        "mass": mass[:, 0].astype(np.float32),
        "n_constituents": jets.n_constituents.astype(np.int32),
    }
    return Objects(gen, described(particles), np.asarray(event, np.int64))


class CloudsWriter(ObjectsWriter):
    """Writes clouds; see :class:`~pyjetsim.io.objects.ObjectsWriter`.

    Parameters
    ----------
    path : str or Path
        The file.
    provenance : mapping
        How they were made, as JSON.
    """

    def __init__(self, path: str | Path, provenance: Mapping[str, Any]) -> None:
        super().__init__(path, TASK, provenance, _COLUMNS)

    def append(self, objects: Any) -> None:
        """Add :class:`~pyjetsim.io.objects.Objects`, those of an event together; errors as of its base."""
        super().append(paired(KIND, objects))


def read_clouds(path: str | Path, split: Split = "all") -> Iterator[Objects]:
    """Read the clouds of a split of a file, some thousands at a time.

    Parameters
    ----------
    path : str or Path
        A table of objects of the task ``cloud``.
    split : {"train", "validation", "test", "all"}
        Which events.

    Yields
    ------
    Objects
        A piece, checked.

    Raises
    ------
    DataError
        For another file, columns that are missing or of another shape, numbers that are not finite, and
        classes that are not known.
    """
    with ObjectsFile(path) as file:
        if file.task != TASK:
            raise DataError(
                f"{path} holds objects of the task {file.task}",
                "clouds are columns of their own",
                "give a file of `pyjetsim generate --process clouds`, or a converted one of JetNet",
            )
        for clouds in file.pairs(KIND, split):
            _check(clouds, str(path))
            yield clouds


def _check(clouds: Objects, where: str) -> None:
    for side, name, columns in (
        ("gen", "jet_class", clouds.gen),
        *(("reco", name, clouds.reco) for name in ("particles", "n", "mass")),
    ):
        if name not in columns:
            raise DataError(
                f"{where} has no column {side}/{name}",
                "clouds cannot do without",
                "write it again with all columns",
            )
        if not np.isfinite(columns[name]).all():
            raise DataError(
                f"{where}: {side}/{name} has numbers that are not finite",
                "one of them would spoil every sum",
                "leave those jets out",
            )
    shape = clouds.reco["particles"].shape[1:]
    if shape != (PARTICLES, 3):
        raise DataError(
            f"{where}: reco/particles has the shape {shape} of a jet",
            f"a cloud has {PARTICLES} particles of eta, phi and pt",
            "cut or pad it",
        )
    check_classes(clouds.gen["jet_class"], where)


def check_classes(jet_class: NDArray[Any], where: str) -> None:
    """Check that classes are places in :data:`CLASSES`.

    Parameters
    ----------
    jet_class : array (N,)
        Of each jet.
    where : str
        What messages call the place that they are from.

    Raises
    ------
    DataError
        For another number.
    """
    known = np.isin(jet_class, np.arange(len(CLASSES)))
    if not known.all():
        raise DataError(
            f"{where}: jet_class is {jet_class[np.argmin(known)]}",
            "nobody knows what a jet of it is made of",
            f"use 0 to {len(CLASSES) - 1}: {', '.join(CLASSES)}",
        )


def clouds_of_jetnet(paths: Sequence[Path], output: Path) -> int:
    """Write JetNet's own files as clouds.

    Parameters
    ----------
    paths : sequence of Path
        Files whose names begin with g, q, t, w or z, as JetNet's do; of 150 particles, too.
    output : Path
        The table of objects.

    Returns
    -------
    int
        Jets written. Each is an event, numbered by its place in all files.

    Raises
    ------
    InputError
        For a name that does not tell the class.
    DataError
        For a file that cannot be used.
    """
    for path in paths:
        if path.name[:1] not in JETNET_NAMES:
            raise InputError(
                f"the name of {path} tells no class of jets",
                "JetNet's files have no class inside; their names begin with it: " + ", ".join(JETNET_NAMES),
                "name it as JetNet does, such as t.hdf5 for tops",
            )
    provenance = {
        "source": {"format": "JetNet", "files": [path.name for path in paths], "event_numbers": "by place"},
        "jets": {"algorithm": "anti-kt", "radius": 0.8, "max_constituents": PARTICLES},
    }
    written = 0
    with CloudsWriter(output, provenance) as writer:
        for path in paths:
            of = CLASSES.index(JETNET_NAMES[path.name[0]])
            with JetNetFile(path) as file:
                for particles, jets in file.relative(PARTICLES):
                    event = np.arange(written, written + len(jets), dtype=np.int64)
                    written += len(jets)
                    gen = {
                        "jet_class": np.full(len(jets), of, np.int32),
                        **{name: jets[:, i] for i, name in enumerate(("pt", "eta", "mass"))},
                        "n_constituents": jets[:, 3].astype(np.int32),
                    }
                    writer.append(Objects(gen, described(particles), event))
    return written
