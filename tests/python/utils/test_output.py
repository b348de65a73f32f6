"""Results: their place is checked first, they appear whole or not at all, one run at a time."""

from __future__ import annotations

import errno
import fcntl
import json
import os
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from socket import gethostname
from unittest.mock import Mock

import pytest

from pyjetsim._utils.output import (
    check_file,
    check_folder,
    locked,
    replacing_folder,
    storage_errors,
    temporary_name,
    whole_file,
    write_whole,
)
from pyjetsim.errors import BundleError, DataWarning, Error, InputError, StorageError, TrainingError


def names(folder: Path) -> list[str]:
    return sorted(path.name for path in folder.iterdir())


def is_ours(folder: Path) -> bool:
    return (folder / "ours").exists()


def test_an_error_without_words_is_told_too(tmp_path: Path) -> None:
    with pytest.raises(StorageError, match=r"cannot write .*x: OSError"), storage_errors(tmp_path / "x"):
        raise OSError


# The place


def test_a_file_may_be_new_or_there_and_its_folders_missing(tmp_path: Path) -> None:
    (tmp_path / "old").write_text("old")
    for name in ("new", "old", "a/b/c", "."):
        check_file(tmp_path / name / "file" if name == "." else tmp_path / name)
    assert names(tmp_path) == ["old"]


@pytest.mark.parametrize("kind", ["file", "folder"])
def test_missing_folders_are_made_and_go_with_what_failed(tmp_path: Path, kind: str) -> None:
    writing = whole_file if kind == "file" else replacing_folder
    (tmp_path / "there").mkdir()
    for place in ("a/b/c/x", "there/b/x"):
        with pytest.raises(ZeroDivisionError), writing(tmp_path / place):
            names((tmp_path / place).parent)[1 / 0]
    assert names(tmp_path) == ["there"]
    assert names(tmp_path / "there") == []
    with writing(tmp_path / "a/b/c/x"):
        pass
    assert names(tmp_path / "a/b/c") == ["x"]


@pytest.mark.parametrize("path", [".", "..", "/", "new/..", "folder"])
def test_a_folder_is_no_output_file(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, path: str) -> None:
    (tmp_path / "folder").mkdir()
    monkeypatch.chdir(tmp_path)
    with pytest.raises(InputError, match=r"output .* is a folder"):
        check_file(Path(path))


def test_a_device_is_no_output_file(tmp_path: Path) -> None:
    os.mkfifo(tmp_path / "pipe")
    for path in (tmp_path / "pipe", Path("/dev/null")):
        with pytest.raises(InputError, match="is no regular file"):
            check_file(path)


@pytest.mark.parametrize("check", [check_file, lambda path: check_folder(path, is_ours, "report")])
def test_what_lies_above_must_take_it(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, check: Callable[[Path], None]
) -> None:
    (tmp_path / "file").touch()
    with pytest.raises(StorageError, match=r"cannot write .*/file/a/b: .*/file is a file"):
        check(tmp_path / "file" / "a" / "b")
    # Nobody may write there, not even the super-user.
    with pytest.raises(StorageError, match=r"cannot write /proc/a/b: .* in /proc"):
        check(Path("/proc/a/b"))

    for number, message in (
        (errno.EACCES, "no permission to write in"),
        (errno.EROFS, "Read-only file system in"),
        (errno.ENOSPC, "the disk is full"),
    ):
        refusal = OSError(number, os.strerror(number))
        monkeypatch.setattr("tempfile.TemporaryFile", Mock(side_effect=refusal))
        with pytest.raises(StorageError, match=message):
            check(tmp_path / "a" / "b")


def test_a_folder_that_is_new_empty_or_ours_may_be_taken(tmp_path: Path) -> None:
    (tmp_path / "empty").mkdir()
    (tmp_path / "older").mkdir()
    (tmp_path / "older" / "ours").touch()
    for name in ("new", "a/b", "empty", "older"):
        check_folder(tmp_path / name, is_ours, "report")
    assert names(tmp_path) == ["empty", "older"]


