"""A dijet search with reco and with simulated jets: spectra, smooth fits, a signal, angles, a ratio.

python dijet_search.py FOLDER [--output FOLDER]

FOLDER holds qcd.h5 and signal.h5 of make_samples.py, and qcd_simulated.h5 and signal_simulated.h5, their
simulation. Writes pictures and dijet_search.json.
"""

from __future__ import annotations

import argparse
import json
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

import hist
import mplhep
import numpy as np
from dijets import (
    EDGES,
    Dijets,
    Fit,
    bootstrapped_ratio,
    chosen_function,
    dijets,
    fit,
    shared_pileup,
    smooth,
    smooth_transfer,
    spectrum,
    with_negative_weights,
)
from matplotlib.axes import Axes
from matplotlib.figure import Figure

from pyjetsim.evaluate.panels import style
from pyjetsim.io import PairsFile

DELTA_ETA_MAX = 1.3
"""Of the search: a resonance decays to the centre, multijets to small angles."""
SIGNAL_REGION, CONTROL_REGION = (0.0, 1.1), (1.5, 2.6)
"""|delta eta| of the ratio method."""
CONTROL_FROM = 850.0
"""GeV: two jets of 200 GeV that are 2.6 apart have 800 GeV."""
CHI_EDGES = np.array([1, 2, 3, 4, 6, 8, 11, 16.0])
CHI_MASSES = ((900, 1200), (1200, 1600), (1600, 2300))
BOOST_MAX = 1.11
COLOURS = {"reco": "#3f3f3f", "simulated": "#d1495b"}
INJECTED = 0.15
"""Signal over multijets, summed over the bins in which the signal is above 30 % of its largest bin."""


def read(path: Path) -> Dijets:
    """The dijets of a file."""
    with PairsFile(path) as file:
        return dijets(file.read())


def central(events: Dijets) -> Dijets:
    """Those of the search."""
    return events[(events.delta_eta < DELTA_ETA_MAX) & (events.mass > EDGES[0])]


def mass_spectrum(events: Dijets) -> hist.Hist:
    """In pb."""
    return spectrum(events.mass, events.weight, EDGES)


def draw(axes: Axes, made: hist.Hist, name: str, colour: str, **more: Any) -> None:
    """A spectrum by mplhep; the axis below says what it is of."""
    histtype = "step" if name == "simulated" else "errorbar"
    options = {"binwnorm": 1, "histtype": histtype, "flow": "none", "label": name, "color": colour, **more}
    if options["histtype"] == "step":
        options["edges"] = False
    mplhep.histplot(made, ax=axes, **options)
    axes.set_xlabel("")


def listed(values: np.ndarray) -> list[float | None]:
    """For JSON: None where there is nothing to divide by."""
    return [value if np.isfinite(value) else None for value in values.tolist()]


def pulls_of(axes: Axes, edges: np.ndarray, pulls: np.ndarray, colour: str) -> None:
    """(spectrum - fit) / uncertainty."""
    axes.stairs(pulls, edges, fill=True, color=colour, alpha=0.6)
    axes.axhline(0, color="#555555", lw=0.8)
    axes.set_ylim(-4.2, 4.2)
    axes.set_ylabel("Pull")


def compare(samples: Mapping[str, Dijets]) -> tuple[Figure, dict[str, Any]]:
    """The mass spectra and their ratio."""
    figure = Figure(figsize=(6.5, 6.2), layout="constrained")
    main, below = figure.subplots(2, 1, sharex=True, height_ratios=[3, 1])
    for name, events in samples.items():
        draw(main, mass_spectrum(events), name, COLOURS[name])
    ratio, error = bootstrapped_ratio(samples["simulated"], samples["reco"], lambda each: each.mass, EDGES)
    centre = np.sqrt(EDGES[1:] * EDGES[:-1])
    below.errorbar(centre, ratio, error, fmt="o", ms=3, color=COLOURS["simulated"])
    below.axhline(1, color=COLOURS["reco"], lw=0.8)
    below.set_ylim(0.8, 1.2)
    below.set_ylabel("Simulated / reco", fontsize=11)
    below.set_xlabel("Dijet mass [GeV]")
    main.set_yscale("log")
    main.set_ylabel(r"d$\sigma$/dm [pb/GeV]")
    main.legend()
    good = error > 0
    mean = float(np.average(ratio[good], weights=1 / error[good] ** 2)) if good.any() else float("nan")
    return figure, {
        "ratio": listed(ratio),
        "uncertainty": listed(error),
        "mean_ratio": mean,
        "chi2_to_1": float((((ratio[good] - 1) / error[good]) ** 2).sum()),
        "bins": int(good.sum()),
    }


