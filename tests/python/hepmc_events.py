"""Events of two jets as a generator writes them, for tests that need a HepMC file."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pyhepmc


def momenta(number: int) -> np.ndarray:
    """Two back-to-back jets of 12 particles, and a soft third one."""
    rng = np.random.default_rng(number)
    jets = []
    for pt, phi in ((200.0 + number, 0.3), (180.0, 0.3 + np.pi), (40.0, 1.9)):
        share = rng.dirichlet(np.ones(12)) * pt
        eta, angle = rng.normal(0.4, 0.05, 12), rng.normal(phi, 0.05, 12)
        jets.append(np.stack([share * np.cos(angle), share * np.sin(angle), share * np.sinh(eta)], axis=1))
    return np.concatenate(jets)


def write_hepmc(
    path: Path,
    numbers: list[int],
    empty: tuple[int, ...] = (),
    pids: tuple[int, ...] = (211,),
    weights: tuple[str, ...] = (),
) -> Path:
    """Events with as many weights as they have names, of both signs: see `weight_of`."""
    run = pyhepmc.GenRunInfo()
    run.weight_names = list(weights)
    with pyhepmc.open(path, "w") as file:
        for number in numbers:
            event = pyhepmc.GenEvent(pyhepmc.Units.GEV, pyhepmc.Units.MM)
            event.event_number = number
            if weights:
                event.run_info = run
                event.weights = [weight_of(number, which) for which in range(len(weights))]
            vertex = pyhepmc.GenVertex()
            for pz in (6500.0, -6500.0):
                vertex.add_particle_in(pyhepmc.GenParticle((0, 0, pz, 6500.0), 2212, 4))
            for i, p in enumerate(momenta(number) * (0.1 if number in empty else 1)):
                energy = float(np.sqrt((p**2).sum() + 0.02))
                vertex.add_particle_out(pyhepmc.GenParticle((*p.tolist(), energy), pids[i % len(pids)], 1))
            event.add_vertex(vertex)
            file.write(event)
    return path


def weight_of(number: int, which: int) -> float:
    return (-1.0) ** number * (number + which / 3)
