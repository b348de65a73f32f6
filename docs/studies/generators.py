"""Other generators than flows on FlashSim's variables of jets: what the source tried first, small and honest.

    python docs/studies/generators.py --train tt.h5 dy.h5 vbf.h5 --test vbf_test.h5 --minutes 2 --json FILE

Files are object tables of `pyjetsim generate --write objects`. Each generator has the same conditions, the
same fifteen variables as numbers (of the recipe `flashsim_jets`, flags as their places, all standardised)
and as many minutes on one thread:

- ``wgan``: Wasserstein GAN with gradient penalty (arXiv:1701.07875, 1704.00028), three critic steps a step;
- ``unrolled``: GAN whose generator sees the discriminator three steps ahead (arXiv:1611.02163);
- ``bitted``: GAN of bits, each variable being the place of its quantile in 64, as six bits of -1 or 1;
- ``vae``: conditional autoencoder, sixteen latent numbers, Gaussian decoder with a width a variable;
- ``flow``: the coupling flow of `pyjetsim.models.flows`.

Of each: Wasserstein-1 of every variable over its floor, two halves of the target, and the largest difference
of a rank correlation coefficient from the target's.
"""

from __future__ import annotations

import argparse
import itertools
import json
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import numpy as np
import torch
from torch import Tensor, nn
from torch.nn import functional

from pyjetsim.evaluate.metrics.binned import wasserstein
from pyjetsim.evaluate.metrics.columns import correlations_of
from pyjetsim.io.objects import ObjectsFile
from pyjetsim.models.flows import CouplingFlow
from pyjetsim.models.flows.variables import VariablesFlow
from pyjetsim.tasks.variables.rows import rows_of
from pyjetsim.tasks.variables.tables import Layout
from pyjetsim.train import load_recipe

WIDTH, LATENT, BITS, BATCH = 192, 16, 6, 512
Sampler = Callable[[Tensor], Tensor]
"""Variables (B, D), standardised, of conditions (B, C)."""
Batches = Iterator[tuple[Tensor, Tensor]]


def numbers_of(files: list[Path], model: VariablesFlow) -> tuple[Tensor, Tensor]:
    """Conditions (N, C) and variables (N, D) of the matched jets, as numbers."""
    layout = Layout.of(model.config.model_dump(mode="json"))
    conditions, variables = [], []
    generator = torch.Generator().manual_seed(1)
    for path in files:
        with ObjectsFile(path) as file:
            for objects in file.batches():
                asked = rows_of(layout, objects)
                found = np.flatnonzero(asked.partner >= 0)
                gen = {name: values[found] for name, values in asked.gen.items()}
                reco = objects.kinds[layout.kind].reco.columns
                partner = {name: values[asked.partner[found]] for name, values in reco.items()}
                values = torch.from_numpy(layout.target_values(gen, partner, str(path)))
                events = {name: each[found] for name, each in asked.of_events(objects).items()}
                given = torch.from_numpy(layout.condition_values(gen, events, str(path)))
                uniform = torch.rand(values.shape, generator=generator)
                columns = []
                for i, column in enumerate(model.config.targets):
                    if column.has_number:
                        columns.append(column.number(values[:, i], uniform[:, i]))
                    else:
                        columns.append(column.categories(values[:, i]).argmax(1) + uniform[:, i] - 0.5)
                conditions.append(model.condition_numbers(given))
                variables.append(torch.stack(columns, 1))
    return torch.cat(conditions), torch.cat(variables)


def network(inputs: int, outputs: int) -> nn.Sequential:
    """Three hidden layers."""
    sizes = (inputs, WIDTH, WIDTH, WIDTH)
    layers = [layer for a, b in itertools.pairwise(sizes) for layer in (nn.Linear(a, b), nn.SiLU())]
    return nn.Sequential(*layers, nn.Linear(WIDTH, outputs))