def fits(samples: Mapping[str, Dijets]) -> tuple[Figure, dict[str, Any]]:
    """The functions of 3, 4 and 5 parameters, and the pulls of the one that is enough."""
    figure = Figure(figsize=(11, 6.2), layout="constrained")
    axes = figure.subplots(2, len(samples), sharex=True, sharey="row", height_ratios=[3, 1])
    told: dict[str, Any] = {}
    masses = np.geomspace(EDGES[0], EDGES[-1], 200)
    for (main, below), (name, events) in zip(axes.T, samples.items(), strict=True):
        made = mass_spectrum(events)
        best, found = chosen_function(made)
        draw(main, made, name, COLOURS[name], histtype="errorbar")
        for (k, each), line in zip(found.items(), (":", "--", "-"), strict=True):
            label = rf"{k} parameters, $\chi^2$ / ndf = {each.chi2:.1f} / {each.ndf}"
            main.plot(masses, smooth(masses, each.parameters), ls=line, lw=1.2, label=label)
        main.set_yscale("log")
        main.legend(title=f"{best} are enough", fontsize=10, title_fontsize=10)
        pulls_of(below, EDGES, found[best].pulls, COLOURS[name])
        below.set_xlabel("Dijet mass [GeV]")
        told[name] = {
            "parameters_enough": best,
            **{
                str(k): {
                    "chi2": each.chi2,
                    "ndf": each.ndf,
                    "parameters": each.parameters.tolist(),
                    "pulls_mean": float(each.pulls.mean()),
                    "pulls_width": float(each.pulls.std()),
                }
                for k, each in found.items()
            },
        }
    axes[0, 0].set_ylabel(r"d$\sigma$/dm [pb/GeV]")
    return figure, told


def inject(
    samples: Mapping[str, Dijets], signals: Mapping[str, Dijets], parameters: Mapping[str, int]
) -> tuple[Figure, dict[str, Any]]:
    """A signal on top of the multijets, fitted with its own template and with the simulated one."""
    figure = Figure(figsize=(15, 6.2), layout="constrained")
    cases = (("reco", "reco"), ("simulated", "simulated"), ("reco", "simulated"))
    axes = figure.subplots(2, len(cases), sharex=True, sharey="row", height_ratios=[3, 1])
    told: dict[str, Any] = {}
    templates = {name: mass_spectrum(events) for name, events in signals.items()}
    peak = templates["reco"].values() > 0.3 * templates["reco"].values().max()
    scale = (
        INJECTED
        * mass_spectrum(samples["reco"]).values()[peak].sum()
        / templates["reco"].values()[peak].sum()
    )
    for (main, below), (of, template) in zip(axes.T, cases, strict=True):
        data = mass_spectrum(samples[of]) + templates[of] * scale
        k = parameters[of]
        found: Fit = fit(data, k, scale * templates[template].values())
        alone = fit(data, k)
        draw(main, data, of, "#3f3f3f", histtype="errorbar", label=f"{of}, with a signal")
        width = np.diff(EDGES)
        background = found.expected - found.strength * scale * templates[template].values()
        main.stairs(found.expected / width, EDGES, color="#d1495b", label=f"fit with the {template} signal")
        main.stairs(background / width, EDGES, color="#2a7f9e", ls="--", label="its smooth part")
        main.set_yscale("log")
        told_strength = f"strength {found.strength:.2f} ± {found.strength_error:.2f}"
        main.legend(title=told_strength, fontsize=10, title_fontsize=10)
        pulls_of(below, EDGES, alone.pulls, "#bbbbbb")
        pulls_of(below, EDGES, found.pulls, "#d1495b")
        below.set_xlabel("Dijet mass [GeV]")
        told[f"{template} signal in {of}"] = {
            "injected": 1.0,
            "found": found.strength,
            "uncertainty": found.strength_error,
            "chi2": found.chi2,
            "ndf": found.ndf,
            "chi2_without_signal": alone.chi2,
        }
    axes[0, 0].set_ylabel(r"d$\sigma$/dm [pb/GeV]")
    return figure, {"pb": scale * float(templates["reco"].sum().value), "fits": told}


