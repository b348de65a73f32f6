"""ROOT files, opened in one place by uproot: the trees and RNTuples that one holds, and whose they are.

A format of ROOT files is a :class:`RootFormat`: it claims a file by the trees and branches in it, whatever
the file is called.
"""

from __future__ import annotations

import warnings
from abc import abstractmethod
from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Any, ClassVar

import numpy as np
from numpy.typing import NDArray

from pyjetsim._utils.extras import needs
from pyjetsim.errors import DataError, DataWarning, Error
from pyjetsim.io.formats import Format
from pyjetsim.io.gen_events import EVENTS

MAGIC = b"root"
_RNTUPLE = "ROOT::RNTuple"
_TOLD = 4
"""Trees that a message names."""
_LARGEST = 2**63 - 1

Arrays = Mapping[str, Any]
"""Branches of some events, by name: awkward arrays, the first axis events."""


@contextmanager
def root_errors(path: Path) -> Iterator[None]:
    """Turn what uproot says about a file into one :class:`~pyjetsim.errors.DataError`."""
    try:
        yield
    except (Error, MemoryError):
        raise
    except Exception as error:  # of many classes: each part of uproot, zlib, struct and the disk has its own
        said = (str(error).strip().splitlines() or [type(error).__name__])[0].rstrip(":,")
        raise DataError(
            f"{path} is a ROOT file that cannot be read: {said}",
            "it is truncated or damaged, or holds what uproot does not know",
            "copy or make it anew",
        ) from error


@contextmanager
def layout_errors(path: Path) -> Iterator[None]:
    """Turn what NumPy and awkward say of branches into one :class:`~pyjetsim.errors.DataError`.

    Such as one number an event where there should be many, and columns of a table with different lengths.
    """
    try:
        yield
    except (ValueError, TypeError, IndexError, KeyError, AttributeError) as error:
        if isinstance(error, Error):
            raise
        said = (str(error).strip().splitlines() or [type(error).__name__])[0].rstrip(":,")
        raise DataError(
            f"branches of {path} do not fit together: {said}",
            "columns of one table have an entry for each of its objects",
            "find out how it was made; pyjetsim info lists its branches",
        ) from error


class RootFile:
    """What a ROOT file holds at its top. Use as a context manager.

    Raises :class:`~pyjetsim.errors.DataError` for what is no whole ROOT file.
    """

    def __init__(self, path: Path) -> None:
        with needs("formats", "reading ROOT files"):
            import uproot
        self.path = path
        self.classes: dict[str, str] = {}
        """C++ class by name of all that the file holds."""
        self._trees: dict[str, Tree] = {}
        with root_errors(path):
            # A Path: in a text, uproot takes what follows a colon for a tree. No caches: memory stays flat.
            self._file = uproot.open(path, array_cache=None, object_cache=None)
        try:
            with root_errors(path):
                self.classes.update(self._file.classnames(recursive=False, cycle=False))
        except BaseException:
            self._file.close()
            raise

    def __enter__(self) -> RootFile:
        return self

    def __exit__(self, *error: object) -> None:
        self._file.close()

    @property
    def trees(self) -> list[str]:
        """The names of its trees and RNTuples."""
        return sorted(name for name, kind in self.classes.items() if _is_tree(kind))

    def has(self, name: str, branches: Iterable[str] = ()) -> bool:
        """Whether there is a tree of that name with all these ``branches``."""
        return name in self.trees and set(branches) <= self.tree(name).branches

    def tree(self, name: str) -> Tree:
        """The newest cycle of a tree or RNTuple that is there."""
        if name not in self._trees:
            with root_errors(self.path):
                self._trees[name] = Tree(self.path, name, self._file[name], self.classes[name] == _RNTUPLE)
        return self._trees[name]

    def get(self, name: str) -> Any:
        """An object that is no tree."""
        with root_errors(self.path):
            return self._file[name]


