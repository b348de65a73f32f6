"""Efficiency of a b-tag against its mistags, of a detector and of a model: one curve a flavour.

python btag_roc.py --target tt.h5 --simulated tt_simulated.h5 --output FOLDER

Both are object tables of the same gen jets, the second by `pyjetsim simulate`. Writes btag_roc.png and
btag_roc.json: mistags of c jets and of light ones at some efficiencies of b jets.
"""

from __future__ import annotations

import argparse
import json
from pathlib import Path

import numpy as np
from matplotlib.figure import Figure
from numpy.typing import NDArray

from pyjetsim.evaluate.panels import style
from pyjetsim.io.objects import open_objects

FLAVOURS = {5: "b", 4: "c", 0: "light"}
"""By hadron flavour."""
EFFICIENCIES = (0.5, 0.6, 0.7, 0.8)
PT_MIN, ETA_MAX = 30.0, 2.5
"""Of reco jets; GeV."""

Float = NDArray[np.float64]


def tags(path: Path) -> dict[str, Float]:
    """The b-tag of reco jets by the flavour of their gen jet."""
    found: dict[str, list[Float]] = {name: [] for name in FLAVOURS.values()}
    with open_objects(path) as file:
        for objects in file.batches():
            jets = objects.matched("jets")
            taken = (jets.reco["pt"] > PT_MIN) & (np.abs(jets.reco["eta"]) < ETA_MAX)
            for flavour, name in FLAVOURS.items():
                rows = taken & (jets.gen["hadronFlavour"] == flavour)
                found[name].append(np.asarray(jets.reco["btag"][rows], np.float64))
    return {name: np.concatenate(parts) for name, parts in found.items()}


def mistag(b: Float, other: Float, efficiency: float) -> tuple[float, float]:
    """Share of other jets above the threshold that this share of b jets is above, and its uncertainty.

    Of the jets of either kind, binomial: the threshold moves with the b jets there are.
    """
    threshold = np.quantile(b, 1 - efficiency)
    share = float((other > threshold).mean())
    near = np.quantile(b, 1 - np.clip(efficiency + np.array([-1, 1]) * 0.02, 0, 1))
    slope = ((other > near[1]).mean() - (other > near[0]).mean()) / 0.04
    of_b = slope * np.sqrt(efficiency * (1 - efficiency) / len(b))
    return share, float(np.hypot(np.sqrt(share * (1 - share) / len(other)), of_b))


def main() -> None:
    """The program."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--target", type=Path, required=True)
    parser.add_argument("--simulated", type=Path, required=True)
    parser.add_argument("--output", type=Path, required=True)
    options = parser.parse_args()
    options.output.mkdir(parents=True, exist_ok=True)
    sides = {"detector": tags(options.target), "model": tags(options.simulated)}
    report = {
        side: {
            "jets": {name: len(values) for name, values in of.items()},
            **{
                f"{other} at {efficiency:g}": mistag(of["b"], of[other], efficiency)
                for other in ("c", "light")
                for efficiency in EFFICIENCIES
            },
        }
        for side, of in sides.items()
    }
    with style():
        figure = Figure(figsize=(5.5, 4.5), layout="constrained")
        axes = figure.subplots()
        x = np.linspace(0.3, 0.95, 66)
        for other, colour in (("c", "#3d7ea6"), ("light", "#d1495b")):
            for side, dashes in (("detector", "-"), ("model", "--")):
                curve = [mistag(sides[side]["b"], sides[side][other], each)[0] for each in x]
                axes.plot(x, curve, dashes, color=colour, label=f"{other}, {side}")
        axes.set(yscale="log", xlabel="efficiency of b jets", ylabel="share of others that pass")
        axes.legend()
        figure.savefig(options.output / "btag_roc.png", dpi=110)
    (options.output / "btag_roc.json").write_text(json.dumps(report, indent=1) + "\n")
    for efficiency in EFFICIENCIES:
        for other in ("c", "light"):
            (one, error), (two, _) = (report[side][f"{other} at {efficiency:g}"] for side in sides)
            print(f"{other} at {efficiency:.0%} of b: detector {one:.4f} ± {error:.4f}, model {two:.4f}")


if __name__ == "__main__":
    main()
