"""Multijet events and a dijet resonance, before and after the detector, as weighted pairs of jets.

python make_samples.py FOLDER [--events N] [--pileup MEAN]

PYTHIA makes the multijet events in slices of the hard process's pt, as many events in each: a spectrum
that falls over decades cannot be filled otherwise. An event of a slice weighs its cross section over its
number of events, in pb, which is written to the column ``weight`` of FOLDER/qcd.h5. FOLDER/signal.h5 has
excited quarks of 1.5 TeV that decay to a quark and a gluon. Then simulate both:

pyjetsim simulate FOLDER/qcd.h5 --output FOLDER/qcd_simulated.h5
pyjetsim simulate FOLDER/signal.h5 --output FOLDER/signal_simulated.h5
"""

from __future__ import annotations

import argparse
from dataclasses import replace
from itertools import pairwise
from pathlib import Path

import numpy as np
import pythia8mc

from pyjetsim.generate import generate
from pyjetsim.io import PairsFile, PairsWriter

BEAMS = ("Beams:idA = 2212", "Beams:idB = 2212", "Beams:eCM = 13000.")
LIMITS = (170, 300, 500, 800, 1300)
SLICES = tuple(pairwise(LIMITS))
"""Of the hard process's pt, GeV."""
MASS = 1500
SIGNAL = (
    *BEAMS,
    "ExcitedFermion:dg2dStar = on",
    "ExcitedFermion:ug2uStar = on",
    f"ExcitedFermion:Lambda = {MASS}.",
    *(line for quark in (4000001, 4000002) for line in (
        f"{quark}:m0 = {MASS}.", f"{quark}:onMode = off", f"{quark}:onIfAny = 21",
    )),
)  # fmt: skip


def qcd(low: float, high: float) -> tuple[str, ...]:
    """PYTHIA's settings of a slice."""
    return (
        *BEAMS,
        "HardQCD:all = on",
        f"PhaseSpace:pTHatMin = {low}.",
        f"PhaseSpace:pTHatMax = {high}.",
    )


def cross_section(settings: tuple[str, ...], events: int = 2000) -> float:
    """In pb, as PYTHIA estimates it from the hard process alone."""
    pythia = pythia8mc.Pythia("", False)
    for line in (*settings, "PartonLevel:all = off", "HadronLevel:all = off", "Print:quiet = on"):
        pythia.readString(line)
    pythia.init()
    for _ in range(events):
        pythia.next()
    return float(pythia.infoPython().sigmaGen()) * 1e9


def main() -> None:
    """Make both samples."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("folder", type=Path)
    parser.add_argument("--events", type=int, default=6000, help="of each slice; half as many of the signal")
    parser.add_argument("--pileup", type=float, help="mean number of pileup collisions; default: 50")
    parser.add_argument("--pileup-pool", type=int, default=15000)
    parser.add_argument("--processes", type=int)
    options = parser.parse_args()
    folder = options.folder
    folder.mkdir(parents=True, exist_ok=True)

    def make(name: str, settings: tuple[str, ...], events: int, seed: int) -> Path:
        (folder / f"{name}.cmnd").write_text("\n".join(settings) + "\n")
        output = folder / f"{name}.h5"
        if not output.exists():
            generate(
                str(folder / f"{name}.cmnd"), events, output, seed=seed, pileup=options.pileup,
                pileup_pool=options.pileup_pool, processes=options.processes,
            )  # fmt: skip
        return output

    make("signal", SIGNAL, max(options.events // 2, 1), 1)
    slices = [
        make(f"qcd_{low}_{high}", qcd(low, high), options.events, 2 + i)
        for i, (low, high) in enumerate(SLICES)
    ]
    sections = [cross_section(qcd(*limits)) for limits in SLICES]
    join(slices, sections, options.events, folder / "qcd.h5")
    print(f"samples: {folder / 'qcd.h5'}, {folder / 'signal.h5'}")


def join(slices: list[Path], sections: list[float], events: int, output: Path) -> None:
    """Write the slices to one file, each pair with the weight of its event; no two have one event number."""
    with PairsFile(slices[0]) as first:
        provenance, room = first.provenance, first.max_constituents
    provenance["slices"] = [
        {"pthat": list(limits), "pb": section, "events": events, "file": path.name}
        for limits, section, path in zip(SLICES, sections, slices, strict=True)
    ]
    with PairsWriter(output, provenance, room) as writer:
        for i, (path, section) in enumerate(zip(slices, sections, strict=True)):
            with PairsFile(path) as file:
                for pairs in file.batches():
                    weight = np.full((len(pairs), 1), section / events)
                    writer.append(
                        replace(
                            pairs,
                            event=pairs.event + i * events,
                            columns={"weight": weight},
                            weight_names=("pb",),
                        )
                    )


if __name__ == "__main__":
    main()