@pytest.mark.parametrize("error", [InputError, BundleError])
def test_another_folder_may_not(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, error: type[Error]) -> None:
    (tmp_path / "precious").mkdir()
    (tmp_path / "precious" / "thesis.tex").touch()
    (tmp_path / "file").touch()
    (tmp_path / "here").mkdir()
    monkeypatch.chdir(tmp_path / "here")
    for path, message in (
        ("../precious", "is there and is no report"),
        ("../file", "is a file, and is no report"),
        (".", "is the folder you work in"),
        ("../here", "is the folder you work in"),
        ("..", "or holds it"),
    ):
        with pytest.raises(error, match=message):
            check_folder(Path(path), is_ours, "report", error)


# Files


def test_a_file_is_written_whole_and_replaced(tmp_path: Path) -> None:
    write_whole(tmp_path / "a" / "b" / "x", "Δη\n")
    assert (tmp_path / "a" / "b" / "x").read_bytes() == "Δη\n".encode()
    write_whole(tmp_path / "a" / "b" / "x", b"\0")
    assert (tmp_path / "a" / "b" / "x").read_bytes() == b"\0"
    assert names(tmp_path / "a" / "b") == ["x"]


@pytest.mark.parametrize(
    ("stop", "seen"), [(KeyboardInterrupt(), KeyboardInterrupt), (OSError(28, "full"), StorageError)]
)
def test_a_file_that_is_not_finished_leaves_the_old_one(
    tmp_path: Path, stop: BaseException, seen: type[BaseException]
) -> None:
    (tmp_path / "x").write_text("old")

    def write() -> None:
        with whole_file(tmp_path / "x") as file:
            file.write(b"half")
            assert len(names(tmp_path)) == 2
            raise stop

    with pytest.raises(seen):
        write()
    assert names(tmp_path) == ["x"]
    assert (tmp_path / "x").read_text() == "old"


def test_an_interrupt_while_renaming_leaves_the_old_one(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "x").write_text("old")

    def interrupted(self: Path, target: Path) -> None:
        raise KeyboardInterrupt

    monkeypatch.setattr(Path, "replace", interrupted)
    with pytest.raises(KeyboardInterrupt):
        write_whole(tmp_path / "x", "new")
    assert names(tmp_path) == ["x"]
    assert (tmp_path / "x").read_text() == "old"


def test_two_writers_of_a_file_do_not_meet(tmp_path: Path) -> None:
    with whole_file(tmp_path / "x") as first:
        first.write(b"first ")
        with whole_file(tmp_path / "x") as second:
            second.write(b"second")
        assert (tmp_path / "x").read_bytes() == b"second"
        first.write(b"whole")
    assert (tmp_path / "x").read_bytes() == b"first whole"
    assert names(tmp_path) == ["x"]


def test_temporary_names_differ(tmp_path: Path) -> None:
    assert len({temporary_name(tmp_path / "x") for _ in range(100)}) == 100


# Folders


@pytest.fixture
def older(tmp_path: Path) -> Path:
    """A folder ``x`` with a file that says so."""
    (tmp_path / "x").mkdir()
    (tmp_path / "x" / "old").write_text("old")
    return tmp_path / "x"


def replace(folder: Path, stop: BaseException | None = None) -> None:
    with replacing_folder(folder) as part:
        (part / "new").write_text("new")
        if stop is not None:
            raise stop


def test_a_folder_is_made_with_those_above_it(tmp_path: Path) -> None:
    replace(tmp_path / "a" / "x")
    assert names(tmp_path / "a") == ["x"]
    assert names(tmp_path / "a" / "x") == ["new"]


def test_a_folder_is_replaced(older: Path) -> None:
    replace(older)
    assert names(older.parent) == ["x"]
    assert names(older) == ["new"]


def test_a_link_stays_a_link(older: Path) -> None:
    link = older.with_name("link")
    link.symlink_to(older)
    replace(link)
    assert link.is_symlink()
    assert names(older) == ["new"]
    assert names(older.parent) == ["link", "x"]


@pytest.mark.parametrize(
    ("stop", "seen"), [(KeyboardInterrupt(), KeyboardInterrupt), (OSError(28, "full"), StorageError)]
)
def test_a_folder_that_is_not_finished_leaves_the_old_one(
    older: Path, stop: BaseException, seen: type[BaseException]
) -> None:
    with pytest.raises(seen):
        replace(older, stop)
    assert names(older.parent) == ["x"]
    assert names(older) == ["old"]