def _is_tree(kind: str) -> bool:
    return kind in ("TTree", "TNtuple", "TNtupleD", _RNTUPLE)


class Tree:
    """A TTree or an RNTuple of a file that is open."""

    def __init__(self, path: Path, name: str, found: Any, is_rntuple: bool) -> None:
        self.path, self.name = path, name
        self._tree, self._is_rntuple = found, is_rntuple
        # Keys of branches in branches are whole paths; fields in fields have the path as their name.
        self.branches = frozenset(
            _field_paths(found.field_records)
            if is_rntuple
            else (key.rpartition("/")[2] for key in found.keys(recursive=True))
        )
        self.n_events = int(found.num_entries)

    @property
    def told(self) -> str:
        """As messages call it."""
        return f"the {'RNTuple' if self._is_rntuple else 'tree'} {self.name} of {self.path}"

    def require(self, branches: Collection[str], purpose: str, todo: str) -> None:
        """Raise :class:`~pyjetsim.errors.DataError` for the first branch that is missing."""
        for branch in branches:
            if branch not in self.branches:
                raise DataError(f"{self.told} has no branch {branch}", f"{purpose} needs it", todo)

    def require_events(self) -> None:
        """Raise :class:`~pyjetsim.errors.DataError` where it has no entries."""
        if self.n_events == 0:
            raise DataError(f"{self.told} has no events", "there is nothing to read", "check how it was made")

    def batches(
        self, branches: Collection[str], n_events: int | None = None, size: int | None = None
    ) -> Iterator[Arrays]:
        """The ``branches`` of the first ``n_events`` (None: all), ``size`` (None: 200) events at a time."""
        size = size or EVENTS
        stop = self.n_events if n_events is None else min(n_events, self.n_events)
        steps = (
            self._fields(branches, stop, size) if self._is_rntuple else self._branches(branches, stop, size)
        )
        while True:
            with root_errors(self.path):
                arrays = next(steps, None)
            if arrays is None:
                return
            yield arrays

    def _branches(self, branches: Collection[str], stop: int, size: int) -> Iterator[Arrays]:
        wanted = frozenset(branches)
        for arrays in self._tree.iterate(
            filter_branch=lambda branch: branch.name in wanted,
            entry_stop=stop,
            step_size=size,
            library="ak",
            how=dict,
        ):
            yield {key.rpartition("/")[2]: arrays[key] for key in arrays}

    def _fields(self, branches: Collection[str], stop: int, size: int) -> Iterator[Arrays]:
        """Whole clusters are decompressed whatever is asked of them, so each is read once."""
        import awkward as ak

        fields = {name: self._tree[name] for name in branches}
        for first, end in _runs(self._tree.cluster_summaries, stop, size):
            arrays = {
                name: field.array(entry_start=first, entry_stop=end, library="ak")
                for name, field in fields.items()
            }
            for start in range(0, end - first, size):
                # Packed: who still holds a part would hold the cluster, while the next one is read.
                yield {name: ak.to_packed(array[start : start + size]) for name, array in arrays.items()}
            del arrays


def _field_paths(records: Sequence[Any]) -> Iterator[str]:
    """The names of an RNTuple's fields, as uproot's ``keys``, whose time is the square of their number."""
    paths: list[str] = []
    for i, record in enumerate(records):
        parent = int(record.parent_field_id)
        outer, name = (paths[parent] if parent != i else ""), str(record.field_name)
        # The items of a collection, and base classes, have no name of their own.
        own = "" if name == "_0" or name.startswith(":_") else name
        paths.append(f"{outer}.{own}" if outer and own else outer or own)
        yield paths[-1]


def _runs(clusters: Iterable[Any], stop: int, size: int) -> Iterator[tuple[int, int]]:
    """Entries that are read together: whole clusters, at least ``size`` entries where there are so many."""
    first = end = 0
    for cluster in clusters:
        end = min(int(cluster.num_first_entry) + int(cluster.num_entries), stop)
        if end - first >= size:
            yield first, end
            first = end
    if end > first:
        yield first, end


