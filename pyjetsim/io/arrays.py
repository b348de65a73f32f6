"""Jets in arrays of any names: .npy, .npz, .pt, HDF5, Parquet, and a mapping that says what they mean."""

from __future__ import annotations

import warnings
from collections.abc import Iterator, Mapping
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any, ClassVar

import numpy as np
from numpy.typing import NDArray

from pyjetsim.errors import DataError, DataWarning, InputError
from pyjetsim.io.array_files import ONLY, ArrayFile, is_array_file, open_arrays
from pyjetsim.io.formats import Format, JetEvents, JetEventSource, PairReading, Reading, Source
from pyjetsim.io.given_jets import ROWS, GivenSource, event_numbers, jets_of
from pyjetsim.jets import Jets
from pyjetsim.jets.coordinates import COORDINATES, ENERGIES, MASSES

SIDES = ("gen", "reco")
_OF_A_SIDE = ("constituents", "mask", "pid")
_OF_PAIRS = ("event", "run", "luminosity_block", "n_vertices", "weight")
_SETTINGS = {"order": ("channels-last", "channels-first"), "unit": ("GeV", "MeV")}
_JETS_OF_AN_EVENT = 30
"""More are told, if all jets of a file are of one."""
_LENGTHS = {"px", "py", "pz", "pt", "x", "y", "z", "rho", *MASSES, *ENERGIES}
"""Coordinates that have the unit of a momentum."""
_MAP = "--map gen=KEY[,reco=KEY][,gen.mask=KEY][,gen.pid=KEY][,event=KEY][,order=channels-first][,unit=MeV]"


@dataclass(frozen=True)
class ArrayMap:
    """What the arrays mean: a name of ours to a name in the file."""

    keys: Mapping[str, str]
    """``gen.constituents``, ``gen.mask``, ``gen.pt``, ``event``, ... to the array."""
    columns: tuple[str, ...] | None = None
    """What the last axis of constituents holds."""
    channels_first: bool = False
    unit: str | None = None
    """Of all momenta, where the user says it."""
    text: str = field(default="", compare=False)

    @staticmethod
    def parse(text: str) -> ArrayMap:
        """Read ``NAME=KEY[,NAME=KEY]...``.

        Raises :class:`~pyjetsim.errors.InputError` for what is no such list.
        """
        keys: dict[str, str] = {}
        settings: dict[str, str] = {}
        for part in text.split(","):
            name, equals, key = part.partition("=")
            name, key = name.strip(), key.strip()
            if not equals or not name or not key:
                raise InputError(
                    f"{part!r} in the mapping is no NAME=KEY",
                    "it says which array means what",
                    f"give {_MAP}",
                )
            if name in _SETTINGS and key not in _SETTINGS[name]:
                raise InputError(
                    f"{name} is {key!r} in the mapping",
                    "the order of axes and the unit are never guessed",
                    f"give {name}={' or '.join(_SETTINGS[name])}",
                )
            whole = name if name in _SETTINGS or name == "columns" else _full_name(name)
            target = settings if whole in _SETTINGS or whole == "columns" else keys
            if whole in target:
                raise InputError(
                    f"{name} is named twice in the mapping", "one array can be meant", "name it once"
                )
            target[whole] = key
        columns = tuple(settings["columns"].split(":")) if "columns" in settings else None
        known = {*COORDINATES, "pid", "mask", "_"}
        for name in columns or ():
            if name not in known:
                raise InputError(
                    f"{name!r} is no column of constituents",
                    "they are coordinates as the vector library names them, pid, mask, or _ to pass over",
                    "give such as columns=px:py:pz:E or columns=pt:eta:phi:pid",
                )
        return ArrayMap(keys, columns, settings.get("order") == "channels-first", settings.get("unit"), text)

    def of(self, side: str) -> dict[str, str]:
        """What is named of ``gen`` or ``reco``."""
        start = f"{side}."
        return {name.removeprefix(start): key for name, key in self.keys.items() if name.startswith(start)}