def angles(samples: Mapping[str, Dijets]) -> tuple[Figure, dict[str, Any]]:
    """The angular distributions of the two jets in three ranges of mass, each normalised."""
    figure = Figure(figsize=(13, 5.6), layout="constrained")
    axes = figure.subplots(2, len(CHI_MASSES), sharex=True, sharey="row", height_ratios=[3, 1])
    told: dict[str, Any] = {}
    centre = (CHI_EDGES[1:] + CHI_EDGES[:-1]) / 2

    def chi(each: Dijets) -> np.ndarray:
        return each.chi

    for (main, below), (low, high) in zip(axes.T, CHI_MASSES, strict=True):
        chosen = {
            name: events[(events.mass > low) & (events.mass < high) & (events.boost < BOOST_MAX)]
            for name, events in samples.items()
        }
        for name, events in chosen.items():
            made = spectrum(events.chi, events.weight, CHI_EDGES)
            draw(main, made, name, COLOURS[name], density=True, binwnorm=None)
        total = [spectrum(chosen[name].chi, chosen[name].weight, CHI_EDGES).sum().value for name in chosen]
        ratio, error = bootstrapped_ratio(chosen["simulated"], chosen["reco"], chi, CHI_EDGES)
        ratio, error = (each * total[0] / total[1] for each in (ratio, error))
        below.errorbar(centre, ratio, error, fmt="o", ms=3, color=COLOURS["simulated"])
        below.axhline(1, color=COLOURS["reco"], lw=0.8)
        below.set_ylim(0.6, 1.4)
        below.set_xlabel(r"$\chi$ = exp|$y_1 - y_2$|")
        main.set_title(f"{low} to {high} GeV", fontsize=12)
        main.set_ylim(0, None)
        told[f"{low}-{high}"] = {"ratio": listed(ratio), "uncertainty": listed(error)}
    axes[0, 0].set_ylabel(r"1/$\sigma$ d$\sigma$/d$\chi$")
    axes[1, 0].set_ylabel("Simulated / reco", fontsize=11)
    axes[0, 0].legend()
    return figure, told


def ratio_method(samples: Mapping[str, Dijets]) -> tuple[Figure, dict[str, Any]]:
    """Multijets in the signal region without a function: control region of the data times a simulated ratio.

    Events of odd number stand for data, reco jets; those of even number, simulated, give the ratio.
    """

    def region(events: Dijets, limits: tuple[float, float], parity: int) -> hist.Hist:
        inside = (
            (events.delta_eta >= limits[0]) & (events.delta_eta < limits[1]) & (events.event % 2 == parity)
        )
        return mass_spectrum(events[inside])

    data = region(samples["reco"], SIGNAL_REGION, 1)
    control = region(samples["reco"], CONTROL_REGION, 1)
    simulated = [region(samples["simulated"], limits, 0) for limits in (SIGNAL_REGION, CONTROL_REGION)]
    factor, factor_error = smooth_transfer(*simulated)
    # At low masses jets above the threshold leave no room in the control region.
    seen = (control.values() > 0) & (data.values() > 0) & (EDGES[:-1] > CONTROL_FROM) & np.isfinite(factor)
    predicted = np.where(seen, control.values() * factor, 0)
    with np.errstate(divide="ignore", invalid="ignore"):
        relative = np.sqrt(control.variances() / control.values() ** 2 + (factor_error / factor) ** 2)
    error = np.where(seen, predicted * relative, 0)
    total = np.sqrt(np.where(seen, error**2 + data.variances(), 1))
    pulls = np.where(seen, (data.values() - predicted) / total, 0)
    figure = Figure(figsize=(6.5, 6.2), layout="constrained")
    main, below = figure.subplots(2, 1, sharex=True, height_ratios=[3, 1])
    width = np.diff(EDGES)
    draw(main, data, "reco", COLOURS["reco"], label="reco, signal region")
    low, high = ((predicted + sign * error) / width for sign in (-1, 1))
    main.stairs(high, EDGES, baseline=low, fill=True, alpha=0.25, color=COLOURS["simulated"])
    main.stairs(
        np.where(seen, predicted / width, np.nan), EDGES, color=COLOURS["simulated"],
        label="control region × simulated ratio",
    )  # fmt: skip
    main.set_yscale("log")
    main.set_ylabel(r"d$\sigma$/dm [pb/GeV]")
    main.legend()
    pulls_of(below, EDGES, pulls, COLOURS["simulated"])
    below.set_xlabel("Dijet mass [GeV]")
    return figure, {
        "chi2": float((pulls**2).sum()),
        "bins": int(seen.sum()),
        "factor": np.where(seen, factor, 0).tolist(),
        "uncertainty": np.where(seen, factor_error, 0).tolist(),
    }


