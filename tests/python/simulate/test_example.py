"""The example that users copy runs as it is."""

from __future__ import annotations

import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import delphes_trees
import numpy as np
import pytest

from pyjetsim.convert import convert
from pyjetsim.io import PairsFile, write_pairs
from pyjetsim.jets import Pairs
from pyjetsim.simulate import simulate

EXAMPLES = Path(__file__).parents[3] / "examples"
EXAMPLE, LOOP = EXAMPLES / "simulate_jets.py", EXAMPLES / "analysis_loop.py"


def test_simulate_jets(bundle: Path, make_pairs: Callable[..., Pairs], tmp_path: Path) -> None:
    write_pairs(tmp_path / "jets.h5", make_pairs(50, 1), {})
    done = subprocess.run(
        [sys.executable, EXAMPLE, bundle, tmp_path / "jets.h5"], capture_output=True, text=True, check=True
    )
    assert done.stdout.startswith("50 jets, ")
    assert "reco pt / gen pt: median " in done.stdout


def test_analysis_loop(tmp_path: Path) -> None:
    """The jets are those that convert makes of the same tree."""
    pytest.importorskip("hist", reason="histograms need hist")
    tree = delphes_trees.write(tmp_path / "tree.root", delphes_trees.events(6))
    done = subprocess.run(
        [sys.executable, LOOP, tree, "cells"], capture_output=True, text=True, check=True, cwd=tmp_path
    )
    convert([tree], tmp_path / "jets.h5", gen_pt_min=100, quiet=True)
    simulate(tmp_path / "jets.h5", "cells", tmp_path / "simulated.h5", 1, quiet=True)
    with PairsFile(tmp_path / "simulated.h5") as file:
        pairs = file.read()
    kept = pairs[(pairs.reco.pt > 100) & (abs(pairs.reco.eta) < 2.5)]
    with_two = (np.unique(kept.event, return_counts=True)[1] >= 2).sum()
    assert with_two > 0
    assert f"6 events, {with_two} with two simulated jets" in done.stdout
