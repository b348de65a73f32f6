"""Which epoch is the best: the paper's Kullback-Leibler criterion, on the validation split."""

from __future__ import annotations

from typing import Any

import numpy as np
import torch

from pyjetsim.evaluate.metrics.binned import kinematic_kld
from pyjetsim.jets import Jets
from pyjetsim.jets.selection import Selection
from pyjetsim.models import JetModel
from pyjetsim.train.prefetch import on_device
from pyjetsim.train.table import PairTable

_BATCH = 512


def accepted_jets(constituents: np.ndarray[Any, Any], cuts: Selection) -> Jets:
    """Jets in acceptance, without their constituents: only the kinematics are compared."""
    jets = cuts.jets_of(constituents)
    accepted = jets[cuts.accepts(jets)]
    # New arrays: an empty view would keep the constituents in memory.
    n = len(accepted)
    none = np.zeros((n, 0, 3), np.float32), np.zeros((n, 0), np.int32)
    return Jets(*none, accepted.n_constituents, accepted.jet)


@torch.no_grad()
def measure_kld(
    model: JetModel, validation: PairTable, cuts: Selection, seed: int, *, by_length: bool = False
) -> dict[str, float] | None:
    """Symmetrised KL divergences of jet mass, pt, energy, eta and phi, and their sum.

    ``by_length`` puts jets of like multiplicity into a batch. None where the model or the target has no jet
    in acceptance: early epochs do that.
    """
    generator = torch.Generator().manual_seed(seed)
    targets, predictions = [], []
    model.eval()
    for batch in on_device(validation.batches(_BATCH, by_length=by_length), model.device):
        noise = torch.randn(len(batch.gen), model.noise_size, generator=generator).to(model.device)
        answer = model(*((batch.gen, noise, batch.gen_pid) if model.uses_pid else (batch.gen, noise)))
        constituents = answer[0] if isinstance(answer, tuple) else answer
        predictions.append(accepted_jets(constituents.cpu().numpy(), cuts))
        targets.append(accepted_jets(batch.reco.cpu().numpy(), cuts))
    target, prediction = Jets.concatenate(targets), Jets.concatenate(predictions)
    if len(target) < 2 or len(prediction) < 2:
        return None
    return kinematic_kld(target, prediction)


def select_epoch(entries: list[dict[str, Any]], mass_pt_kld_max: float) -> dict[str, Any] | None:
    """The measured epoch with the least KLD sum among those with mass + pt below the threshold.

    Where none is below, the one with the least mass + pt, and ``below_threshold`` is false.
    None where nothing was measured.
    """
    measured = [entry for entry in entries if entry.get("kld")]
    if not measured:
        return None

    def mass_pt(entry: dict[str, Any]) -> float:
        return float(entry["kld"]["mass"] + entry["kld"]["pt"])

    eligible = [entry for entry in measured if mass_pt(entry) < mass_pt_kld_max]
    best = min(eligible, key=lambda entry: entry["kld"]["sum"]) if eligible else min(measured, key=mass_pt)
    return {
        "epoch": best["epoch"],
        "kld": best["kld"],
        "mass_pt_kld_max": mass_pt_kld_max,
        "below_threshold": bool(eligible),
    }
