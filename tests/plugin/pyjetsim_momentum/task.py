"""The task: pt, eta, phi and mass of a gen jet to those of its reco jet."""

from __future__ import annotations

from typing import Any, ClassVar, NamedTuple

import numpy as np

from pyjetsim.evaluate.metrics.binned import Binning, symmetrised_kld
from pyjetsim.evaluate.observables import Observable
from pyjetsim.evaluate.view import View
from pyjetsim.io import PairsFile
from pyjetsim.io.objects import Column, Objects, ObjectsFile, ObjectsWriter, paired
from pyjetsim.jets.event_ids import jet_ids
from pyjetsim.tasks import Answer, Examples, Feature, Task, TensorSpec

NAMES, UNITS = ("pt", "eta", "phi", "mass"), ("GeV", "", "rad", "GeV")


class Batch(NamedTuple):
    """N jets: (N, 4) pt, eta, phi, mass each."""

    gen: Any
    reco: Any


class JetMomentum(Task):
    """Four numbers in, four out."""

    protocol = 1
    name = "jet_momentum"

    def inputs(self, model):
        return TensorSpec("gen", (4,), "GeV, rad"), TensorSpec("noise", (4,), "standard normal", role="noise")

    def outputs(self, model):
        return (TensorSpec("reco", (4,), "GeV, rad", role="answer"),)

    def examples(self, path, split, cuts, model, padding):
        with PairsFile(path) as file:
            for pairs in file.selected(cuts, split):
                gen, reco = pairs.gen.jet, pairs.reco.jet
                features = {"gen": model.features(gen), "shift": model.features(reco) - model.features(gen)}
                yield Examples(
                    {"gen": gen, "reco": reco},
                    {name: Feature(values, len(values)) for name, values in features.items()},
                    {"pt": gen[:, 0], "eta": gen[:, 1]},
                )

    def batch(self, columns, longest):
        return Batch(columns["gen"], columns["reco"])

    def score(self, model, batches, cuts, seed):
        import torch

        generator = torch.Generator().manual_seed(seed)
        found, target = [], []
        for batch in batches:
            found.append(model(batch.gen, torch.randn(len(batch.gen), 4, generator=generator)).numpy())
            target.append(batch.reco.numpy())
        both = [np.concatenate(part)[:, [0, 3]].T for part in (target, found)]
        scores = {
            name: symmetrised_kld(t, f, Binning.of(t))
            for name, t, f in zip(("pt", "mass"), *both, strict=True)
        }
        return {**scores, "sum": sum(scores.values())}

    def golden(self, domain, model):
        pt, eta = np.linspace(*domain["pt"], 3), np.linspace(*domain["eta"], 3)
        return {"gen": np.stack([pt, eta, eta, pt / 10], axis=1).astype(np.float32)}

    def trials(self, domain, model, size):
        rng = np.random.default_rng(size)
        pt, eta = rng.uniform(*domain["pt"], size), rng.uniform(*domain["eta"], size)
        return {"": {"gen": np.stack([pt, eta, rng.uniform(-3, 3, size), pt / 8], axis=1).astype(np.float32)}}

    def answer(self, simulator, source, batch, seed):
        gen = batch.gen.jet
        reco = simulator({"gen": gen}, jet_ids(len(gen), batch.event, batch.jet), seed)["reco"]
        objects = Objects(columns(gen), columns(reco), batch.event)
        return Answer(paired("jets", objects), {"light": int((reco[:, 3] < 5).sum())})

    def writer(self, output, provenance, source, simulator):
        told = {
            f"jets/{side}/{name}": Column(unit)
            for side in ("gen", "reco")
            for name, unit in zip(NAMES, UNITS, strict=True)
        }
        return ObjectsWriter(output, self.name, provenance, told)

    def view(self):
        return Momenta()


def columns(values):
    """(N, 4) as columns by name."""
    return {name: np.ascontiguousarray(values[:, i]) for i, name in enumerate(NAMES)}


class Momenta(View):
    """The four numbers of reco jets."""

    name, items = "jet_momentum", "jets"
    observables: ClassVar = {
        name: Observable(f"Jet {name}", unit, lambda reco, name=name: reco[name].astype(np.float64))
        for name, unit in zip(NAMES, UNITS, strict=True)
    }

    def read(self, path, split):
        with ObjectsFile(path) as file:
            yield from file.pairs("jets", split)