def _full_name(name: str) -> str:
    side, dot, part = name.partition(".")
    if name in SIDES:
        return f"{name}.constituents"
    if not dot and name in (*_OF_A_SIDE, *COORDINATES):
        return f"gen.{name}"
    if (dot and side in SIDES and part in (*_OF_A_SIDE, *COORDINATES)) or name in _OF_PAIRS:
        return name
    raise InputError(
        f"{name!r} in the mapping means nothing",
        f"known are gen, reco, gen.mask, gen.pid, gen.pt and other coordinates, the same of reco, "
        f"{', '.join(_OF_PAIRS)}, columns, order and unit",
        f"give {_MAP}",
    )


class Arrays(Format):
    """Jets in arrays; which array is what, ``--map`` says."""

    protocol: ClassVar[int] = 1
    name: ClassVar[str] = "arrays"
    reads: ClassVar[str] = "arrays (.npy, .npz, .pt, HDF5, Parquet; with --map)"
    has_reco: ClassVar[bool] = True
    takes_mapping: ClassVar[bool] = True

    def recognises(self, start: bytes) -> bool:
        """Some are told by more than their start: see :meth:`recognises_file`."""
        return False

    def recognises_file(self, path: Path, start: bytes) -> bool:
        """By the first bytes; HDF5 that names no format of its own."""
        return is_array_file(path, start)

    @contextmanager
    def open(self, path: Path, reading: Reading) -> Iterator[Source]:
        """All gen jets, in the order of the file."""
        with _Opened(path, reading) as jets:
            jets.require("gen")

            def batches() -> Iterator[tuple[Jets, NDArray[np.int32] | None, Mapping[str, NDArray[Any]]]]:
                start = 0
                for gen, columns in jets.batches(ROWS, ("gen",)):
                    rows = slice(start, start + len(gen))
                    start += len(gen)
                    yield gen, jets.n_vertices[rows], columns

            provenance = {"source": jets.provenance}
            yield GivenSource(str(path), reading, jets.event, batches, provenance)

    @contextmanager
    def events(self, path: Path, reading: PairReading) -> Iterator[JetEventSource]:
        """Gen and reco jets that are paired row by row."""
        with _Opened(path, reading) as jets:
            jets.require("gen")
            jets.require("reco")
            yield _PairedRows(jets, reading)


