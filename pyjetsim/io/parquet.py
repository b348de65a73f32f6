"""Pairs as Parquet (by pyarrow): a row a pair, lists of constituents, for pandas, polars and awkward.

``docs/formats.md`` lists the columns.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import Any, ClassVar

import numpy as np
from numpy.typing import NDArray

from pyjetsim._utils.extras import needs
from pyjetsim.errors import DataError, Error
from pyjetsim.io.jets_h5.source import PairsFormat
from pyjetsim.io.pairs_files import (
    KEY,
    Described,
    PairsInput,
    Stored,
    TableWriter,
    directions,
    padded,
    refuse,
    stored_as,
    stored_constituents,
)
from pyjetsim.jets import Jets, Pairs

COMPRESSION = "ZSTD, level 3"
_MAGIC = b"PAR1"
_ROWS = 8192
"""Pairs of a row group, and read at a time."""
_SIDES = ("gen", "reco")
_JET = ("pt", "eta", "phi", "mass")
_MOMENTA = ("px", "py", "pz")
_OF_PAIR = ("event", "delta_r", "n_vertices")


class ParquetWriter(TableWriter):
    """Writes a row a pair."""

    def __init__(self, path: str | Path, provenance: Mapping[str, Any], max_constituents: int) -> None:
        with needs("formats", "writing Parquet"):
            import pyarrow  # noqa: F401
        super().__init__(path, provenance, max_constituents)
        self._file: Any = None
        self._held: list[Any] = []
        self._n_held = 0

    def _begin(self) -> dict[str, Stored]:
        taken = set(_OF_PAIR)
        for side in _SIDES:
            taken |= {f"{side}_{name}" for name in (*_JET, "n_constituents")}
            taken |= {f"{side}_constituents_{name}" for name in (*_MOMENTA, "pt", "eta", "phi", "pid")}
        stored = {}
        for path in self.optional.dtypes:
            name = re.sub(r"\W", "_", path, flags=re.ASCII)
            found = stored_as(self.optional, path, name)
            while taken & set(found.names):
                name += "_"
                found = stored_as(self.optional, path, name)
            taken |= set(found.names)
            stored[path] = found
        return stored

    def _add(self, pairs: Pairs, columns: Mapping[str, NDArray[Any]]) -> None:
        self._held.append(self._table(pairs, columns))
        self._n_held += len(pairs)
        if self._n_held >= _ROWS:
            self._flush()

    def _table(self, pairs: Pairs, columns: Mapping[str, NDArray[Any]]) -> Any:
        import pyarrow

        found: dict[str, Any] = {name: getattr(pairs, name) for name in _OF_PAIR}
        for path, stored in self.stored.items():
            found |= stored.parts(columns[path])
        for side in _SIDES:
            found |= _side(side, getattr(pairs, side))
        return pyarrow.table(found)

    def _flush(self) -> None:
        import pyarrow
        from pyarrow import parquet

        table = pyarrow.concat_tables(self._held)
        if self._file is None:
            floats = [name for name in table.column_names if "float" in str(table.schema.field(name).type)]
            few = [name for name in table.column_names if name not in floats]
            self._file = parquet.ParquetWriter(
                self.temporary, table.schema, compression="zstd", compression_level=3, use_dictionary=few
            )
        self._file.write_table(table, row_group_size=_ROWS)
        self._held, self._n_held = [], 0

    def _finish(self, described: str) -> None:
        if self._file is None and not self._held:
            columns = {name: np.zeros((0, *one.shape), one.dtype) for name, one in self.stored.items()}
            self._held = [self._table(Pairs.empty(self.max_constituents), columns)]
        if self._held:
            self._flush()
        self._file.add_key_value_metadata({KEY: described})
        self._close()

    def _close(self) -> None:
        if self._file is not None:
            self._file.close()


def _side(side: str, jets: Jets) -> dict[str, Any]:
    """Columns of gen or reco jets."""
    import pyarrow

    count = stored_constituents(jets)
    kept = np.arange(jets.pid.shape[1]) < count[:, None]
    momenta = jets.constituents[kept]
    flat = dict(zip(_MOMENTA, np.ascontiguousarray(momenta.T), strict=True)) | {
        **directions(momenta),
        "pid": jets.pid[kept],
    }
    offsets = pyarrow.array(np.concatenate([[0], np.cumsum(count)]).astype(np.int32))
    lists = {
        f"{side}_constituents_{name}": pyarrow.ListArray.from_arrays(offsets, pyarrow.array(values))
        for name, values in flat.items()
    }
    of_jet = dict(zip(_JET, np.ascontiguousarray(jets.jet.T), strict=True))
    of_jet["n_constituents"] = jets.n_constituents
    return {**{f"{side}_{name}": values for name, values in of_jet.items()}, **lists}


class ParquetPairs(PairsFormat):
    """What :class:`ParquetWriter` wrote."""

    protocol: ClassVar[int] = 1
    name: ClassVar[str] = "Parquet of pyjetsim"
    reads: ClassVar[str] = "Parquet that pyjetsim wrote"

    def recognises(self, start: bytes) -> bool:
        """No: what a Parquet file says of itself stands at its end."""
        return False

    def recognises_file(self, path: Path, start: bytes) -> bool:
        """By what it says of itself; others are arrays that need a mapping."""
        if not start.startswith(_MAGIC):
            return False
        with needs("formats", "reading Parquet"):
            from pyarrow import parquet
        try:
            return KEY.encode() in (parquet.read_metadata(path).metadata or {})
        except Exception:  # of many classes; who reads it as arrays says what is wrong
            return False

    @contextmanager
    def pairs(self, path: Path) -> Iterator[PairsInput]:
        """All pairs, as they were written."""
        with needs("formats", "reading Parquet"):
            from pyarrow import parquet
        with _errors(path):
            file = parquet.ParquetFile(path)
        with file:
            yield _Input(path, file)


@contextmanager
def _errors(path: Path) -> Iterator[None]:
    """Turn what pyarrow says about a file into one :class:`~pyjetsim.errors.DataError`."""
    try:
        yield
    except (Error, MemoryError):
        raise
    except Exception as error:  # pyarrow's own, OSError and KeyError
        said = (str(error).strip().splitlines() or [type(error).__name__])[0]
        raise DataError(
            f"{path} is a Parquet file that cannot be read: {said}",
            "it is truncated or damaged, or was changed since pyjetsim wrote it",
            "make it anew",
        ) from error


class _Input(PairsInput):
    """Pairs from the rows."""

    def __init__(self, path: Path, file: Any) -> None:
        self._file = file
        super().__init__(path, Described.from_json(path, file.metadata.metadata[KEY.encode()]))

    def __len__(self) -> int:
        return int(self._file.metadata.num_rows)

    @property
    def event(self) -> NDArray[np.int64]:
        """(N,)."""
        return self._all("event").astype(np.int64)

    def column(self, name: str) -> NDArray[Any]:
        """(N,)."""
        stored = self.stored[name]
        return stored.whole({part: self._all(part) for part in stored.names})

    def _all(self, name: str) -> NDArray[Any]:
        with _errors(self.path):
            return np.asarray(self._file.read([name]).column(name).to_numpy())

    def pieces(self) -> Iterator[Pairs]:
        """All pairs, a row group at a time."""
        steps = self._file.iter_batches(batch_size=_ROWS)
        while True:
            with _errors(self.path):
                batch = next(steps, None)
                pairs = None if batch is None else self._pairs(batch)
            if pairs is None:
                return
            yield pairs

    def _pairs(self, batch: Any) -> Pairs:
        def of(name: str) -> NDArray[Any]:
            values = batch.column(name)
            return np.asarray(values.to_numpy(zero_copy_only=False))

        gen, reco = (self._jets(batch, side) for side in _SIDES)
        columns = {
            path: stored.whole({name: of(name) for name in stored.names})
            for path, stored in self.stored.items()
        }
        event, delta_r, n_vertices = (of(name) for name in _OF_PAIR)
        return Pairs(
            gen,
            reco,
            event.astype(np.int64),
            delta_r.astype(np.float32),
            n_vertices.astype(np.int32),
            columns,
            self.weight_names,
        )

    def _jets(self, batch: Any, side: str) -> Jets:
        lists = {name: batch.column(f"{side}_constituents_{name}") for name in (*_MOMENTA, "pid")}
        count = np.diff(lists["px"].offsets.to_numpy())
        room = self.max_constituents
        if count.max(initial=0) > room or any(
            not np.array_equal(np.diff(values.offsets.to_numpy()), count) for values in lists.values()
        ):
            refuse(self.path, f"{side}_constituents have other lengths than their jets")
        flat = {name: np.asarray(values.flatten().to_numpy()) for name, values in lists.items()}
        momenta = np.stack([flat[name] for name in _MOMENTA], axis=1).astype(np.float32)
        of_jet = [np.asarray(batch.column(f"{side}_{name}").to_numpy()) for name in _JET]
        return Jets(
            padded(momenta, count, room),
            padded(flat["pid"].astype(np.int32), count, room),
            np.asarray(batch.column(f"{side}_n_constituents").to_numpy()).astype(np.int32),
            np.stack(of_jet, axis=1).astype(np.float32),
        )
