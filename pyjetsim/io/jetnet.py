"""JetNet (arXiv:2106.11535): jets in HDF5, constituents relative to the jet's axis."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import Any, ClassVar

import h5py
import numpy as np
from numpy.typing import NDArray

from pyjetsim._core import is_hdf5
from pyjetsim.errors import DataError
from pyjetsim.io.formats import Format, Reading, Source
from pyjetsim.io.given_jets import ROWS, GivenSource, jets_of
from pyjetsim.jets import Jets

PARTICLES, JETS = "particle_features", "jet_features"
_GOLDEN = (np.sqrt(5) - 1) / 2
_DAMAGED = (OSError, RuntimeError, KeyError, TypeError, ValueError)


class JetNet(Format):
    """Jets of one sort; there is no reco beside them, and of the axis no phi."""

    protocol: ClassVar[int] = 1
    name: ClassVar[str] = "JetNet"

    def recognises(self, start: bytes) -> bool:
        """HDF5 of any kind; :meth:`recognises_file` tells."""
        return False

    def recognises_file(self, path: Path, start: bytes) -> bool:
        """HDF5 with both of JetNet's datasets."""
        if not is_hdf5(start):
            return False
        try:
            with h5py.File(path, "r") as file:
                return PARTICLES in file and JETS in file
        except _DAMAGED:
            return False  # who reads jets.h5 says what is wrong

    @contextmanager
    def open(self, path: Path, reading: Reading) -> Iterator[Source]:
        """All jets, each an event of its own, numbered by its place."""
        with JetNetFile(path) as file:

            def batches() -> Iterator[tuple[Jets, None, Mapping[str, NDArray[Any]]]]:
                for start in range(0, file.n, ROWS):
                    jets, own_pt = file.read(start, min(start + ROWS, file.n), reading.max_constituents)
                    yield jets, None, {"gen/own_pt": own_pt}

            provenance = {
                "source": {
                    "file": path.name,
                    "format": self.name,
                    "event_numbers": "by place",
                    "phi": "of the axis: (place x 0.618... - 1/2) x 2 pi, wrapped; the file has none",
                },
            }
            yield GivenSource(str(path), reading, np.arange(file.n, dtype=np.int64), batches, provenance)


class JetNetFile:
    """The two datasets of a file, checked. Use as a context manager.

    Raises :class:`~pyjetsim.errors.DataError` for a file that cannot be used.
    """

    def __init__(self, path: Path) -> None:
        self._path = path
        try:
            self._file = h5py.File(path, "r")
        except _DAMAGED as error:
            raise self._damaged(error) from error
        try:
            particles, jets = (self._file[name].shape for name in (PARTICLES, JETS))
        except (*_DAMAGED, AttributeError) as error:
            self._file.close()
            raise self._damaged(error) from error
        good = len(particles) == 3 and particles[2] == 4 and len(jets) == 2 and jets[1] >= 3
        if not good or particles[0] != jets[0]:
            self._file.close()
            raise DataError(
                f"{path} has {PARTICLES} {particles} and {JETS} {jets}",
                "JetNet has (jets, particles, 4: etarel, phirel, ptrel, mask) and (jets, 4: pt, eta, ...)",
                "give a file of the JetNet library, or name the arrays of another with other names",
            )
        self.n = int(jets[0])

    def _damaged(self, error: Exception) -> DataError:
        said = " ".join(str(error).split())
        return DataError(
            f"{self._path} cannot be read: {said}", "the file is damaged or truncated", "copy it anew"
        )

    def __enter__(self) -> JetNetFile:
        return self

    def __exit__(self, *error: object) -> None:
        self._file.close()

    def _rows(self, start: int, stop: int) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
        try:
            return (
                np.asarray(self._file[PARTICLES][start:stop], np.float64),
                np.asarray(self._file[JETS][start:stop], np.float64),
            )
        except _DAMAGED as error:
            raise self._damaged(error) from error

    def relative(self, n_particles: int) -> Iterator[tuple[NDArray[np.float32], NDArray[np.float32]]]:
        """All jets as they stand in the file, some thousands at a time.

        Parameters
        ----------
        n_particles : int
            P: how many particles of a jet, the hardest ones.

        Yields
        ------
        tuple of float32 array
            Relative eta, phi and pt (N, P, 3) by falling pt, with zero rows at the end; pt (GeV), eta, mass
            (GeV) and number of particles (N, 4) of the jets.
        """
        for start in range(0, self.n, ROWS):
            particles, jets = self._rows(start, min(start + ROWS, self.n))
            there = (particles[:, :, 3] > 0.5) & (particles[:, :, 2] > 0)
            particles = np.where(there[:, :, None], particles[:, :, :3], 0)
            order = np.argsort(-particles[:, :, 2], axis=1, kind="stable")[:, :n_particles]
            found = np.zeros((len(jets), n_particles, 3), np.float32)
            found[:, : order.shape[1]] = np.take_along_axis(particles, order[:, :, None], axis=1)
            counts = jets[:, 3:4] if jets.shape[1] > 3 else there.sum(1, keepdims=True)
            yield found, np.concatenate([jets[:, :3], counts], axis=1).astype(np.float32)

    def read(self, start: int, stop: int, max_constituents: int) -> tuple[Jets, NDArray[np.float32]]:
        """Jets ``start`` to ``stop``, and the pt that the file gives them."""
        particles, of_jets = self._rows(start, stop)
        pt, eta = of_jets.T[:2, :, None]
        place = np.arange(start, stop)[:, None]
        # JetNet keeps no phi. Axes spread evenly favour no part of a detector.
        phi = ((place * _GOLDEN) % 1 - 0.5) * 2 * np.pi
        eta_rel, phi_rel, pt_rel, mask = np.moveaxis(particles, 2, 0)
        columns = {"pt": np.maximum(pt_rel, 0) * pt, "eta": eta_rel + eta, "phi": phi_rel + phi}
        jets = jets_of(
            columns, mask > 0.5, None, max_constituents, lambda i: f"jet {start + i} of {self._path}"
        )
        return jets, pt[:, 0].astype(np.float32)
