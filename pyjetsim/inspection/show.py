"""A jet, or those of an event, before and after the detector: `pyjetsim show`."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from pyjetsim._utils.extras import needs
from pyjetsim._utils.output import check_file, whole_file
from pyjetsim._utils.terminal import counted
from pyjetsim.detector.conditions import conditions_of
from pyjetsim.errors import DataError, InputError
from pyjetsim.io import PairsFile
from pyjetsim.io.formats import Format, GenBatch, Reading, format_of, open_source
from pyjetsim.io.given_options import Cuts, check_options, given_cuts
from pyjetsim.jets import Jets, Pairs, R, delta_phi, pseudorapidity, transverse_momentum

if TYPE_CHECKING:
    from matplotlib.figure import Figure

ENDINGS = (".png", ".pdf", ".svg")
_SPECIES: Mapping[str, tuple[tuple[int, ...], str]] = {
    "charged hadrons": ((211, 321, 2212, 3112, 3222, 3312, 3334), "#3b6fb6"),
    "photons": ((22,), "#e0a100"),
    "neutral hadrons": ((130, 310, 2112, 3122, 3322), "#4c9a4c"),
    "electrons": ((11,), "#c8472f"),
    "muons": ((13,), "#8a4fa3"),
    "others, and unknown": ((), "#8f8f8f"),
}


@dataclass(frozen=True)
class Shown:
    """Jets of one event, or one of them."""

    gen: Jets
    reco: Jets | None
    simulated: Jets | None
    event: int
    radius: float
    model: str = ""
    reco_of: str = "reco"
    """What ``reco`` is: "reco", or of a simulated file "simulated" and by which model."""


def show(
    source: str | Path,
    output: str | Path,
    *,
    bundle: str | Path | None = None,
    jet: int | None = None,
    event: int | None = None,
    seed: int | None = None,
    gen_pt_min: float | None = None,
    gen_eta_max: float | None = None,
    number_events: bool = False,
    collections: Mapping[str, str] | None = None,
    mapping: str | None = None,
) -> Shown:
    """Draw the constituents of a jet in eta and phi: gen, reco, and with a bundle simulated.

    Parameters
    ----------
    source : str or Path
        A jets.h5, or any file that ``pyjetsim simulate`` takes.
    output : str or Path
        A picture, .png, .pdf or .svg.
    bundle : str or Path, optional
        Of the task ``constituents``; None: draw no simulated jets.
    jet : int, optional
        Its place among the jets within the cuts, from 0, which is the default.
    event : int, optional
        Instead of ``jet``: the number of an event, for all its jets.
    seed : int, optional
        Of the simulation, so with a bundle only; None: 1.
    gen_pt_min, gen_eta_max, number_events, collections, mapping
        As :func:`pyjetsim.simulate.simulate` takes them.

    Returns
    -------
    Shown
        What was drawn.

    Raises
    ------
    InputError
        For arguments.
    DataError
        For a file that cannot be read, and for a jet or event that is not there.
    BundleError
        Where the bundle cannot be used.
    MissingExtraError
        Where matplotlib, or what reads the file, is not installed.
    StorageError
        Where the picture cannot be written.

    Notes
    -----
    The area of a marker is proportional to pt; colours tell the species.
    """
    path, picture = Path(source), Path(output)
    check_file(picture)
    if picture.suffix.lower() not in ENDINGS:
        raise InputError(
            f"output {picture} is named {picture.suffix or 'without an ending'}",
            "its ending says what kind of picture it is",
            f"use one of {', '.join(ENDINGS)}",
        )
    if jet is not None and event is not None:
        raise InputError("a jet and an event are named", "one picture shows one of them", "name one")
    if seed is not None and bundle is None:
        raise InputError(
            "a seed is given and no bundle", "without one nothing is simulated", "name a bundle, or no seed"
        )
    simulator: Any = None
    if bundle is not None:
        from pyjetsim.simulate import load

        simulator = load(bundle)
        if simulator.task.name != "constituents":
            raise InputError(
                f"{bundle} answers the task {simulator.task.name!r}",
                "constituents of jets are drawn",
                "give a bundle of the task constituents",
            )
    with needs("evaluate", "drawing"):
        import matplotlib  # noqa: F401
    reading = Reading.of(
        gen_pt_min=gen_pt_min,
        gen_eta_max=gen_eta_max,
        number_events=number_events,
        collections=collections,
        mapping=mapping,
    )
    found = _find(path, jet, event, simulator, 1 if seed is None else seed, reading)
    figure = draw(found)
    with whole_file(picture) as file:
        figure.savefig(file, format=picture.suffix[1:].lower(), dpi=110)
    return found


def _find(
    path: Path, jet: int | None, event: int | None, simulator: Any, seed: int, reading: Reading
) -> Shown:
    format = format_of(path) if path.is_file() else None
    batch: GenBatch | None
    if format is not None and format.holds_pairs:
        check_options(path, format, reading)
        pairs, rows, radius, reco_of = _of_pairs(path, format, jet, event, given_cuts(reading))
        gen, reco, number = pairs.gen, pairs.reco, int(pairs.event[0])
        batch = None if simulator is None else _gen_of_pairs(path, rows, simulator)
    else:
        batch, radius = _of_source(path, jet, event, simulator, reading)
        gen, reco, number, reco_of = batch.gen, None, int(batch.event[0]), ""
    answer, model = None, ""
    if simulator is not None and batch is not None:
        from pyjetsim.tasks.constituents.simulation import reco_of as simulated

        # By the ids that `pyjetsim simulate` gives them: run, luminosity block, event, place and copy.
        answer, model = simulated(simulator, batch, seed), simulator.manifest.model
    return Shown(gen, reco, answer, number, radius, model, reco_of)


def _of_pairs(
    path: Path, format: Format, jet: int | None, event: int | None, cuts: Cuts
) -> tuple[Pairs, NDArray[np.intp], float, str]:
    with format.pairs(path) as file:
        inside = np.arange(len(file))
        if cuts != Cuts():
            parts = [cuts.accept(pairs.gen) for pairs in file.batches()]
            inside = np.flatnonzero(np.concatenate([np.zeros(0, np.bool_), *parts]))
        rows = inside[_rows(path, np.asarray(file.event)[inside], jet, event)]
        pairs = _read(file, rows)
        provenance = file.provenance
    radius = conditions_of(provenance, str(path)).radius
    made = provenance.get("simulation")
    model = made.get("model", "of the file") if isinstance(made, dict) else None
    reco_of = "reco" if model is None else f"simulated by {model}, in the file"
    radius = R if radius is None else radius
    return pairs, rows, radius, reco_of


def _gen_of_pairs(path: Path, rows: NDArray[np.intp], simulator: Any) -> GenBatch:
    """Some gen jets of a file of pairs, as a simulation gets them."""
    from pyjetsim.tasks.constituents.simulation import gen_source

    parts, first = [], 0
    with gen_source(path, Reading(), simulator) as source:
        for batch in source.batches():
            inside = rows[(rows >= first) & (rows < first + len(batch.gen))] - first
            first += len(batch.gen)
            if len(inside):
                parts.append(_picked(batch, inside))
    columns = {name: np.concatenate([part.columns[name] for part in parts]) for name in parts[0].columns}
    gen = Jets.concatenate([part.gen for part in parts])
    event, jet, n_vertices = (
        np.concatenate([getattr(part, name) for part in parts]) for name in ("event", "jet", "n_vertices")
    )
    return GenBatch(gen, event, jet, n_vertices, 1, columns)


def _picked(batch: GenBatch, rows: NDArray[np.intp]) -> GenBatch:
    columns = {name: values[rows] for name, values in batch.columns.items()}
    gen, n_vertices = batch.gen[rows], batch.n_vertices[rows]
    return GenBatch(gen, batch.event[rows], batch.jet[rows], n_vertices, 1, columns)


def _read(file: Any, rows: NDArray[np.intp]) -> Pairs:
    """Some pairs of a file; all are read where it cannot be entered in the middle."""
    if isinstance(file, PairsFile):
        return Pairs.concatenate([file.read(row, row + 1) for row in rows.tolist()])
    parts, first = [], 0
    for pairs in file.batches():
        inside = rows[(rows >= first) & (rows < first + len(pairs))] - first
        first += len(pairs)
        if len(inside):
            parts.append(pairs[inside])
    return Pairs.concatenate(parts)


def _of_source(
    path: Path, jet: int | None, event: int | None, simulator: Any, reading: Reading
) -> tuple[GenBatch, float]:
    opened = open_source(path, reading)
    if simulator is not None:
        from pyjetsim.tasks.constituents.simulation import gen_source, reading_for

        opened = gen_source(path, reading, simulator)
        reading = reading_for(simulator, reading)
    seen = 0
    last: list[Any] = []
    with opened as source:
        for batch in source.batches():
            if not len(batch.gen):
                continue
            if event is None:
                wanted = 0 if jet is None else jet
                if seen + len(batch.gen) > wanted:
                    return _picked(batch, np.array([wanted - seen])), reading.radius
            else:
                inside = np.flatnonzero(batch.event == event)
                if len(inside):
                    return _picked(batch, inside), reading.radius
            seen += len(batch.gen)
            last = [batch]
        if not last:
            raise DataError(source.no_jets(), "there is nothing to draw", "give a file with jets")
    raise _not_there(path, seen, jet, event)


def _rows(path: Path, events: NDArray[np.int64], jet: int | None, event: int | None) -> NDArray[np.intp]:
    if event is not None:
        rows = np.flatnonzero(events == event)
        if len(rows):
            return rows
    elif (0 if jet is None else jet) < len(events):
        return np.array([0 if jet is None else jet])
    raise _not_there(path, len(events), jet, event)


def _not_there(path: Path, n: int, jet: int | None, event: int | None) -> DataError:
    which = f"jet {0 if jet is None else jet}" if event is None else f"event {event}"
    return DataError(
        f"{path} has no {which}, of {counted(n, 'jet')}",
        "there is nothing to draw",
        "name another; pyjetsim info tells how many there are and their event numbers",
    )


def draw(shown: Shown) -> Figure:
    """The figure: a panel for each of gen, reco and simulated jets, all with the same axes.

    Parameters
    ----------
    shown : Shown
        The jets, and the radius of the circles around their axes.

    Returns
    -------
    matplotlib.figure.Figure
        Not yet written anywhere.
    """
    from matplotlib import rc_context
    from matplotlib.figure import Figure
    from matplotlib.lines import Line2D
    from matplotlib.patches import Circle

    from pyjetsim.evaluate.panels import style

    panels = {"gen": shown.gen, shown.reco_of: shown.reco, f"simulated ({shown.model})": shown.simulated}
    there = {name: jets for name, jets in panels.items() if jets is not None}
    centre = _centre(shown.gen)
    clouds = {name: _cloud(jets, centre) for name, jets in there.items()}
    reach_eta, reach_phi = _reach(clouds, shown)
    hardest = max((float(pt.max(initial=0)) for _, _, pt, _ in clouds.values()), default=1.0) or 1.0
    # The fonts of mathtext that come with matplotlib: the style's own are not everywhere, and it tells.
    with style(), rc_context({"mathtext.fontset": "dejavusans"}):
        figure = Figure(figsize=(4.4 * len(there) + 0.4, 5.4), layout="constrained")
        axes = figure.subplots(1, len(there), sharex=True, sharey=True, squeeze=False)[0]
        for axis, (name, jets) in zip(axes, there.items(), strict=True):
            eta, phi, pt, pid = clouds[name]
            order = np.argsort(-pt)
            axis.scatter(
                eta[order], phi[order], s=np.maximum(900 * pt[order] / hardest, 1.5),
                c=[_colour(each) for each in pid[order].tolist()], alpha=0.75, linewidths=0.4,
                edgecolors="white",
            )  # fmt: skip
            for row in jets.jet.astype(float):
                at = row[1], centre + float(delta_phi(row[2], np.array(centre)))
                if row[0] > 0:
                    axis.add_patch(Circle(at, shown.radius, fill=False, lw=0.8, ls="--", color="#555555"))
                    axis.plot(*at, marker="+", ms=7, color="#555555")
            count = int(jets.n_constituents.sum())
            axis.set_title(
                f"{name}: {counted(len(jets), 'jet')}, {counted(count, 'constituent')}", fontsize=11
            )
            axis.text(0.05, 0.94, _figures(jets), transform=axis.transAxes, va="top", fontsize=9)
            axis.set_xlabel(r"$\eta$")
            axis.set_xlim(*reach_eta)
            axis.set_ylim(*reach_phi)
            axis.set_aspect("equal")
        axes[0].set_ylabel(r"$\phi$")
        seen = {_species(each) for *_, pid in clouds.values() for each in np.unique(pid).tolist()}
        handles = [
            Line2D([], [], marker="o", ls="", color=colour, label=name)
            for name, (_, colour) in _SPECIES.items()
            if name in seen
        ]
        figure.legend(handles=handles, loc="outside lower center", ncols=len(handles) or 1, fontsize=9)
        figure.suptitle(f"event {shown.event}", fontsize=12)
    return figure


def _figures(jets: Jets) -> str:
    if len(jets) != 1:
        return ""
    pt, eta, _, mass = jets.jet[0].tolist()
    return rf"$p_T$ {pt:.1f} GeV, $\eta$ {eta:.2f}, mass {mass:.1f} GeV"


def _centre(gen: Jets) -> float:
    """Phi in the middle of the panels: of one jet its own, of several 0."""
    return float(gen.phi[0]) if len(gen) == 1 else 0.0


def _cloud(jets: Jets, centre: float) -> tuple[NDArray[Any], NDArray[Any], NDArray[Any], NDArray[np.int32]]:
    """Eta, phi (near ``centre``), pt and pid of all constituents."""
    rows = jets.constituents[jets.present]
    eta = np.clip(pseudorapidity(rows[None])[0], -6, 6)  # along the beam it is infinite
    phi = centre + delta_phi(np.arctan2(rows[:, 1], rows[:, 0]), np.array(centre))
    return eta, phi, transverse_momentum(rows[None])[0], jets.pid[jets.present]


def _reach(
    clouds: Mapping[str, tuple[NDArray[Any], ...]], shown: Shown
) -> tuple[tuple[float, float], tuple[float, float]]:
    if len(shown.gen) == 1:
        eta = float(shown.gen.eta[0])
        wide = 1.35 * shown.radius
        return (eta - wide, eta + wide), (_centre(shown.gen) - wide, _centre(shown.gen) + wide)
    all_eta = np.concatenate([cloud[0] for cloud in clouds.values()])
    low, high = (float(all_eta.min()), float(all_eta.max())) if len(all_eta) else (-1.0, 1.0)
    return (min(low - 0.3, -3.0), max(high + 0.3, 3.0)), (-np.pi - 0.1, np.pi + 0.1)


def _species(pid: int) -> str:
    for name, (ids, _) in _SPECIES.items():
        if abs(pid) in ids:
            return name
    return "others, and unknown"


def _colour(pid: int) -> str:
    return _SPECIES[_species(pid)][1]