def wgan(batches: Batches, c: int, d: int, go_on: Callable[[], bool]) -> Sampler:
    """See the module."""
    make, critic = network(c + LATENT, d), network(c + d, 1)
    of_make = torch.optim.Adam(make.parameters(), 2e-4, betas=(0.0, 0.9))
    of_critic = torch.optim.Adam(critic.parameters(), 2e-4, betas=(0.0, 0.9))

    def made(given: Tensor) -> Tensor:
        return make(torch.cat((given, torch.randn(len(given), LATENT)), 1))

    while go_on():
        for _ in range(3):
            given, real = next(batches)
            fake = made(given).detach()
            mixed = torch.lerp(real, fake, torch.rand(len(real), 1)).requires_grad_()
            (slope,) = torch.autograd.grad(
                critic(torch.cat((given, mixed), 1)).sum(), mixed, create_graph=True
            )
            penalty = 10 * (slope.norm(dim=1) - 1).square().mean()
            scores = [critic(torch.cat((given, each), 1)).mean() for each in (fake, real)]
            step(of_critic, scores[0] - scores[1] + penalty)
        given, _ = next(batches)
        step(of_make, -critic(torch.cat((given, made(given)), 1)).mean())
    return made


def gan(batches: Batches, c: int, d: int, go_on: Callable[[], bool], ahead: int, bound: bool) -> Sampler:
    """A GAN whose generator sees the discriminator ``ahead`` steps on; ``bound``: answers from -1 to 1."""
    make, judge = network(c + LATENT, d), network(c + d, 1)
    of_make = torch.optim.Adam(make.parameters(), 2e-4, betas=(0.5, 0.9))
    of_judge = torch.optim.Adam(judge.parameters(), 2e-4, betas=(0.5, 0.9))

    def made(given: Tensor) -> Tensor:
        answer = make(torch.cat((given, torch.randn(len(given), LATENT)), 1))
        return torch.tanh(answer) if bound else answer

    def judged(weights: dict[str, Tensor], given: Tensor, real: Tensor, fake: Tensor) -> Tensor:
        scores = [
            torch.func.functional_call(judge, weights, (torch.cat((given, each), 1),))
            for each in (real, fake)
        ]
        return functional.softplus(-scores[0]).mean() + functional.softplus(scores[1]).mean()

    while go_on():
        given, real = next(batches)
        own = dict(judge.named_parameters())
        step(of_judge, judged(own, given, real, made(given).detach()))
        fake, weights = made(given), {name: each.detach().requires_grad_() for name, each in own.items()}
        for _ in range(ahead):
            loss = judged(weights, given, real, fake)
            slopes = torch.autograd.grad(loss, list(weights.values()), create_graph=True)
            moved = zip(weights.items(), slopes, strict=True)
            weights = {name: each - 0.02 * slope for (name, each), slope in moved}
        score = torch.func.functional_call(judge, weights, (torch.cat((given, fake), 1),))
        step(of_make, functional.softplus(-score).mean())
    return made


def vae(batches: Batches, c: int, d: int, go_on: Callable[[], bool]) -> Sampler:
    """See the module."""
    encode, decode = network(c + d, 2 * LATENT), network(c + LATENT, d)
    width = nn.Parameter(torch.zeros(d))
    optimiser = torch.optim.Adam([*encode.parameters(), *decode.parameters(), width], 1e-3)
    while go_on():
        given, real = next(batches)
        mean, log_width = encode(torch.cat((given, real), 1)).chunk(2, 1)
        latent = mean + torch.exp(log_width) * torch.randn_like(mean)
        pull = (real - decode(torch.cat((given, latent), 1))) * torch.exp(-width)
        likelihood = (0.5 * pull.square() + width).sum(1)
        divergence = 0.5 * (mean.square() + torch.exp(2 * log_width) - 1 - 2 * log_width).sum(1)
        step(optimiser, (likelihood + divergence).mean())

    def made(given: Tensor) -> Tensor:
        answer = decode(torch.cat((given, torch.randn(len(given), LATENT)), 1))
        return answer + torch.exp(width) * torch.randn_like(answer)

    return made


def flow(batches: Batches, c: int, d: int, go_on: Callable[[], bool]) -> Sampler:
    """See the module."""
    model = CouplingFlow(d, c)
    optimiser = torch.optim.Adam(model.parameters(), 1e-3)
    while go_on():
        given, real = next(batches)
        step(optimiser, -model.log_prob(real, given).mean(), list(model.parameters()))
    return lambda given: model.sample(torch.randn(len(given), d), given)


def step(optimiser: torch.optim.Optimizer, loss: Tensor, clip: list[nn.Parameter] | None = None) -> None:
    """One step down; a loss that is no number is passed over."""
    optimiser.zero_grad()
    if not torch.isfinite(loss):
        return
    loss.backward()
    if clip:
        nn.utils.clip_grad_norm_(clip, 5.0)
    optimiser.step()


def as_bits(places: Tensor) -> Tensor:
    """Places (B, D) from 0 to 63 as bits (B, 6 D), -1 or 1."""
    return torch.cat([((places >> bit) & 1).float() * 2 - 1 for bit in range(BITS)], 1)


