"""Signals while HDF5 writes: one line, no wrong file, and the same bytes in the end."""

from __future__ import annotations

import signal
import subprocess
import sys
import time
from pathlib import Path

from small_world import FAST

EVENTS = 210
PARTS = (".pairs.h5.*.part", "pairs.h5.shards/.0*.part")


def command(folder: Path) -> list[str]:
    words = [sys.executable, "-m", "pyjetsim", "generate", "--process", "fast.cmnd", "--pileup", "0"]
    return [*words, "--events", str(EVENTS), "--processes", "1", "--output", str(folder / "pairs.h5")]


def interrupt_while_writing(folder: Path, signum: signal.Signals, delay: float) -> tuple[int, str, bool]:
    """Exit code, what was said, and whether a signal was sent."""
    going = subprocess.Popen(command(folder), cwd=folder.parent, stderr=subprocess.PIPE, text=True)
    sent = False
    while going.poll() is None:
        if any(any(folder.glob(part)) for part in PARTS):
            time.sleep(delay)
            going.send_signal(signum)
            sent = True
            break
        time.sleep(0.0005)
    _, said = going.communicate(timeout=30)
    return going.returncode, said, sent


def test_an_interrupt_while_writing_never_gives_a_wrong_file(tmp_path: Path) -> None:
    (tmp_path / "fast.cmnd").write_text(FAST)
    for name in ("whole", "cut"):
        (tmp_path / name).mkdir()
    subprocess.run(command(tmp_path / "whole"), cwd=tmp_path, check=True, capture_output=True)
    whole = (tmp_path / "whole" / "pairs.h5").read_bytes()

    cut, interrupted = tmp_path / "cut", 0
    for signum, delay in ((signal.SIGINT, 0.0), (signal.SIGTERM, 0.004), (signal.SIGINT, 0.012)):
        code, said, sent = interrupt_while_writing(cut, signum, delay)
        assert sent
        # Nothing is raised in HDF5's callbacks. (In a weak reference's of h5py it may be, and costs nothing.)
        assert "checked.py" not in said
        if code == 0:  # The signal came when all was done.
            assert (cut / "pairs.h5").read_bytes() == whole
            (cut / "pairs.h5").unlink()
            continue
        assert code == 2, said
        assert "pyjetsim: interrupted" in said.splitlines()[-1]
        interrupted += 1
        if (cut / "pairs.h5").exists():
            assert (cut / "pairs.h5").read_bytes() == whole
    assert interrupted
    subprocess.run(command(cut), cwd=tmp_path, check=True, capture_output=True)
    assert (cut / "pairs.h5").read_bytes() == whole
    assert [path.name for path in cut.iterdir()] == ["pairs.h5"]
