"""What a bundle answers, computed without it: PyTorch, NumPy's Philox, and the cuts in NumPy."""

from __future__ import annotations

from typing import Any

import numpy as np
import torch

from pyjetsim.jets import Jets, pseudorapidity, transverse_momentum
from pyjetsim.jets.event_ids import JetIds
from pyjetsim.jets.noise import reference_noise
from pyjetsim.jets.selection import SELECTIONS, Selection
from pyjetsim.models import JetModel


def simulated(
    model: JetModel,
    constituents: Any,
    pid: Any,
    ids: JetIds,
    seed: int = 0,
    cuts: Selection = SELECTIONS["paper"],
) -> Jets:
    """Reco jets (N) of gen constituents (N, P', 3) with pid (N, P') or None."""
    gen = Jets.from_constituents(constituents, pid).padded_to(model.config.max_constituents)
    inputs: list[Any] = [gen.constituents, reference_noise(seed, ids, model.noise_size)]
    if model.uses_pid:
        inputs.append(gen.pid)
    with torch.no_grad():
        answer = model.eval()(*(torch.from_numpy(np.ascontiguousarray(each)) for each in inputs))
    rows, told = answer if isinstance(answer, tuple) else (answer, None)
    rows = rows.numpy()
    keep = transverse_momentum(rows) > np.float32(cuts.constituent_pt_min)
    keep &= np.abs(pseudorapidity(rows)) < np.float32(cuts.constituent_eta_max)
    keep &= gen.present.any(axis=1)[:, None]
    kept = Jets.from_constituents(rows, None if told is None else told.numpy(), keep)
    most = min(rows.shape[1], cuts.max_constituents)
    return Jets.from_constituents(kept.constituents[:, :most], kept.pid[:, :most])
