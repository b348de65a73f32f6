"""Is our detector the reference's? Our WW jets against Delphes's, pair by pair the same process and pileup.

Both samples are half pTHatMin 120 and half 180 GeV; from the reference as many events of each half are
taken as we generate. Jets: reco pt > 130 GeV, |eta| < 2.5. Prints means, their statistical errors and the
ratio ours over reference.
"""

from __future__ import annotations

import sys
import tempfile
from pathlib import Path

import _common
import numpy as np

TARGETS = {"response_mean_ratio": 0.02}
DEFAULT_TARGET = 0.10
PTHAT = (120.0, 180.0)


def main() -> int:
    parser = _common.parser(__doc__)
    parser.add_argument("--events", type=int, default=4000, help="events of each half (default 4000)")
    parser.add_argument("--seed", type=int, default=71)
    parser.add_argument("--pool", type=int, default=15_000, help="minimum-bias collisions for pileup")
    options = _common.parsed(parser, events=200, pool=500)
    _common.use_threads(options.threads)
    reference = _common.reference_data() / "delphes_ww.h5"
    if not reference.is_file():
        print(f"skipped: no {reference}; set PYJETSIM_REFERENCE_DATA to where the reference samples are")
        return 0

    from pyjetsim.generate import generate
    from pyjetsim.io import PairsFile
    from pyjetsim.jets import Pairs

    ours, theirs = [], []
    with tempfile.TemporaryDirectory() as folder:
        for half, pthat in enumerate(PTHAT):
            path = Path(folder) / f"{pthat:.0f}.h5"
            generate(
                "ww",
                options.events,
                path,
                pthat_min=pthat,
                seed=options.seed + half,
                processes=options.threads,
                pileup_pool=options.pool,
            )
            with PairsFile(path) as file:
                ours.append(accepted(file.read()))
    with PairsFile(reference) as file:
        # Files 1-20 of the reference are the first half; event = 10000 file + event.
        number = file.event // 10_000
        for rows in (np.flatnonzero(number <= 20), np.flatnonzero(number > 20)):
            theirs.append(accepted(file.read(int(rows[0]), int(rows[-1]) + 1)))
    # The halves are weighted alike on both sides, by jets an event of ours.
    title = "reco pt > 130 GeV, |eta| < 2.5"
    with _common.Report(options.json, title, quick=options.quick) as report:
        rows, figures = compare(Pairs.concatenate(ours), theirs, [len(half) for half in ours])
        report.add(*rows, **figures)
    return 0


def accepted(pairs):
    return pairs[(pairs.reco.pt > 130) & (np.abs(pairs.reco.eta) < 2.5)]


def observables(pairs):
    """Per jet: reco multiplicity, the four momentum flows, response."""
    reco = pairs.reco
    from pyjetsim.evaluate.observables.table import OBSERVABLES
    from pyjetsim.jets import transverse_momentum

    pt = transverse_momentum(reco.constituents)
    values = {
        name: OBSERVABLES[name].of(reco) for name in ("multiplicity", "flow1", "flow2", "flow3", "flow4")
    }
    values["response"] = reco.pt / pairs.gen.pt
    values["jet mass"] = reco.mass
    for name, pid in (("photons", (22,)), ("neutral hadrons", (130,))):
        chosen = np.isin(reco.pid, pid)
        values[f"number of {name}"] = chosen.sum(axis=1).astype(float)
        values[f"pt fraction of {name}"] = (pt * chosen).sum(axis=1) / reco.pt
    return values


def compare(ours, theirs, sizes):
    mine = observables(ours)
    halves = [observables(half) for half in theirs]
    weight = np.concatenate(
        [np.full(len(half), size / len(half)) for half, size in zip(theirs, sizes, strict=True)]
    )
    rows, figures = [], {}
    for name in mine:
        other = np.concatenate([half[name] for half in halves])
        a, b = moments(mine[name], np.ones(len(ours))), moments(other, weight)
        rows.append(row(f"{name} mean", a[0], a[2], b[0], b[2]))
        if name == "response":
            figures["response_mean_ratio"] = a[0] / b[0]
            figures["response_width_ratio"] = a[1] / b[1]
            rows.append(
                row(
                    "response width",
                    a[1],
                    a[1] / np.sqrt(2 * len(ours)),
                    b[1],
                    b[1] / np.sqrt(2 * len(other)),
                )
            )
            rows.append(core_row(mine[name], other, weight))
        elif name == "multiplicity" or name.startswith("flow"):
            figures[f"{name}_ratio"] = a[0] / b[0]
    for name, value in figures.items():
        target = TARGETS.get(name, DEFAULT_TARGET)
        if not abs(value - 1) <= target:
            print(f"MISSED: {name} {value:.4f} is not within {target:.0%} of 1", file=sys.stderr)
    return rows, figures


def moments(values, weight):
    """Mean, width, and the mean's statistical error."""
    mean = np.average(values, weights=weight)
    width = np.sqrt(np.average((values - mean) ** 2, weights=weight))
    return mean, width, width * np.sqrt((weight**2).sum()) / weight.sum()


def core_row(ours, theirs, weight):
    """Half the central 68 % of the response: its width without the tails."""

    def half_width(values, weights):
        order = np.argsort(values)
        share = np.cumsum(weights[order]) / weights.sum()
        low, high = np.interp([0.16, 0.84], share, values[order])
        return (high - low) / 2

    a, b = half_width(ours, np.ones(len(ours))), half_width(theirs, weight)
    # Asymptotic error of the half distance of two Gaussian quantiles.
    return row(
        "response width, central 68 %", a, 0.96 * a / np.sqrt(len(ours)), b, 0.96 * b / np.sqrt(len(theirs))
    )


def row(name, ours, our_error, theirs, their_error):
    ratio = ours / theirs
    return {
        "observable": name,
        "ours": float(ours),
        "reference": float(theirs),
        "ratio": f"{ratio:.4f}",
        "± (statistics)": f"{abs(ratio) * np.hypot(our_error / ours, their_error / theirs):.4f}",
    }


if __name__ == "__main__":
    sys.exit(main())