def negative(samples: Mapping[str, Dijets]) -> dict[str, Any]:
    """What weights of both signs do to the spectra: nothing but larger uncertainties."""
    told: dict[str, Any] = {}
    for name, events in samples.items():
        plain, signed = mass_spectrum(events), mass_spectrum(with_negative_weights(events))
        seen = plain.variances() > 0
        error = np.sqrt(signed.variances()[seen])
        difference = (signed.values() - plain.values())[seen] / error
        told[name] = {
            "negative_fraction": 0.15,
            "uncertainty_ratio": float(np.median(error / np.sqrt(plain.variances()[seen]))),
            "pulls_width": float(difference.std()),
            "chi2_ndf_of_5_parameters": [fit(signed, 5).chi2, fit(signed, 5).ndf],
        }
    return told


def main() -> None:
    """Make all pictures."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("folder", type=Path)
    parser.add_argument("--output", type=Path, help="default: the same folder")
    options = parser.parse_args()
    folder, output = options.folder, options.output or options.folder
    output.mkdir(parents=True, exist_ok=True)
    all_samples = {"reco": read(folder / "qcd.h5"), "simulated": read(folder / "qcd_simulated.h5")}
    samples = {name: central(events) for name, events in all_samples.items()}
    signals = {"reco": central(read(folder / "signal.h5"))}
    signals["simulated"] = central(read(folder / "signal_simulated.h5"))

    results: dict[str, Any] = {"events": {name: len(events.mass) for name, events in samples.items()}}
    steps: dict[str, Callable[[], tuple[Figure, dict[str, Any]]]] = {
        "spectrum": lambda: compare(samples),
        "fits": lambda: fits(samples),
        "signal": lambda: inject(
            samples, signals, {name: results["fits"][name]["parameters_enough"] for name in samples}
        ),
        "angles": lambda: angles(all_samples),
        "ratio_method": lambda: ratio_method(all_samples),
    }
    with style():
        for name, step in steps.items():
            figure, results[name] = step()
            figure.savefig(output / f"{name}.png", dpi=90)
    results["negative_weights"] = negative(samples)
    results["shared_pileup"] = {
        name: dict(zip(("correlation", "uncertainty"), shared_pileup(events), strict=True))
        for name, events in all_samples.items()
    }
    (output / "dijet_search.json").write_text(json.dumps(results, indent=1) + "\n")

    ratio, method = results["spectrum"], results["ratio_method"]
    mean, chi2 = ratio["mean_ratio"], ratio["chi2_to_1"]
    print(f"simulated / reco: {mean:.3f} on average, chi2 {chi2:.1f} in {ratio['bins']} bins")
    for name, each in results["fits"].items():
        best = str(each["parameters_enough"])
        print(f"{name}: {best} parameters, chi2 / ndf = {each[best]['chi2']:.1f} / {each[best]['ndf']}")
    for name, each in results["signal"]["fits"].items():
        print(f"{name}: strength {each['found']:.2f} +- {each['uncertainty']:.2f}, injected 1")
    for name, each in results["shared_pileup"].items():
        print(
            f"{name}: pileup of two jets correlated by {each['correlation']:.3f} +- {each['uncertainty']:.3f}"
        )
    print(f"control region x simulated ratio: chi2 {method['chi2']:.1f} in {method['bins']} bins")
    print(f"pictures: {output}")


if __name__ == "__main__":
    main()
