"""VBF H to muons: the published selection on gen jets and muons, on the detector's and on a model's.

python vbf_hmumu.py --signal vbf.h5 --background drell_yan.h5 --output FOLDER

Files are object tables, or NanoAOD; several backgrounds may be given. With --signal-simulated FILE, and
--background-simulated FILE for each background, a model's simulation of the same gen objects stands beside,
which may have several answers to each event (`pyjetsim simulate --oversample`).
Writes vbf_hmumu.png, a figure with ratio panels, and vbf_hmumu.json, the efficiency of the selection and the
resolution of the mass of the two muons.

--variation-simulated FILE is the model's simulation of a changed theory, such as another shower. What a
detector would make of it follows without one, variation = detector x simulated variation / simulated, and is
drawn in variation.png; --variation FILE, with the detector, shows whether it is right.
"""

from __future__ import annotations

import argparse
import json
from pathlib import Path

import numpy as np
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from selection import SIGNAL_REGION, WITH_SIDEBANDS, Selected, efficiency, resolution, selected

from pyjetsim.evaluate.folds import folded_counts
from pyjetsim.evaluate.panels import style

PANELS = {
    "mass": (r"$m_{\mu\mu}$ [GeV]", np.linspace(*SIGNAL_REGION, 21)),
    "balance": (r"$R(p_T)$", np.linspace(0, 0.6, 16)),
    "zeppenfeld": (r"Zeppenfeld $z^*$", np.linspace(-1, 1, 17)),
    "mass_jj": (r"$m_{jj}$ [GeV]", np.array([400, 500, 600, 750, 900, 1200, 1600, 2200, 3000.0])),
}
COLOURS = {"gen": "#3d7ea6", "detector": "#3f3f3f", "model": "#d1495b"}