class RootFormat(Format):
    """One kind of ROOT file."""

    protocol: ClassVar[int] = 1
    reads: ClassVar[str]
    """What of it is read, for who gives another: "Delphes trees (Delphes)"."""

    def recognises(self, start: bytes) -> bool:
        """No: a ROOT file is told by what :meth:`claims` finds in it, not by how it begins."""
        return False

    @abstractmethod
    def claims(self, file: RootFile) -> bool:
        """Whether a file that holds these trees and branches is one."""


def root_format(path: Path, formats: Iterable[Format]) -> RootFormat:
    """The first of ``formats`` that claims a ROOT file.

    Raises :class:`~pyjetsim.errors.DataError` for a file that cannot be read, and one that nobody claims.
    """
    known = [format for format in formats if isinstance(format, RootFormat)]
    with RootFile(path) as file:
        for format in known:
            with root_errors(path):
                if format.claims(file):
                    return format
        raise _unknown(file, known)


def _unknown(file: RootFile, known: list[RootFormat]) -> DataError:
    trees = file.trees
    if trees:
        more = f" and {len(trees) - _TOLD} more" if len(trees) > _TOLD else ""
        what = f"whose trees nobody here knows: {', '.join(trees[:_TOLD])}{more}"
    elif file.classes:
        name, kind = next(iter(file.classes.items()))
        what = f"without a tree; it holds {name} ({kind})"
    else:
        what = "without a tree; it is empty"
    return DataError(
        f"{file.path} is a ROOT file {what}",
        f"of ROOT files, {', '.join(format.reads for format in known)} are read",
        "give one of these",
    )


def whole_numbers(tree: Tree, branch: str, values: Any, n_events: int | None = None) -> NDArray[np.int64]:
    """Event numbers of 64 bits, those of files with unsigned ones too; of ``n_events``, None: all.

    Raises :class:`~pyjetsim.errors.DataError` for one of 2^63 or more, and where there is not one an event.
    """
    numbers = one_each(tree, branch, values, tree.n_events if n_events is None else n_events)
    if numbers.dtype.kind == "f" or (len(numbers) and int(numbers.max()) > _LARGEST):
        bad = numbers.max()
        raise DataError(
            f"{tree.told} has the event number {bad}",
            "splits and noise take whole numbers from 0 to 2^63 - 1",
            "number the events by their place with --number-events",
        )
    return numbers.astype(np.int64)


def one_each(tree: Tree, branch: str, values: Any, n_events: int) -> NDArray[Any]:
    """(E,) numbers of a branch with one an event.

    Raises :class:`~pyjetsim.errors.DataError` where there are more or fewer.
    """
    numbers = flat(values)
    if len(numbers) != n_events:
        raise DataError(
            f"{tree.told} has {len(numbers)} entries of {branch} for {n_events} events",
            "each event has one",
            "find out how it was made",
        )
    return numbers


def numbered_by_place(tree: Tree, branch: str) -> NDArray[np.int64]:
    """(E,) places in the file, with a warning that there are no numbers."""
    warnings.warn(
        f"{tree.path} has no branch {branch}: its events are numbered by their place, from 0",
        DataWarning,
        stacklevel=3,
    )
    return np.arange(tree.n_events)


def flat(array: Any) -> NDArray[Any]:
    """All numbers of a branch, whatever its depth."""
    import awkward as ak

    return np.asarray(ak.to_numpy(ak.flatten(array, axis=None)))


def lengths(array: Any) -> NDArray[np.intp]:
    """(E,) objects of each event."""
    import awkward as ak

    return np.asarray(ak.to_numpy(ak.num(array, axis=1)), np.intp)


def events_of(array: Any) -> NDArray[np.intp]:
    """(M,) the event of each object."""
    counts = lengths(array)
    return np.repeat(np.arange(len(counts)), counts)