def of_bits(bits: Tensor, quantiles: Tensor) -> Tensor:
    """Back to numbers (B, D): uniform between the quantiles (65, D) of each place."""
    each = (bits > 0).long().unflatten(1, (BITS, -1))
    place = sum(each[:, bit] << bit for bit in range(BITS))
    low, high = quantiles.gather(0, place), quantiles.gather(0, place + 1)
    return torch.lerp(low, high, torch.rand_like(low))


def main() -> None:
    """Train, compare and write."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawTextHelpFormatter)
    parser.add_argument("--train", type=Path, nargs="+", required=True)
    parser.add_argument("--test", type=Path, required=True)
    parser.add_argument("--minutes", type=float, default=2.0, help="of each generator")
    parser.add_argument("--json", type=Path, required=True)
    options = parser.parse_args()
    torch.set_num_threads(1)
    model = load_recipe("flashsim_jets").new_model()
    assert isinstance(model, VariablesFlow)
    names = [column.name for column in model.config.targets]
    (given, real), (test_given, test) = (
        numbers_of(files, model) for files in (options.train, [options.test])
    )
    ends = [(each.mean(0), each.std(0).clamp(min=1e-6)) for each in (given, real)]
    given, test_given = ((each - ends[0][0]) / ends[0][1] for each in (given, test_given))
    real, test = ((each - ends[1][0]) / ends[1][1] for each in (real, test))
    quantiles = torch.quantile(real[:50_000], torch.linspace(0, 1, 2**BITS + 1), dim=0)
    places = torch.searchsorted(quantiles[1:-1].T.contiguous(), real.T.contiguous()).T
    bits = as_bits(places)

    def batches(values: Tensor) -> Batches:
        while True:
            rows = torch.randint(len(values), (BATCH,))
            yield given[rows], values[rows]

    half = min(len(test) // 2, 4000)
    order = torch.randperm(len(test), generator=torch.Generator().manual_seed(2))
    one, other = (test[order[rows]].double().numpy() for rows in (slice(0, half), slice(half, 2 * half)))
    floor = [wasserstein(one[:, i], other[:, i]) for i in range(len(names))]
    c, d = given.shape[1], real.shape[1]
    ways: dict[str, Callable[[Callable[[], bool]], Sampler]] = {
        "wgan": lambda go_on: wgan(batches(real), c, d, go_on),
        "unrolled": lambda go_on: gan(batches(real), c, d, go_on, 3, False),
        "bitted": lambda go_on: gan(batches(bits), c, d * BITS, go_on, 0, True),
        "vae": lambda go_on: vae(batches(real), c, d, go_on),
        "flow": lambda go_on: flow(batches(real), c, d, go_on),
    }
    rows: list[dict[str, Any]] = []
    for name, train in ways.items():
        torch.manual_seed(3)
        end, steps = time.monotonic() + 60 * options.minutes, [0]

        def go_on(end: float = end, steps: list[int] = steps) -> bool:
            steps[0] += 1
            return time.monotonic() < end

        sampler = train(go_on)
        with torch.no_grad():
            made = sampler(test_given[order[:half]])
            made = of_bits(made, quantiles) if name == "bitted" else made
        values = np.nan_to_num(made.double().numpy(), nan=0.0, posinf=1e3, neginf=-1e3)
        distances = [wasserstein(one[:, i], values[:, i]) / floor[i] for i in range(len(names))]
        between = np.abs(correlations_of(values) - correlations_of(one))
        rows.append(
            {
                "generator": name,
                "steps": steps[0] - 1,
                "w1_over_floor_median": float(np.median(distances)),
                "w1_over_floor_max": float(np.max(distances)),
                "w1_over_floor_max_of": names[int(np.argmax(distances))],
                "correlation_difference_max": float(np.nanmax(between)),
                "w1_over_floor": dict(zip(names, distances, strict=True)),
            }
        )
        print({key: value for key, value in rows[-1].items() if key != "w1_over_floor"}, flush=True)
    apart = float(np.nanmax(np.abs(correlations_of(other) - correlations_of(one))))
    content = {
        "minutes": options.minutes,
        "jets": {"train": len(real), "test": half},
        "correlation_difference_max_floor": apart,
        "rows": rows,
    }
    options.json.write_text(json.dumps(content, indent=1) + "\n")


if __name__ == "__main__":
    main()
