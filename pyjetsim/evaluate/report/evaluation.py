"""Compare two files and write the report."""

from __future__ import annotations

from collections.abc import Collection
from pathlib import Path
from typing import Any

import numpy as np

from pyjetsim.errors import InputError
from pyjetsim.evaluate.gather import check_comparable, gather, is_comparable
from pyjetsim.evaluate.metrics import METRICS, OWN
from pyjetsim.evaluate.metrics.base import TESTS, Context, Metric, Test
from pyjetsim.evaluate.metrics.of_others import OfOthers
from pyjetsim.evaluate.report.content import BaselineRecord, FileRecord, Found, Report
from pyjetsim.evaluate.report.scores import flat_scores
from pyjetsim.evaluate.view import DEFAULT_SELECTION, View, view_of
from pyjetsim.io import Split, in_split
from pyjetsim.jets.selection import selection_named


def evaluate(
    target: str | Path,
    prediction: str | Path,
    output: str | Path,
    *,
    json: str | Path | None = None,
    selection: str = DEFAULT_SELECTION,
    split: Split = "all",
    run: str | Path | None = None,
    skip: Collection[Test] = (),
    mix_detectors: bool = False,
    view: View | None = None,
) -> dict[str, Any]:
    """Hold the reco jets of ``prediction`` against those of ``target``; write a report, return its content.

    Any two jets.h5: a model's output, another detector, the same file twice; or two tables of objects of one
    task, whose own observables are then compared. ``selection`` names the cuts on jets,
    applied to both files independently; ``split`` chooses the events of both; ``run`` is a
    training's folder, for its history. ``skip`` names tests that take long and are left out: ``trees``
    and ``sets`` (classifiers on jet observables and on constituents) and ``distances``. R of the jets is
    what the files' provenance tells, 0.5 with a note where neither does. Files of different detectors,
    pileup or R are compared only with ``mix_detectors``. ``view`` says what is compared, instead of the
    files' content. ``json`` gets a copy of the report's
    ``report.json``. The folder appears when it is whole; an older report there is replaced.

    Raises :class:`~pyjetsim.errors.DataError` for files that cannot be read, leave too few jets or are of
    different detectors,
    :class:`~pyjetsim.errors.InputError` for a wrong name or a destination that is no report.
    """
    # Here, so that who imports the metrics does not wait for matplotlib.
    from pyjetsim.evaluate.metrics.history import read_history
    from pyjetsim.evaluate.report.publish import check_destinations, drawn, publish

    target, prediction, output = Path(target), Path(prediction), Path(output)
    json_copy = Path(json) if json is not None else None
    selection_named(selection)
    check_tests(skip)
    in_split(np.zeros(0, np.int64), split)  # names that are wrong are told before any work
    check_destinations(output, json_copy)
    history = read_history(Path(run)) if run is not None else None
    view = (view or view_of(target, prediction)).prepared(
        target, prediction, selection, mix_detectors=mix_detectors
    )
    metrics, others = metrics_of(view)
    gathered = gather(view, target, prediction, split, [*metrics, *others])
    narrow = {name: view.accepted(sample) for name, sample in gathered.samples.items()}
    files = {"target": target, "prediction": prediction}
    for name, path in files.items():
        check_comparable(f"{name} {path}", narrow[name], view, split)
    # A baseline without jets in acceptance is left out: gen jets may all lie below a threshold.
    narrow = {name: sample for name, sample in narrow.items() if is_comparable(sample)}
    context = Context(view, narrow, {name: gathered.samples[name] for name in narrow}, skip, history)
    found = [Found(metric, metric.result(context)) for metric in metrics]
    of_others = {metric.title: Found(metric, metric.result(context)) for metric in others}
    figures = drawn([*found, *of_others.values()])
    records = {}
    for name, path in files.items():
        facts = view.described(path)
        records[name] = FileRecord(
            path.name, facts.n, gathered.n_pairs[name], len(narrow[name]), facts.provenance
        )
    report = Report(
        view,
        **records,
        split=split,
        paired=gathered.paired,
        baselines={
            name: BaselineRecord(len(narrow[name]), baseline.described)
            for name, baseline in gathered.baselines.items()
            if name in narrow
        },
        found=found,
        others=of_others,
        scores=flat_scores(found, ["prediction", *gathered.baselines]),
        figures=list(figures),
    ).to_json()
    publish(report, figures, output, json_copy)
    return report


def check_tests(names: Collection[str]) -> None:
    """An unknown name raises :class:`~pyjetsim.errors.InputError`."""
    for name in names:
        if name not in TESTS:
            raise InputError(
                f"there is no test {name!r} to skip",
                "only the tests that take long can be left out",
                f"use {', '.join(TESTS)}",
            )


def metrics_of(view: View) -> tuple[list[Metric[Any]], list[OfOthers]]:
    """Those that apply to a view, new ones: of this package, and of others.

    Spectra always apply: the page is made around them.
    """
    own: list[Metric[Any]] = []
    others: list[OfOthers] = []
    for name in METRICS:
        metric = METRICS[name]
        if metric.needs not in view.gives:
            continue
        if name not in OWN:
            others.append(OfOthers(name, metric, view))
        elif name == "spectra" or view.metrics is None or name in view.metrics:
            own.append(metric(view))
    return own, others
