"""Programs in C++ that are measured: built once, asked in turn, stopped when they do not answer."""

from __future__ import annotations

import os
import select
import signal
import subprocess
from collections.abc import Sequence
from contextlib import suppress
from pathlib import Path
from types import TracebackType

import _common
from _children import LIMIT_S, Stopped

_BUILD_LIMIT_S = 600.0


def build(folder: Path, *targets: str) -> Path:
    """Build ``targets`` of benches/cpp, without names all but those with libtorch; the programs' folder."""
    _cmake(folder, targets, "", _BUILD_LIMIT_S)
    return folder


def build_torchscript(folder: Path, limit: float = LIMIT_S) -> str:
    """Build the rival with libtorch in ``folder``; why there is none, or nothing."""
    import torch

    try:
        _cmake(folder, ["torchscript"], Path(torch.__file__).parent, limit)
    except subprocess.TimeoutExpired:
        return f"not compiled within {limit:g} s"
    except RuntimeError as problem:
        return _common.first_line(str(problem))
    return ""


def _cmake(folder: Path, targets: Sequence[str], libtorch: Path | str, limit: float) -> None:
    from pyjetsim._utils.folders import folder as folder_of

    package = folder_of("cmake")
    source = _common.ROOT / "benches" / "cpp"
    for command in (
        ["cmake", "-S", source, "-B", folder, f"-Dpyjetsim_DIR={package}", f"-DPYJETSIM_TORCH={libtorch}"],
        ["cmake", "--build", folder, *(f"--target={target}" for target in targets)],
    ):
        with subprocess.Popen(
            command, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True, start_new_session=True
        ) as process:
            try:
                told, _ = process.communicate(timeout=limit)
            except BaseException:
                # With the compilers that it has started.
                os.killpg(process.pid, signal.SIGKILL)
                raise
        if process.returncode != 0:
            raise RuntimeError(f"benches/cpp was not built:\n{told[-8000:]}")


class Program:
    """A program of benches/cpp that runs what it is asked for and says how long that took.

    One that does not answer in time is stopped: an error, but of a ``rival``, which is left out.
    """

    def __init__(self, command: Sequence[object], *, rival: bool = False, limit: float = LIMIT_S) -> None:
        self._command = [str(word) for word in command]
        self._failure: type[Exception] = Stopped if rival else RuntimeError
        self.limit = limit
        self._process = subprocess.Popen(
            self._command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True, bufsize=1
        )
        self._answer("ready")

    def sample(self, name: str) -> float:
        """What the program answers to ``name``; seconds, mostly."""
        assert self._process.stdin is not None
        try:
            self._process.stdin.write(f"{name}\n")
            self._process.stdin.flush()
        except (OSError, ValueError) as error:  # it has ended
            raise self._failure(f"{self._name} has ended") from error
        return float(self._answer(name))

    @property
    def pid(self) -> int:
        """Its process."""
        return self._process.pid

    @property
    def _name(self) -> str:
        return Path(self._command[0]).name

    def _answer(self, question: str) -> str:
        assert self._process.stdout is not None
        # It says a line a question, so nothing of an answer is in a buffer already.
        if not select.select([self._process.stdout], [], [], self.limit)[0]:
            self._process.kill()
            raise self._failure(f"{self._name}: no answer to {question} within {self.limit:g} s")
        answer = self._process.stdout.readline()
        if not answer:
            raise self._failure(f"{self._name} gave no answer to {question}")
        return answer

    def __enter__(self) -> Program:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        if error is not None:
            self._process.kill()
        # Its input ends, and with it the program. One that was killed did not read all of it.
        assert self._process.stdin is not None
        with suppress(BrokenPipeError):
            self._process.stdin.close()
        self._process.__exit__(kind, error, trace)