def counted(sample: Selected, name: str, edges: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Sum of weights in each bin and its uncertainty, as fractions of all events in the bins."""
    place = np.digitize(getattr(sample, name), edges)
    made = folded_counts(place, len(edges) + 1, sample.event, sample.weight)
    counts, variances = made.value[1:-1], made.variance[1:-1]
    whole = max(counts.sum(), 1e-30)
    return counts / whole, np.sqrt(variances) / whole


def panel(top: Axes, bottom: Axes, name: str, samples: dict[str, Selected]) -> None:
    """A spectrum of all samples, and the ratio to the detector's."""
    label, edges = PANELS[name]
    made = {kind: counted(sample, name, edges) for kind, sample in samples.items()}
    centre = 0.5 * (edges[1:] + edges[:-1])
    reference, uncertainty = made["detector"]
    safe = np.where(reference > 0, reference, np.nan)
    for kind, (shares, errors) in made.items():
        top.stairs(shares, edges, color=COLOURS[kind], label=kind)
        if kind != "detector":
            bottom.errorbar(
                centre, shares / safe, errors / safe, color=COLOURS[kind], fmt="o", markersize=3, linewidth=1
            )
    bottom.fill_between(
        edges, *(np.append(1 + sign * uncertainty / safe, np.nan) for sign in (-1, 1)),
        step="post", color="0.85",
    )  # fmt: skip
    bottom.axhline(1, color="0.5", linewidth=0.8)
    bottom.set(ylim=(0.4, 1.6), xlabel=label, xlim=(edges[0], edges[-1]))
    top.set(ylabel="fraction of events", xlim=(edges[0], edges[-1]))
    top.tick_params(labelbottom=False)


def summary(sample: Selected, n_events: int) -> dict[str, float | None]:
    """Numbers of a sample; no resolution where too few events are selected."""
    inside = sample.within(SIGNAL_REGION)
    share, error = efficiency(inside, n_events)
    return {
        "events": n_events,
        "selected": len(inside.event),
        "selected_with_sidebands": len(sample.within(WITH_SIDEBANDS).event),
        "efficiency": share,
        "efficiency_error": error,
        "resolution_gev": None if np.isnan(width := resolution(inside.mass)) else width,
    }


def of_files(target: Path, simulated: Path | None) -> dict[str, tuple[Selected, int]]:
    """Gen, detector and, where there is one, model."""
    found = {"gen": selected(target, "gen"), "detector": selected(target, "reco")}
    if simulated is not None:
        found["model"] = selected(simulated, "reco")
    return found


def drawn(samples: dict[str, Selected]) -> Figure:
    """All spectra in the signal region, with their ratios to the detector's."""
    figure = Figure(figsize=(11, 9), layout="constrained")
    grid = figure.add_gridspec(4, 2, height_ratios=(3, 1, 3, 1))
    for i, name in enumerate(PANELS):
        row, column = 2 * (i // 2), i % 2
        axes = [figure.add_subplot(grid[row + k, column]) for k in (0, 1)]
        panel(*axes, name, {kind: each.within(SIGNAL_REGION) for kind, each in samples.items()})
        if i == 0:
            axes[0].legend()
        axes[1].set_ylabel("ratio to\ndetector")
    return figure


def carried_over(
    detector: Selected, simulated: Selected, variation: Selected, name: str
) -> tuple[np.ndarray, np.ndarray]:
    """What the detector would make of a variation, with its uncertainty: shares in the bins of a panel.

    The ratio of the two simulations times the detector's spectrum. What the model gets wrong cancels where it
    is wrong in both. The three samples count as independent: their events are the same in part, so that the
    uncertainty is rather too large.
    """
    edges = PANELS[name][1]
    shares, errors = zip(
        *(counted(each, name, edges) for each in (detector, simulated, variation)), strict=True
    )
    one, two, three = (np.where(np.min(shares, axis=0) > 0, share, np.nan) for share in shares)
    made = one * three / two
    return made, made * np.sqrt(sum((e / s) ** 2 for e, s in zip(errors, (one, two, three), strict=True)))


def drawn_variation(
    detector: Selected, simulated: Selected, variation: Selected, truth: Selected | None
) -> tuple[Figure, dict[str, dict[str, float]]]:
    """Each spectrum over the detector's: carried over, and what the detector makes of the variation.

    Returns the figure, and of each panel chi2 and bins, where ``truth`` is there.
    """
    detector, simulated, variation = (each.within(SIGNAL_REGION) for each in (detector, simulated, variation))
    figure = Figure(figsize=(11, 7), layout="constrained")
    numbers: dict[str, dict[str, float]] = {}
    for axes, (name, (label, edges)) in zip(figure.subplots(2, 2).ravel(), PANELS.items(), strict=True):
        centre = 0.5 * (edges[1:] + edges[:-1])
        reference, _ = counted(detector, name, edges)
        safe = np.where(reference > 0, reference, np.nan)
        made, error = carried_over(detector, simulated, variation, name)
        axes.errorbar(
            centre, made / safe, error / safe, color=COLOURS["model"], fmt="o", markersize=3,
            label="carried over by the model",
        )  # fmt: skip
        if truth is not None:
            real, real_error = counted(truth.within(SIGNAL_REGION), name, edges)
            axes.stairs(real / safe, edges, color=COLOURS["detector"], label="with the detector")
            known = np.isfinite(made) & (real > 0)
            pulls = (made - real)[known] / np.hypot(error, real_error)[known]
            numbers[name] = {"chi2": float((pulls**2).sum()), "bins": int(known.sum())}
        axes.axhline(1, color="0.5", linewidth=0.8)
        axes.set(xlabel=label, ylabel="variation / reference", xlim=(edges[0], edges[-1]), ylim=(0.4, 1.6))
    figure.axes[0].legend()
    return figure, numbers


def main() -> None:
    """The program."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--signal", type=Path, required=True)
    parser.add_argument("--signal-simulated", type=Path)
    parser.add_argument("--background", type=Path, action="append", default=[])
    parser.add_argument("--background-simulated", type=Path, action="append", default=[])
    parser.add_argument("--variation", type=Path)
    parser.add_argument("--variation-simulated", type=Path)
    parser.add_argument("--output", type=Path, required=True)
    options = parser.parse_args()
    simulated = [*options.background_simulated, *([None] * len(options.background))]
    report: dict[str, dict[str, dict[str, float | None]]] = {}
    carried: dict[str, dict[str, float]] = {}
    options.output.mkdir(parents=True, exist_ok=True)
    found = of_files(options.signal, options.signal_simulated)
    report["signal"] = {kind: summary(*each) for kind, each in found.items()}
    for path, other in zip(options.background, simulated, strict=False):
        report[path.stem] = {kind: summary(*each) for kind, each in of_files(path, other).items()}
    with style():
        figure = drawn({kind: each for kind, (each, _) in found.items()})
        figure.savefig(options.output / "vbf_hmumu.png", dpi=110)
        if options.variation_simulated is not None and "model" in found:
            truth = selected(options.variation, "reco") if options.variation is not None else None
            variation = selected(options.variation_simulated, "reco")
            report["variation"] = {"model": summary(*variation)}
            if truth is not None:
                report["variation"]["detector"] = summary(*truth)
            figure, carried = drawn_variation(
                found["detector"][0], found["model"][0], variation[0], truth[0] if truth else None
            )
            figure.savefig(options.output / "variation.png", dpi=110)
    content = {**report, **({"carried_over": carried} if carried else {})}
    (options.output / "vbf_hmumu.json").write_text(json.dumps(content, indent=1) + "\n")
    for name, sides in report.items():
        for kind, numbers in sides.items():
            width = numbers["resolution_gev"]
            print(
                f"{name} {kind}: {numbers['selected']} of {numbers['events']} events selected "
                f"({100 * numbers['efficiency']:.2f} ± {100 * numbers['efficiency_error']:.2f} %), "
                f"resolution {'unknown' if width is None else f'{width:.2f} GeV'}"
            )


if __name__ == "__main__":
    main()
