"""Events of a few jets through the C++ simulator, and through all that could take its place."""

from __future__ import annotations

import time
from collections.abc import Callable
from contextlib import ExitStack
from pathlib import Path
from typing import Any

import numpy as np
from _bundle import untrained
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


def open_simulator(
    stack: ExitStack, programs: Path, bundle: Path, library: Path, sample: Sample, threads: int
) -> Program:
    """The program with the simulator and ONNX Runtime alone."""
    cuts = (GEN_PT_MIN, GEN_ETA_MAX, MATCH_DELTA_R)
    command = [programs / "simulator", bundle, library, sample.folder, threads, *cuts]
    return stack.enter_context(Program(command))


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


def torchscript_samplers(
    stack: ExitStack, programs: Path, bundle: Path, sample: Sample, threads: int
) -> dict[str, Sampler]:
    """Each batch in a process of its own: libtorch specialises its graph for the shapes it meets."""
    samplers: dict[str, Sampler] = {}
    for batch in BATCHES:
        sizes = (sample.inputs.shape[1], sample.noise[batch].shape[1])
        command = [programs / "torchscript", bundle / "model.pt", sample.folder, batch, *sizes, threads]
        program = stack.enter_context(Program(command))
        for how in ("loaded", "optimised"):
            samplers[f"torchscript_{how}_b{batch}"] = lambda program=program, how=how: program.sample(how)
    return samplers


def eager_samplers(sample: Sample, threads: int) -> dict[str, Sampler]:
    """PyTorch from Python, without gradients."""
    import torch

    torch.set_num_threads(threads)
    model = untrained()

    def sampler(batch: int) -> Sampler:
        tables, noise = torch.from_numpy(sample.inputs), torch.from_numpy(sample.noise[batch])
        calls = list(zip(tables.split(batch), noise.split(batch), strict=True))

        def run() -> float:
            began = time.perf_counter()
            with torch.inference_mode():
                for jets, numbers in calls:
                    model(jets, numbers)
            return (time.perf_counter() - began) / len(calls)

        return run

    return {f"eager_b{batch}": sampler(batch) for batch in BATCHES}
