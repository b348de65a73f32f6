"""The classifier test on constituents: a small permutation-invariant network.

Deep sets (Zaheer et al., arXiv:1703.06114; energy and particle flow networks, JHEP 1901:121): the
constituents of gen and of reco pass a network of their own each, are summed, and a third network
judges the two sums beside the jets' kinematics. A tagger (``tagger_closure.py``) is the same network on
reco jets alone.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import torch
from numpy.typing import NDArray
from torch import nn

from pyjetsim.evaluate.metrics.classifiers.auc import Auc, folds_by_event, measured, training_weights
from pyjetsim.evaluate.metrics.classifiers.pairs import JetPairs
from pyjetsim.evaluate.observables.classes import CLASSES, members
from pyjetsim.evaluate.observables.substructure import offsets
from pyjetsim.jets import Jets, delta_phi, transverse_momentum
from pyjetsim.jets.noise import stream_seed

N_SEEDS = 3
N_FOLDS = 2
"""Each half is scored by the network that was trained on the other."""
N_VALIDATION = 5
"""One event in so many of a training's is kept to stop it."""
MAX_EPOCHS, PATIENCE = 30, 4
BATCH, WIDTH, RATE = 128, 32, 2e-3


@dataclass(frozen=True, slots=True)
class Inputs:
    """What the network sees of N jets, or pairs of them."""

    sets: tuple[torch.Tensor, ...]
    """(N, P, F) each, P by set: gen and reco of pairs."""
    present: tuple[torch.Tensor, ...]
    """(N, P, 1) each: 1 for a constituent, 0 for padding."""
    jet: torch.Tensor
    """(N, K)."""

    @classmethod
    def of(cls, pairs: JetPairs) -> Inputs:
        """From pairs; padding beyond the largest jet is left out."""
        return cls.of_sets((pairs.gen, pairs.reco), _jet(pairs))

    @classmethod
    def of_sets(cls, sets: tuple[Jets, ...], jet: torch.Tensor) -> Inputs:
        """From the constituents of N jets each, and what is known of them together, (N, K)."""
        trimmed = [_trimmed(jets) for jets in sets]
        masks = (torch.from_numpy(jets.present[..., None].astype(np.float32)) for jets in trimmed)
        return cls(tuple(map(_constituents, trimmed)), tuple(masks), jet)

    def __getitem__(self, rows: torch.Tensor) -> Inputs:
        return Inputs(
            tuple(values[rows] for values in self.sets),
            tuple(mask[rows] for mask in self.present),
            self.jet[rows],
        )


class SetNetwork(nn.Module):
    """One number a jet or pair: above 0 for the second sample."""

    def __init__(self, n_features: int, n_jet: int, n_sets: int = 2) -> None:
        super().__init__()
        self.sets = nn.ModuleList(_layers(n_features, WIDTH, WIDTH) for _ in range(n_sets))
        self.judge = _layers(n_sets * WIDTH + n_jet, 2 * WIDTH, 1)

    def forward(self, inputs: Inputs) -> torch.Tensor:
        """(N,)."""
        # A sum, in units of a typical jet, so that how many there are is not lost.
        sums = [
            (network(values) * present).sum(dim=1) / 30
            for network, values, present in zip(self.sets, inputs.sets, inputs.present, strict=True)
        ]
        judged: torch.Tensor = self.judge(torch.cat([*sums, inputs.jet], dim=1))
        return judged[:, 0]


def set_network_auc(
    pairs: JetPairs, is_second: NDArray[np.bool_], event: NDArray[np.int64], n_seeds: int = N_SEEDS
) -> Auc:
    """The mean AUC of ``n_seeds`` trainings, each cross-fitted in N_FOLDS folds by event."""
    inputs, label = Inputs.of(pairs), torch.from_numpy(is_second.astype(np.float32))
    learnt = training_weights(pairs.weight, is_second)
    weight = None if learnt is None else torch.from_numpy(learnt.astype(np.float32))
    fold = folds_by_event(event, N_FOLDS)
    scores = []
    for seed in range(n_seeds):
        one = np.zeros(len(event))
        for k in np.unique(fold):
            inside = fold == k
            part = folds_by_event(event[~inside], N_VALIDATION)
            rows = torch.from_numpy(np.flatnonzero(~inside))
            training, validation = (rows[torch.from_numpy(chosen)] for chosen in (part != 0, part == 0))
            if not len(training) or not len(validation):
                continue  # scores stay equal: nothing learned
            network = trained(inputs, label, training, validation, stream_seed("set network", seed), weight)
            with torch.no_grad():
                one[inside] = network(inputs[torch.from_numpy(np.flatnonzero(inside))]).numpy()
        scores.append(one)
    return measured(scores, fold, is_second, event, pairs.weight)