class _Opened:
    """The arrays of a file that a mapping names."""

    def __init__(self, path: Path, reading: Reading) -> None:
        self.path, self._reading = path, reading
        self._stack = ExitStack()

    def __enter__(self) -> _Opened:
        with self._stack:
            self._file = self._stack.enter_context(open_arrays(self.path))
            if self._reading.mapping is None:
                raise DataError(
                    f"{self.path} is {self._file.kind} with {self._told(self._file)}",
                    "which of them are jets, and in which order of axes, is not in it",
                    f"say it: {_MAP}",
                )
            self.mapping = ArrayMap.parse(self._reading.mapping)
            if not self.mapping.keys and len(self._file.arrays) == 1:
                self.mapping = replace(self.mapping, keys={"gen.constituents": next(iter(self._file.arrays))})
            self._others: dict[Path, ArrayFile] = {}
            self._where = {name: self._find(key) for name, key in self.mapping.keys.items()}
            self.n = self._length()
            self._read_pair_columns()
            self._stack = self._stack.pop_all()
        return self

    def __exit__(self, *error: object) -> None:
        self._stack.close()

    @staticmethod
    def _told(file: ArrayFile) -> str:
        shown = [
            f"{name} ({', '.join('var' if size is None else str(size) for size in of.shape)})"
            for name, of in file.arrays.items()
        ]
        more = f" and {len(shown) - 6} more" if len(shown) > 6 else ""
        return f"the arrays {', '.join(shown[:6])}{more}" if shown else "no arrays of numbers"

    def _find(self, key: str) -> tuple[ArrayFile, str]:
        """The file and the name in it that a key means: an array of the file, or of another one."""
        if key in self._file.arrays:
            return self._file, key
        if set(self._file.arrays) == {ONLY} and key == ".":
            return self._file, ONLY
        path, _, name = key.rpartition(":")
        for given, of in ((path, name), (key, "")):
            for place in (Path(given), self.path.parent / given):
                if given and place.is_file():
                    if place not in self._others:
                        self._others[place] = self._stack.enter_context(open_arrays(place))
                    other = self._others[place]
                    of = of or next(iter(other.arrays), "")
                    if of in other.arrays and (name or len(other.arrays) == 1):
                        return other, of
                    raise DataError(
                        f"{place} has {self._told(other)}", f"the mapping names {key}", "name one: FILE:KEY"
                    )
        raise DataError(
            f"{self.path} has {self._told(self._file)}, and no {key}",
            "the mapping names it",
            "name one of these, or FILE:KEY for an array of another file",
        )

    def _length(self) -> int:
        lengths = {name: int(file.arrays[key].shape[0] or 0) for name, (file, key) in self._where.items()}
        if not lengths:
            raise DataError(
                f"the mapping {self.mapping.text} names no array of {self.path}, which has "
                f"{self._told(self._file)}",
                "jets are made of them",
                f"give {_MAP}",
            )
        first = next(iter(lengths))
        for name, n in lengths.items():
            if n != lengths[first]:
                raise DataError(
                    f"{self.mapping.keys[first]} has {lengths[first]} "
                    f"{'entry' if lengths[first] == 1 else 'entries'} and "
                    f"{self.mapping.keys[name]} has {n}",
                    "row i of all arrays is the same jet",
                    "name arrays of the same jets",
                )
        return lengths[first]

    def _read_pair_columns(self) -> None:
        def whole(name: str) -> NDArray[Any]:
            file, key = self._where[name]
            return file.whole(key)

        told = "by place"
        self.event = np.arange(self.n, dtype=np.int64)
        if "event" in self._where:
            key = self.mapping.keys["event"]
            numbers = whole("event")
            told = f"of {key}"
            if self._reading.number_events:
                self.event = np.cumsum(np.r_[False, numbers[1:] != numbers[:-1]]) if self.n else self.event
                told = f"by the place of runs of equal {key}"
            else:
                self.event = event_numbers(f"{self.path}: {key}", numbers, self.n)
                if self.n > _JETS_OF_AN_EVENT and (self.event == self.event[0]).all():
                    warnings.warn(
                        f"{self.path}: all {self.n} jets have the event number {self.event[0]} ({key}), and "
                        "count as one event in splits and noise: leave event out of the mapping if not",
                        DataWarning,
                        stacklevel=2,
                    )
        elif not self._reading.number_events:
            warnings.warn(
                f"{self.path}: no event numbers are named, so each jet is an event of its own, numbered by "
                "its place from 0",
                DataWarning,
                stacklevel=2,
            )
        self.columns: dict[str, NDArray[Any]] = {}
        for name in ("run", "luminosity_block"):
            if name in self._where:
                self.columns[name] = event_numbers(
                    f"{self.path}: {self.mapping.keys[name]}", whole(name), self.n
                )
        if "weight" in self._where:
            weights = whole("weight").astype(np.float64)
            self.columns["weight"] = weights.reshape(self.n, -1)
        self.n_vertices = np.ones(self.n, np.int32)
        if "n_vertices" in self._where:
            self.n_vertices = whole("n_vertices").astype(np.int32)
        self.provenance = {
            "file": self.path.name,
            "format": f"arrays ({self._file.kind})",
            "map": self.mapping.text,
            "event_numbers": told,
        }

    def require(self, side: str) -> None:
        """Raise :class:`~pyjetsim.errors.DataError` where no constituents of a side are named."""
        named = self.mapping.of(side)
        if not set(named) - {"mask", "pid"}:
            raise DataError(
                f"the mapping {self.mapping.text} names no {side} constituents of {self.path}",
                f"{side} jets are made of them",
                f"give {_MAP}",
            )
        if "constituents" in named and set(named) & set(COORDINATES):
            raise InputError(
                f"the mapping names constituents of {side} and "
                f"{', '.join(sorted(set(named) & set(COORDINATES)))} besides",
                "a momentum would be told twice",
                "name the array of all coordinates, or one for each",
            )

    def batches(self, size: int, sides: tuple[str, ...]) -> Iterator[tuple[Any, ...]]:
        """The jets of each side and the columns of all rows, ``size`` at a time."""
        names = [name for name in self._where if name.partition(".")[0] in sides]
        streams = [self._where[name][0].rows(self._where[name][1], size) for name in names]
        start = 0
        for parts in zip(*streams, strict=True):
            arrays = dict(zip(names, parts, strict=True))
            n = len(parts[0])
            jets = [self._jets(side, arrays, start) for side in sides]
            yield *jets, {name: values[start : start + n] for name, values in self.columns.items()}
            start += n

    def _jets(self, side: str, arrays: dict[str, Any], start: int) -> Jets:
        def where(i: int) -> str:
            return f"{side} jet {start + i} of {self.path}"

        of = self.mapping.of(side)
        columns: dict[str, NDArray[Any]] = {}
        for name in of:
            file, key = self._where[f"{side}.{name}"]
            values = arrays[f"{side}.{name}"]
            found = self._split(key, values) if name == "constituents" else {name: _padded(values)}
            scale = self._scale(file, key)
            for column, each in found.items():
                columns[column] = each * scale if column in _LENGTHS and scale != 1 else each
        shapes = {name: values.shape for name, values in columns.items()}
        if len(set(shapes.values())) > 1:
            mask = columns.get("mask")
            told = ", ".join(f"{name} {shape}" for name, shape in shapes.items())
            if mask is not None and mask.ndim == 3 and 1 in mask.shape[1:]:
                # (N, 1, P) or (N, P, 1): one channel.
                columns["mask"] = mask.reshape(len(mask), -1)
                shapes["mask"] = columns["mask"].shape
            if len(set(shapes.values())) > 1:
                raise DataError(
                    f"the arrays of {side} have different shapes: {told}",
                    "each constituent has an entry in each",
                    "name arrays of the same constituents",
                )
        mask = columns.pop("mask", None)
        pid = columns.pop("pid", None)
        if mask is not None:
            mask = self._mask(side, mask)
        if pid is not None:
            pid = self._pid(side, pid, mask)
        return jets_of(columns, mask, pid, self._reading.max_constituents, where)

    def _split(self, key: str, values: Any) -> dict[str, NDArray[Any]]:
        """The columns of an array of constituents, each (N, P)."""
        names = getattr(getattr(values, "dtype", None), "names", None)
        if names:
            return {name: values[name] for name in names if name in {*COORDINATES, "pid", "mask"}}
        fields = getattr(values, "fields", None)
        if fields:
            return {name: _padded(values[name]) for name in fields if name in {*COORDINATES, "pid", "mask"}}
        array = _padded(values)
        axis = 1 if self.mapping.channels_first else 2
        columns = self.mapping.columns
        if array.ndim != 3:
            raise DataError(
                f"{key} of {self.path} has shape {array.shape}",
                "constituents are (jets, constituents, coordinates)",
                "name an array of three axes, or one array for each coordinate: gen.px=KEY,gen.py=KEY,...",
            )
        size = array.shape[axis]
        if columns is None and size == 3:
            columns = ("px", "py", "pz")
        if columns is None or len(columns) != size:
            turned = array.shape[3 - axis]
            hint = ""
            if turned in (3, 4, len(columns or ())) and turned != size:
                hint = "; if the coordinates come before the constituents, say order=channels-first"
                if self.mapping.channels_first:
                    hint = "; it looks as if the coordinates came last: leave out order=channels-first"
            wanted = "what they are is not said" if columns is None else f"columns names {len(columns)}"
            raise DataError(
                f"{key} of {self.path} has shape {array.shape}: {size} coordinates, and {wanted}",
                "their order is never guessed",
                f"say it, such as columns=px:py:pz:E{hint}",
            )
        return {name: np.take(array, i, axis=axis) for i, name in enumerate(columns) if name != "_"}

    def _scale(self, file: ArrayFile, key: str) -> float:
        """To GeV: what the mapping says, or the file."""
        word = self.mapping.unit or file.arrays[key].unit or "GeV"
        scale = {"gev": 1.0, "mev": 1e-3}.get(word.lower())
        if scale is None:
            # Units of other things, such as of an angle, are no concern; momenta are in GeV or MeV.
            if word.lower() in ("", "rad", "1", "none", "number"):
                return 1.0
            raise DataError(
                f"{key} of {file.path} says its unit is {word!r}",
                "momenta are in GeV or MeV",
                "say which: unit=GeV or unit=MeV in the mapping",
            )
        return scale

    def _mask(self, side: str, mask: NDArray[Any]) -> NDArray[np.bool_]:
        if not np.isin(mask, (0, 1)).all():
            raise DataError(
                f"the mask of {side} in {self.path} has the value {mask[~np.isin(mask, (0, 1))][0]}",
                "it is 1 for a constituent and 0 for padding",
                "name another array, or none: rows of zeros are padding anyway",
            )
        return mask.astype(np.bool_)

    def _pid(self, side: str, pid: NDArray[Any], mask: NDArray[np.bool_] | None) -> NDArray[np.int32]:
        if mask is not None:
            pid = np.where(mask, pid, 0)
        whole = np.isfinite(pid).all() and (np.abs(pid) < 2**31).all() and (pid % 1 == 0).all()
        if not whole:
            raise DataError(
                f"the pid of {side} in {self.path} are not whole numbers below 2^31",
                "PDG ids are such",
                "name another array, or none",
            )
        return pid.astype(np.int32)


