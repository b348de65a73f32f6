"""Where results go: checked before the work, whole or not at all, one run at a time."""

from __future__ import annotations

import errno
import fcntl
import json
import os
import secrets
import shutil
import tempfile
import warnings
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from socket import gethostname
from typing import IO, BinaryIO

from pyjetsim.errors import DataWarning, Error, InputError, StorageError

LOCK = "lock"
"""The file by which a folder is held."""


@contextmanager
def storage_errors(path: Path) -> Iterator[None]:
    """Turn what the disk says into one :class:`~pyjetsim.errors.StorageError`."""
    try:
        yield
    except OSError as error:
        # HDF5 reports a full disk as a failed write, with the errno only in its message.
        full = error.errno == errno.ENOSPC or "No space left" in str(error)
        said = error.strerror or (str(error).splitlines() or [type(error).__name__])[0]
        raise StorageError(
            f"cannot write {path}: " + ("the disk is full" if full else said),
            "what was there before is kept",
            "free space or choose another place, then run the same command again",
        ) from error


def check_file(path: Path) -> None:
    """Refuse an output file that could not be written in the end; to be called before the work.

    Folders above it need not be there. Raises :class:`~pyjetsim.errors.InputError` for a folder or
    a device, :class:`~pyjetsim.errors.StorageError` where nothing can be written.
    """
    with storage_errors(path):
        if path.is_dir() or path.name in ("", ".."):
            raise InputError(f"output {path} is a folder", "the output is one file", "name a file in it")
        if path.exists() and not path.is_file():
            raise InputError(
                f"output {path} is no regular file", "the output would take its place", "name a file"
            )
        _check_parent(path)


def check_folder(
    folder: Path, is_ours: Callable[[Path], bool], kind: str, error: type[Error] = InputError
) -> None:
    """Refuse an output folder that may not be replaced; to be called before the work.

    Free names, empty folders and those that ``is_ours`` knows as an older ``kind`` ("report") are
    free to take; else raises ``error``, or :class:`~pyjetsim.errors.StorageError` where nothing can
    be written.
    """
    check_folder_name(folder, kind, error)
    with storage_errors(folder):
        if Path.cwd().is_relative_to(folder.resolve()):
            raise error(
                f"{folder} is the folder you work in, or holds it",
                f"a new {kind} takes the place of the whole folder",
                "name another one",
            )
        if folder.is_dir() and any(folder.iterdir()) and not is_ours(folder):
            raise error(
                f"{folder} is there and is no {kind}",
                f"a new {kind} takes the place of the whole folder",
                "choose another name, or move it away",
            )


def check_folder_name(folder: Path, kind: str, error: type[Error] = InputError) -> None:
    """Refuse a name that cannot be a folder; to be called before the work.

    Raises ``error`` for a file, :class:`~pyjetsim.errors.StorageError` where nothing can be written.
    """
    with storage_errors(folder):
        if folder.exists() and not folder.is_dir():
            raise error(
                f"{folder} is a file, and is no {kind}", f"a {kind} is a folder", "choose another name"
            )
        _check_parent(folder.resolve())


def _check_parent(path: Path) -> None:
    parent = next(each for each in path.absolute().parents if each.exists())
    if not parent.is_dir():
        raise NotADirectoryError(errno.ENOTDIR, f"{parent} is a file")
    # Tried: permissions are not all that a disk refuses by, and the super-user has them everywhere.
    try:
        with tempfile.TemporaryFile(dir=parent) as file:
            file.write(bytes(4096))
    except OSError as error:
        reason = "no permission to write" if error.errno == errno.EACCES else error.strerror
        raise OSError(error.errno, f"{reason} in {parent}") from error


def temporary_name(path: Path, end: str = "part") -> Path:
    """A name beside ``path`` that no other writer uses."""
    return path.with_name(f".{path.name}.{secrets.token_hex(4)}.{end}")


def make_parents(path: Path) -> list[Path]:
    """Make the folders above ``path`` that are missing; those that were made, the innermost first."""
    missing = [folder for folder in path.absolute().parents if not folder.exists()]
    path.parent.mkdir(parents=True, exist_ok=True)
    return missing


def remove_empty(folders: list[Path]) -> None:
    """Remove what :func:`make_parents` made and nothing was put into."""
    with suppress(OSError):
        for folder in folders:
            folder.rmdir()


@contextmanager
def whole_file(path: Path) -> Iterator[BinaryIO]:
    """A new file to write to, which takes the place of ``path`` if all goes well, else disappears.

    It is on the disk before it takes the name: after a power cut there is the old one or the new one.
    """
    part = temporary_name(path)
    with storage_errors(path):
        made = make_parents(path)
        try:
            with part.open("wb") as file:
                yield file
                file.flush()
                os.fsync(file.fileno())
            part.replace(path)
        except BaseException:
            part.unlink(missing_ok=True)
            remove_empty(made)
            raise