def trained(
    inputs: Inputs,
    label: torch.Tensor,
    training: torch.Tensor,
    validation: torch.Tensor,
    seed: int,
    weight: torch.Tensor | None = None,
) -> SetNetwork:
    """Train until the loss on ``validation`` has not fallen for PATIENCE epochs; the best weights.

    ``label`` is (N,) float32, 1 for the second sample; ``training`` and ``validation`` are rows.
    ``weight``: (N,), not negative; None: 1 each.
    """

    def loss(rows: torch.Tensor) -> torch.Tensor:
        own = None if weight is None else weight[rows]
        return nn.functional.binary_cross_entropy_with_logits(network(inputs[rows]), label[rows], own)

    # The caller's random state is left as it was.
    with torch.random.fork_rng(devices=[]):
        torch.manual_seed(seed)
        network = SetNetwork(inputs.sets[0].shape[2], inputs.jet.shape[1], len(inputs.sets))
        optimiser = torch.optim.AdamW(network.parameters(), lr=RATE, weight_decay=1e-2)
        best, best_weights, since = np.inf, network.state_dict(), 0
        for _ in range(MAX_EPOCHS):
            for rows in torch.split(training[torch.randperm(len(training))], BATCH):
                optimiser.zero_grad()
                loss(rows).backward()  # type: ignore[no-untyped-call]
                optimiser.step()
            with torch.no_grad():
                now = float(loss(validation))
            if now < best:
                best, since = now, 0
                best_weights = {name: value.clone() for name, value in network.state_dict().items()}
            else:
                since += 1
                if since == PATIENCE:
                    break
    network.load_state_dict(best_weights)
    return network


def _layers(n_in: int, n_hidden: int, n_out: int) -> nn.Sequential:
    return nn.Sequential(
        nn.Linear(n_in, n_hidden),
        nn.ReLU(),
        nn.Linear(n_hidden, n_hidden),
        nn.ReLU(),
        nn.Linear(n_hidden, n_out),
    )


def _trimmed(jets: Jets) -> Jets:
    return jets.padded_to(max(int(jets.n_constituents.max(initial=0)), 1))


def _constituents(jets: Jets) -> torch.Tensor:
    """Pt (logarithm, and share), Δeta, Δphi and ΔR in units of 0.1, class: (N, P, 8)."""
    pt = transverse_momentum(jets.constituents).astype(np.float64)
    d_eta, d_phi = (np.nan_to_num(offset, posinf=10, neginf=-10) for offset in offsets(jets))
    share = pt / np.maximum(pt.sum(axis=1, keepdims=True), 1e-6)
    columns = [
        np.log(np.maximum(pt, 1e-3)) / 2,
        5 * share,
        10 * d_eta,
        10 * d_phi,
        10 * np.hypot(d_eta, d_phi),
        *(members(jets, of).astype(np.float64) for of in CLASSES),
    ]
    return torch.from_numpy(np.stack(columns, axis=-1).astype(np.float32))


def _jet(pairs: JetPairs) -> torch.Tensor:
    """Kinematics of gen and the response, each scaled to order 1: (N, 9)."""
    gen, reco = pairs.gen, pairs.reco
    columns: list[NDArray[np.floating]] = [
        np.log(np.maximum(gen.pt, 1e-3) / 250),
        gen.eta.astype(np.float64),
        np.log1p(gen.mass) - 3.5,
        gen.n_constituents / 30 - 1,
        5 * np.log(np.maximum(reco.pt, 1e-3) / np.maximum(gen.pt, 1e-3)),
        30 * (reco.eta - gen.eta),
        30 * delta_phi(reco.phi, gen.phi),
        3 * (np.log1p(reco.mass) - np.log1p(gen.mass)),
        (reco.n_constituents - gen.n_constituents) / 10,
    ]
    return torch.from_numpy(np.column_stack(columns).astype(np.float32)).clamp(-10, 10)