class _PairedRows:
    """Rows of gen and reco, each as an event of its own, so that they are paired as they stand."""

    one_pair_each: bool = True

    def __init__(self, jets: _Opened, reading: PairReading) -> None:
        self._jets = jets
        self._cuts = (
            ("gen", reading.gen_pt_min, reading.gen_eta_max),
            ("reco", reading.reco_pt_min, np.inf),
        )
        self.numbers = jets.event
        self.provenance: dict[str, Any] = {"source": jets.provenance}

    def batches(self, n_events: int) -> Iterator[JetEvents]:
        """The first ``n_events`` rows."""
        start = 0
        for *both, columns in self._jets.batches(ROWS, SIDES):
            if start >= n_events:
                return
            rows = slice(start, min(start + len(both[0]), n_events))
            n = rows.stop - rows.start
            counts: dict[tuple[str, str], int] = {}
            kept: list[tuple[Jets, NDArray[np.int64]]] = []
            for jets, (side, pt_min, eta_max) in zip(both, self._cuts, strict=True):
                inside = np.flatnonzero((jets.pt[:n] > pt_min) & (np.abs(jets.eta[:n]) < eta_max))
                counts[f"{side} jets of the file", ""] = len(inside)
                counts[f"{side} jets of the file", "outside the cuts"] = n - len(inside)
                kept.append((jets[inside], inside))
            yield JetEvents(
                self.numbers[rows],
                self._jets.n_vertices[rows],
                *kept[0],
                *kept[1],
                counts,
                event_columns={name: values[:n] for name, values in columns.items()},
            )
            start += n


def _padded(values: Any) -> NDArray[Any]:
    """NumPy's array: lists of different lengths are padded with zeros."""
    if isinstance(values, np.ndarray):
        return values
    import awkward as ak

    if values.ndim == 3:
        inner = ak.to_numpy(ak.flatten(ak.num(values, axis=2), axis=None))
        if len(set(inner.tolist())) > 1:
            # Channels first: rows of coordinates, each as long as the jet has constituents.
            rows = _padded(ak.flatten(values, axis=1))
            return rows.reshape(len(values), -1, rows.shape[1])
        flat = ak.to_numpy(ak.flatten(values, axis=None), allow_missing=False)
        flat = flat.reshape(-1, int(inner[0]) if len(inner) else 0)
    else:
        flat = ak.to_numpy(ak.flatten(values, axis=1), allow_missing=False)
    count = ak.to_numpy(ak.num(values, axis=1))
    there = np.arange(int(count.max(initial=0))) < count[:, None]
    padded = np.zeros((*there.shape, *flat.shape[1:]), flat.dtype)
    padded[there] = flat
    return padded
