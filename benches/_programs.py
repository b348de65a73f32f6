"""Programs in C++ that are measured: built once, asked in turn."""

from __future__ import annotations

import subprocess
from collections.abc import Sequence
from pathlib import Path
from types import TracebackType

import _common


def build(folder: Path, *targets: str) -> Path:
    """Build benches/cpp against the installed package, in ``folder``; the folder of the programs.

    Of ``targets`` only those, without libtorch.
    """
    from pyjetsim._utils.folders import folder as folder_of

    package = folder_of("cmake")
    libtorch: Path | str = ""
    if not targets:
        import torch

        libtorch = Path(torch.__file__).parent
    source = _common.ROOT / "benches" / "cpp"
    for command in (
        ["cmake", "-S", source, "-B", folder, f"-Dpyjetsim_DIR={package}", f"-DPYJETSIM_TORCH={libtorch}"],
        ["cmake", "--build", folder, *(f"--target={target}" for target in targets)],
    ):
        done = subprocess.run(command, capture_output=True, text=True)
        if done.returncode != 0:
            raise RuntimeError(f"benches/cpp was not built:\n{done.stdout[-4000:]}\n{done.stderr[-4000:]}")
    return folder


class Program:
    """A program of benches/cpp that runs what it is asked for and says how long that took."""

    def __init__(self, command: Sequence[object]) -> None:
        self._command = [str(word) for word in command]
        self._process = subprocess.Popen(
            self._command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True, bufsize=1
        )
        self._answer("ready")

    def sample(self, name: str) -> float:
        """What the program answers to ``name``; seconds, mostly."""
        assert self._process.stdin is not None
        self._process.stdin.write(f"{name}\n")
        self._process.stdin.flush()
        return float(self._answer(name))

    def _answer(self, question: str) -> str:
        assert self._process.stdout is not None
        answer = self._process.stdout.readline()
        if not answer:
            raise RuntimeError(f"{' '.join(self._command)} gave no answer to {question}")
        return answer

    def __enter__(self) -> Program:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        # Its input ends, and with it the program.
        self._process.__exit__(kind, error, trace)
