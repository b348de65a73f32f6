"""What models learn from: pairs of one split, cut as the recipe says; and how an epoch is scored."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np

from pyjetsim.evaluate.metrics.binned import kinematic_kld
from pyjetsim.io import Split, open_pairs
from pyjetsim.jets import Jets, Pairs
from pyjetsim.jets.jets import WEIGHT
from pyjetsim.jets.noise import stream_seed
from pyjetsim.jets.selection import Selection
from pyjetsim.jets.weights import weight_place
from pyjetsim.tasks.base import Examples, Feature


def examples(
    path: Path, split: Split, cuts: Selection, model: Any, padding: bool, weight: str | int | None = None
) -> Iterator[Examples]:
    """Pairs in acceptance: ``gen`` (N, P, 3) and ``reco`` (N, R, 3) in GeV, ``gen_pid`` (N, P).

    With ``weight``, one of the file's weights by name or place, ``weight`` (N,) float64, too.
    """
    p, r = model.config.max_constituents, model.max_reco_constituents
    target = replace(cuts, max_constituents=r)  # how many is the model's to say
    with open_pairs(path) as file:
        which = None if weight is None else weight_place(file.none(), weight, str(path))
        for pairs in whole_events(file.batches(split)):
            # Only the target is cut: simulating, the model is given whole gen jets.
            gen = pairs.gen.padded_to(p)
            reco = target.constituents(pairs.reco).padded_to(r)
            own = model.training_tensors(replace(pairs, gen=gen, reco=reco))
            accepted = np.flatnonzero(cuts.accepts(pairs.reco))
            if not len(accepted):
                continue
            gen, reco, whole = gen[accepted], reco[accepted], pairs.gen[accepted]
            yield Examples(
                {
                    "gen": gen.constituents.astype(np.float32, copy=False),
                    "reco": reco.constituents.astype(np.float32, copy=False),
                    "gen_pid": gen.pid.astype(np.int32, copy=False),
                    **{f"tensors/{name}": values[accepted] for name, values in own.items()},
                    **({} if which is None else {WEIGHT: pairs.columns[WEIGHT][accepted, which]}),
                },
                {"gen": _feature(gen, padding), "reco": _feature(reco, padding)},
                {"pt": whole.pt, "eta": whole.eta, "n_constituents": whole.n_constituents},
            )


def _feature(jets: Jets, padding: bool) -> Feature:
    present = jets.present
    return Feature(jets.constituents, float(present.size if padding else present.sum()))


def whole_events(batches: Iterable[Pairs]) -> Iterator[Pairs]:
    """The same pairs in the same order, but no event in two batches: its jets lie side by side in a file."""
    held: Pairs | None = None
    for batch in batches:
        pairs = batch if held is None else Pairs.concatenate([held, batch])
        others = np.flatnonzero(pairs.event != pairs.event[-1])
        end = int(others[-1]) + 1 if len(others) else 0
        if end:
            yield pairs[:end]
        held = pairs[end:]
    if held is not None:
        yield held


def accepted_jets(constituents: np.ndarray[Any, Any], cuts: Selection) -> Jets:
    """Jets in acceptance, without their constituents: only the kinematics are compared."""
    jets = cuts.jets_of(constituents)
    accepted = jets[cuts.accepts(jets)]
    # New arrays: an empty view would keep the constituents in memory.
    n = len(accepted)
    none = np.zeros((n, 0, 3), np.float32), np.zeros((n, 0), np.int32)
    return Jets(*none, accepted.n_constituents, accepted.jet)


def measure_kld(model: Any, batches: Iterable[Any], cuts: Selection, seed: int) -> dict[str, float] | None:
    """Symmetrised KL divergences of jet mass, pt, energy, eta and phi, and their sum.

    ``batches`` are those of the validation split, on the model's device. None where the model or the target
    has no jet in acceptance: early epochs do that.
    """
    targets, predictions = [], []
    for batch, constituents in simulated(model, batches, seed):
        predictions.append(accepted_jets(constituents, cuts))
        targets.append(accepted_jets(batch.reco.cpu().numpy(), cuts))
    target, prediction = Jets.concatenate(targets), Jets.concatenate(predictions)
    return None if min(len(target), len(prediction)) < 2 else kinematic_kld(target, prediction)


def simulated(model: Any, batches: Iterable[Any], seed: int) -> Iterator[tuple[Any, np.ndarray[Any, Any]]]:
    """Batches, and the reco constituents (B, R, 3) that the model answers with, in GeV."""
    import torch

    generator = torch.Generator().manual_seed(stream_seed("validation noise", seed))
    for batch in batches:
        noise = torch.randn(len(batch.gen), model.noise_size, generator=generator).to(model.device)
        answer = model(*((batch.gen, noise, batch.gen_pid) if model.uses_pid else (batch.gen, noise)))
        constituents = answer[0] if isinstance(answer, tuple) else answer
        yield batch, constituents.cpu().numpy()


def choose_by_kld(measured: list[dict[str, Any]], mass_pt_kld_max: float) -> dict[str, Any]:
    """The measured epoch with the least KLD sum among those with mass + pt below the threshold.

    Where none is below, the one with the least mass + pt, and ``below_threshold`` is false (the paper,
    section 6).
    """

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
