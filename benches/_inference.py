"""Events of a few jets through the C++ simulator, and through all that could take its place."""

from __future__ import annotations

import time
from collections.abc import Callable, Mapping
from contextlib import ExitStack
from pathlib import Path
from typing import Any, NamedTuple

import numpy as np
from _bundle import untrained
from _children import Child, Stopped
from _programs import Program

import pyjetsim
from pyjetsim.generate.particles import Particles
from pyjetsim.jets import Jets
from pyjetsim.jets.clustering import cluster
from pyjetsim.jets.event_ids import jet_ids
from pyjetsim.jets.noise import jet_noise
from pyjetsim.jets.selection import MATCH_DELTA_R

BATCHES = (1, 4)
GEN_PT_MIN, GEN_ETA_MAX = 100.0, 3.0
_PARTICLES = (450, 550)
"""Of the events whose stages are measured."""

SAMPLES = (
    *(f"{who}_b{batch}" for batch in BATCHES for who in ("simulator", "bare")),
    *("batched", "clustering", "matching", "simulating", "bare", "whole"),
)
"""What the program with the simulator is asked for."""
IN_THREADS = ("one_thread", "two_threads")
"""Also, where there are two cores."""

Sampler = Callable[[], float]


class Sample:
    """What all are given: jets, and the events whose stages are measured; as files for the programs."""

    def __init__(self, particles: Particles, n_events: int, sim: pyjetsim.Simulator, folder: Path) -> None:
        jets = self._jets(particles, n_events)
        # Those of a multiple of both batches.
        self.jets = jets[: len(jets) // BATCHES[-1] * BATCHES[-1]]
        self.inputs = np.ascontiguousarray(self.jets.padded_to(sim.max_constituents).constituents)
        n = np.arange(len(self.jets))
        self.noise = {
            batch: jet_noise(0, jet_ids(len(n), n // batch, n % batch), sim.manifest.noise_size)
            for batch in BATCHES
        }
        self.folder = folder
        folder.mkdir(parents=True, exist_ok=True)
        self.jets.constituents[self.jets.present].tofile(folder / "momenta.f32")
        _offsets(self.jets.n_constituents).tofile(folder / "offsets.u64")
        self.inputs.tofile(folder / "inputs.f32")
        for batch, noise in self.noise.items():
            noise.tofile(folder / f"noise_b{batch}.f32")
        self.particles_per_event = self._write_events(particles, n_events)

    def _jets(self, particles: Particles, n_events: int) -> Jets:
        jets, _ = cluster(
            particles.momenta,
            particles.offsets(n_events),
            mass=particles.mass,
            pt_min=GEN_PT_MIN,
            eta_max=GEN_ETA_MAX,
            max_constituents=1000,
        )
        return jets

    def _write_events(self, particles: Particles, n_events: int) -> float:
        counts = np.diff(particles.offsets(n_events))
        chosen = (counts >= _PARTICLES[0]) & (counts <= _PARTICLES[1])
        assert chosen.any(), "no event has about 500 particles"
        kept = particles[chosen[particles.event]]
        np.ascontiguousarray(kept.momenta, np.float64).tofile(self.folder / "particles.f64")
        np.ascontiguousarray(kept.mass, np.float64).tofile(self.folder / "masses.f64")
        _offsets(counts[chosen]).tofile(self.folder / "particle_offsets.u64")
        return float(counts[chosen].mean())


def _offsets(counts: Any) -> Any:
    return np.cumsum([0, *counts.tolist()]).astype(np.uint64)


class Programs(NamedTuple):
    """Where they are, what they run and with how many threads; ``no_torchscript`` says why there is none."""

    folder: Path
    bundle: Path
    library: Path
    sample: Sample
    threads: int
    no_torchscript: str = ""

    def simulator(self) -> Program:
        """The simulator, and ONNX Runtime alone."""
        cuts = (GEN_PT_MIN, GEN_ETA_MAX, MATCH_DELTA_R)
        command = [self.folder / "simulator", self.bundle, self.library, self.sample.folder, self.threads]
        return Program([*command, *cuts])

    def torchscript(self, batch: int) -> Program:
        """libtorch; `Stopped` where it does not come up."""
        if self.no_torchscript:
            raise Stopped(self.no_torchscript)
        sizes = (self.sample.inputs.shape[1], self.sample.noise[batch].shape[1])
        what = [self.bundle / "model.pt", self.sample.folder, batch, *sizes, self.threads]
        return Program([self.folder / "torchscript", *what], rival=True)


def check_answers(program: Program, sample: Sample, sim: pyjetsim.Simulator) -> None:
    """The simulator's jets are the bare model's after the cuts, bit for bit."""
    program.sample("answers")
    for batch in BATCHES:

        def read(name: str, kind: type, batch: int = batch) -> Any:
            return np.fromfile(sample.folder / f"b{batch}_{name}", kind)

        bare = read("bare.f32", np.float32).reshape(sample.inputs.shape)
        simulated = read("simulated.f32", np.float32).reshape(sample.inputs.shape)
        expected = sim.manifest.cuts.selection.constituents(Jets.from_constituents(bare))
        assert (read("counts.i64", np.int64) == expected.n_constituents).all(), "the simulator keeps others"
        assert (simulated == expected.padded_to(sim.max_constituents).constituents).all(), (
            f"events of {batch} jets have other constituents than ONNX Runtime alone gives"
        )
        assert expected.n_constituents.sum() > len(bare), "there is nothing to compare"


def torchscript_samplers(stack: ExitStack, programs: Programs) -> tuple[dict[str, Sampler], str]:
    """Each batch in a process of its own: libtorch specialises its graph for the shapes it meets.

    Also why there are none.
    """
    samplers: dict[str, Sampler] = {}
    for batch in BATCHES:
        try:
            program = stack.enter_context(programs.torchscript(batch))
        except Stopped as problem:
            return samplers, str(problem)
        for how in ("loaded", "optimised"):
            samplers[f"torchscript_{how}_b{batch}"] = lambda program=program, how=how: program.sample(how)
    return samplers, ""


class Eager:
    """PyTorch from Python, without gradients."""

    def __init__(self, inputs: Any, noise: Mapping[int, Any], threads: int) -> None:
        import torch

        torch.set_num_threads(threads)
        self._model = untrained()
        tables = torch.from_numpy(inputs)
        self._calls = {
            batch: list(zip(tables.split(batch), torch.from_numpy(numbers).split(batch), strict=True))
            for batch, numbers in noise.items()
        }

    def seconds(self, batch: int) -> float:
        """Of a call."""
        import torch

        calls = self._calls[batch]
        began = time.perf_counter()
        with torch.inference_mode():
            for jets, numbers in calls:
                self._model(jets, numbers)
        return (time.perf_counter() - began) / len(calls)


def eager_samplers(stack: ExitStack, sample: Sample, threads: int) -> dict[str, Sampler]:
    """In a process of its own, as the other rivals are."""
    child = stack.enter_context(Child("_inference:Eager", sample.inputs, sample.noise, threads))
    return {f"eager_b{batch}": lambda batch=batch: float(child.ask("seconds", batch)) for batch in BATCHES}