@pytest.mark.parametrize("after", [False, True])
@pytest.mark.parametrize("number", [0, 1])
def test_an_interrupt_around_each_rename(
    older: Path, monkeypatch: pytest.MonkeyPatch, number: int, after: bool
) -> None:
    """Before or after the old folder steps aside, before or after the new one takes its place."""
    rename, seen = Path.rename, []

    def interrupted(self: Path, target: Path) -> Path:
        seen.append(self)
        if len(seen) - 1 == number:
            if after:
                rename(self, target)
            raise KeyboardInterrupt
        return rename(self, target)

    monkeypatch.setattr(Path, "rename", interrupted)
    with pytest.raises(KeyboardInterrupt):
        replace(older)
    assert names(older.parent) == ["x"]
    assert names(older) == (["new"] if number == 1 and after else ["old"])


def test_two_writers_of_a_folder_do_not_meet(older: Path) -> None:
    with replacing_folder(older) as first:
        (first / "first").touch()
        replace(older)
        assert names(older) == ["new"]
    assert names(older) == ["first"]
    assert names(older.parent) == ["x"]


# Locks


def test_a_folder_is_held_and_let_go(tmp_path: Path) -> None:
    folder = tmp_path / "a" / "run"
    with locked(folder):
        assert names(folder) == ["lock"]
        with (
            pytest.raises(TrainingError, match=r"another run is writing in .*/a/run "),
            locked(folder, TrainingError),
        ):
            pass
        assert names(folder) == ["lock"]
    assert names(folder) == []
    with locked(folder):
        pass


def test_another_process_holds_it_until_it_is_killed(tmp_path: Path) -> None:
    hold = (
        "import sys, time, pathlib; from pyjetsim._utils.output import locked\n"
        "with locked(pathlib.Path(sys.argv[1])): print('held', flush=True); time.sleep(600)"
    )
    command = [sys.executable, "-c", hold, str(tmp_path)]
    with subprocess.Popen(command, stdout=subprocess.PIPE, text=True) as process:
        assert process.stdout is not None
        assert process.stdout.readline() == "held\n"
        who = rf"another run is writing in .*: process {process.pid} on {gethostname()} \("
        with pytest.raises(InputError, match=who), locked(tmp_path):
            pass
        process.kill()
    dead = rf"was locked by process {process.pid} on .*, which has ended: its lock is taken over"
    with pytest.warns(DataWarning, match=dead), locked(tmp_path):
        assert names(tmp_path) == ["lock"]


def test_an_error_inside_lets_go(tmp_path: Path) -> None:
    with pytest.raises(KeyboardInterrupt), locked(tmp_path):
        raise KeyboardInterrupt
    with locked(tmp_path):
        pass


def test_a_lock_that_was_removed_meanwhile_is_not_taken(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The holder before lets go between our opening the file and locking it."""
    flock, calls = fcntl.flock, []

    def late(file: object, operation: int) -> None:
        calls.append(file)
        if len(calls) == 1:
            (tmp_path / "lock").unlink()
        flock(file, operation)  # type: ignore[arg-type]

    monkeypatch.setattr(fcntl, "flock", late)
    with locked(tmp_path):
        monkeypatch.undo()
        assert len(calls) == 2
        with pytest.raises(InputError), locked(tmp_path):
            pass


def test_a_file_system_without_locks_will_do(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def unsupported(file: object, operation: int) -> None:
        raise OSError(38, "Function not implemented")

    monkeypatch.setattr(fcntl, "flock", unsupported)
    # Who writes is told by the file alone, which another host sees, too.
    with locked(tmp_path), pytest.raises(InputError, match=f"process {os.getpid()} on"), locked(tmp_path):
        pass
    assert names(tmp_path) == []
    (tmp_path / "lock").write_text('{"host": "elsewhere", "pid": 1}')
    with pytest.raises(InputError, match="process 1 on elsewhere"), locked(tmp_path):
        pass
    with subprocess.Popen([sys.executable, "-c", ""]) as ended:
        pass
    (tmp_path / "lock").write_text(json.dumps({"host": gethostname(), "pid": ended.pid}))
    with pytest.warns(DataWarning, match="which has ended"), locked(tmp_path):
        pass


def test_a_folder_that_cannot_be_made_is_told(tmp_path: Path) -> None:
    (tmp_path / "file").touch()
    with pytest.raises(StorageError, match="cannot write"), locked(tmp_path / "file"):
        pass
