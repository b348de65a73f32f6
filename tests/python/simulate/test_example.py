"""The example that users copy runs as it is."""

from __future__ import annotations

import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

from pyjetsim.io import write_pairs
from pyjetsim.jets import Pairs

EXAMPLE = Path(__file__).parents[3] / "examples" / "simulate_jets.py"


def test_simulate_jets(bundle: Path, make_pairs: Callable[..., Pairs], tmp_path: Path) -> None:
    write_pairs(tmp_path / "jets.h5", make_pairs(50, 1), {})
    done = subprocess.run(
        [sys.executable, EXAMPLE, bundle, tmp_path / "jets.h5"], capture_output=True, text=True, check=True
    )
    assert done.stdout.startswith("50 jets, ")
    assert "reco pt / gen pt: median " in done.stdout
