"""The table and the figures of the bench of the C++ simulator, from what was measured."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from _run_program import Same

Row = dict[str, Any]
OURS = "pyjetsim"
BATCHES = (1, 4)
WANTED = {
    "overhead_b1": "<= 1.10",
    "overhead_b4": "<= 1.10",
    "vs_eager_b1": ">= 5",
    "vs_torchscript_b1": ">= 3",
    "jets_per_s_batched": ">= 20000",
    "two_thread_speedup": ">= 1.9",
    "jets_share_of_event": "< 0.20",
    "run_vs_reader": ">= 0.9",
}
_ELSEWHERE = {
    "the paper's model from Python, Xeon 4216": 7.0,
    "the paper's model from Python, Tesla T4": 4.0,
    "PYTHIA and Delphes with pileup 50": 50.0,
}
_US = 1e6


def inference_figures(taken: Mapping[str, float]) -> dict[str, float]:
    """``taken`` are seconds an event, or a jet in "batched", by what was done."""
    figures = {
        **{f"overhead_b{n}": taken[f"simulator_b{n}"] / taken[f"bare_b{n}"] for n in BATCHES},
        **{
            f"vs_eager_b{n}": taken[f"eager_b{n}"] / taken[f"simulator_b{n}"]
            for n in BATCHES
            if f"eager_b{n}" in taken
        },
        **{
            f"vs_torchscript_b{n}": best[0] / taken[f"simulator_b{n}"]
            for n in BATCHES
            if (best := _best_torchscript(taken, n)) is not None
        },
        "jets_per_s_batched": 1 / taken["batched"],
        # All that is not the model: clustering, matching, cuts, and also noise, sorting and kinematics.
        "jets_share_of_event": 1 - taken["bare"] / taken["whole"],
    }
    if "two_threads" in taken:
        figures["two_thread_speedup"] = taken["one_thread"] / taken["two_threads"]
    return figures


def inference_rows(
    taken: Mapping[str, float],
    no_torchscript: str = "",
    busy: str = "",
    mb: float | None = None,
) -> list[Row]:
    """Events of a few jets beside their rivals, jets in one call, two threads, and memory.

    ``no_torchscript`` and ``busy`` say why there is no such rival, and no figure of two threads.
    """
    rows: list[Row] = []
    for n in BATCHES:
        torchscript, how = _best_torchscript(taken, n) or (None, "")
        for rival, seconds, figure, missing in (
            ("ONNX Runtime's C API", taken[f"bare_b{n}"], f"overhead_b{n}", ""),
            (
                "TorchScript in C++" + (f", {how}" if how else ""),
                torchscript,
                f"vs_torchscript_b{n}",
                no_torchscript or _NO_ANSWER,
            ),
            ("PyTorch eager", taken.get(f"eager_b{n}"), f"vs_eager_b{n}", _NO_ANSWER),
        ):
            what = f"event of {n} jet{'s' * (n > 1)} beside {rival}"
            ours = _US * taken[f"simulator_b{n}"]
            other = missing if seconds is None else _US * seconds
            rows.append({"what": what, "unit": "µs", OURS: ours, "other": other, "figure": figure})
    what = "jets of many events in a call"
    rows.append({"what": what, "unit": "jets/s", OURS: 1 / taken["batched"], "figure": "jets_per_s_batched"})
    if "two_threads" in taken:
        two, one = 1 / taken["two_threads"], 1 / taken["one_thread"]
        what = "events of 4 jets, two threads beside one"
        rows.append(
            {"what": what, "unit": "events/s", OURS: two, "other": one, "figure": "two_thread_speedup"}
        )
    elif busy:
        rows.append({"what": "events of 4 jets, two threads beside one", OURS: busy})
    if mb is not None:
        what = "memory of a thread, beside the model, 64 jets a call"
        rows.append({"what": what, "unit": "MB", OURS: mb, "figure": "mb_per_thread"})
    return rows


_NO_ANSWER = "no answer in time"


def _best_torchscript(taken: Mapping[str, float], batch: int) -> tuple[float, str] | None:
    found = [
        (taken[name], how)
        for how in ("loaded", "optimised")
        if (name := f"torchscript_{how}_b{batch}") in taken
    ]
    return min(found, default=None)


def event_rows(taken: Mapping[str, float], particles: float, jets: float) -> list[Row]:
    """The stages of an event."""
    stages = {
        "clustering": taken["clustering"],
        "inference": taken["bare"],
        "cuts, noise, sorting, kinematics": taken["simulating"] - taken["bare"],
        "matching": taken["matching"],
    }
    event = f"event of {particles:.0f} particles and {jets:.2f} jets"
    rows: list[Row] = [
        {"what": f"{event}: {name}", "unit": "µs", OURS: _US * seconds} for name, seconds in stages.items()
    ]
    whole = {"what": f"{event} beside its inference alone", "unit": "µs", OURS: _US * taken["whole"]}
    return [*rows, {**whole, "other": _US * taken["bare"], "figure": "jets_share_of_event"}]


def run_figures(taken: Mapping[str, float], same: Same) -> dict[str, float]:
    """``taken`` are seconds an event of whole processes."""
    ratio = {"run_vs_reader": taken["reader"] / taken["run"]} if "reader" in taken else {}
    return ratio | {
        "same_jets_compared": same.jets,
        "same_jets_python_difference": same.difference,
    }


def run_rows(taken: Mapping[str, float], same: Same, events: int, megabytes: float) -> list[Row]:
    """pyjetsim-run on HepMC3 events of so many MB each."""
    run = f"pyjetsim-run, {events} HepMC3 events of {megabytes:.2f} MB"
    return [
        {
            "what": f"{run}, beside HepMC3's reader alone",
            "unit": "events/s",
            OURS: 1 / taken["run"],
            "other": 1 / taken["reader"] if "reader" in taken else _NO_ANSWER,
            "figure": "run_vs_reader",
        },
        {
            "what": f"{run}: {same.jets} jets, 1 and 4 threads",
            OURS: f"the same bytes in all {same.datasets} datasets",
        },
        {
            "what": f"{run}: the same jets in C++ and Python",
            OURS: f"the same bytes in {same.identical} of {same.datasets} datasets, "
            f"{same.difference:.1g} apart in the others",
        },
    ]


def elsewhere_rows() -> list[Row]:
    """Times of others, for the scale."""
    return [
        {"what": f"an event: {what}", "unit": "ms", "other": ms, "ratio": "not measured here"}
        for what, ms in _ELSEWHERE.items()
    ]


def with_figures(rows: list[Row], figures: Mapping[str, float]) -> list[Row]:
    """The rows with the value of their figure, and what it should be."""
    return [
        {**row, "ratio": figures[row["figure"]], "wanted": WANTED.get(row["figure"], "")}
        if row.get("figure") in figures
        else row
        for row in rows
    ]