def write_whole(path: Path, content: bytes | str) -> None:
    """Write a file at once, whole or not at all; text as UTF-8, file names in it as their bytes."""
    with whole_file(path) as file:
        file.write(content.encode(errors="surrogateescape") if isinstance(content, str) else content)


@contextmanager
def replacing_folder(folder: Path, check: Callable[[], None] | None = None) -> Iterator[Path]:
    """A temporary folder to fill, which takes the place of ``folder`` if all goes well, else disappears.

    Check the place with :func:`check_folder` first; ``check`` does so again, before anything is replaced.
    """
    folder = folder.resolve()  # A link stays one: what it points to is replaced.
    part, old = temporary_name(folder), temporary_name(folder, "old")
    with storage_errors(folder):
        made = make_parents(folder)
        try:
            part.mkdir()
            yield part
            if check is not None:
                check()
            # A folder cannot be renamed over a full one: the old one steps aside first.
            if folder.exists():
                folder.rename(old)
            part.rename(folder)
        finally:
            # Also for Ctrl-C between the two, whichever of them is done by then.
            if old.exists() and not folder.exists():
                old.rename(folder)
            for left in (part, old):
                shutil.rmtree(left, ignore_errors=True)
            remove_empty(made)


@contextmanager
def locked(folder: Path, error: type[Error] = InputError, name: str = LOCK) -> Iterator[None]:
    """Make ``folder`` where it is missing, and hold it: one process at a time writes in it.

    The file ``lock`` (or ``name``) is in it meanwhile, with the host and number of the process. Raises
    ``error``, which names both, while another process holds the folder. A lock that a dead process left is
    taken over, with a :class:`~pyjetsim.errors.DataWarning`. On file systems without locks the file alone
    says who writes.
    """
    file = _lock_of(folder, error, name)
    try:
        yield
    finally:
        with suppress(OSError):  # While it is held, so that no process takes a lock that is being removed.
            (folder / name).unlink()
        file.close()


def _lock_of(folder: Path, error: type[Error], name: str) -> IO[str]:
    path = folder / name
    while True:
        with storage_errors(folder):
            folder.mkdir(parents=True, exist_ok=True)
            file = path.open("a+")
        try:
            fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
            if _is_at(file, path):
                _sign(file, folder)
                return file
        except Warning:  # that the lock is taken over, where warnings are errors
            file.close()
            raise
        except BlockingIOError as held:
            raise _in_use(file, folder, error) from held
        except OSError:
            # Some cluster file systems have no locks: what the file says must do.
            holder = _holder(file)
            if holder is not None and (holder[0] != gethostname() or _is_alive(holder[1])):
                raise _in_use(file, folder, error, f"; if that process has ended, remove {path}") from None
            _sign(file, folder)
            return file
        file.close()  # The holder before removed it between open and lock: it protects nothing.


def _holder(file: IO[str]) -> tuple[str, int] | None:
    """Host and number of the process that a lock names; None where it names none."""
    file.seek(0)
    try:
        told = json.loads(file.read())
        return str(told["host"]), int(told["pid"])
    except (ValueError, KeyError, TypeError):
        return None


def _sign(file: IO[str], folder: Path) -> None:
    """Write who holds a lock into it, and tell whose it was, had that process ended without letting go."""
    holder = _holder(file)
    file.seek(0)
    file.truncate()
    file.write(json.dumps({"host": gethostname(), "pid": os.getpid()}))
    file.flush()
    if holder is not None:
        warnings.warn(
            f"{folder} was locked by process {holder[1]} on {holder[0]}, which "
            "has ended: its lock is taken over",
            DataWarning,
            stacklevel=5,
        )


def _in_use(file: IO[str], folder: Path, error: type[Error], more: str = "") -> Error:
    with file:
        holder = _holder(file)
    who = "" if holder is None else f": process {holder[1]} on {holder[0]}"
    return error(
        f"another run is writing in {folder} now{who}",
        "two runs would spoil each other's files",
        f"wait for it or choose another output{more}",
    )


def _is_alive(process: int) -> bool:
    try:
        os.kill(process, 0)
    except ProcessLookupError:
        return False
    except OSError:  # somebody else's
        pass
    return True


def _is_at(file: IO[str], path: Path) -> bool:
    try:
        return os.path.samestat(os.fstat(file.fileno()), path.stat())
    except FileNotFoundError:
        return False
