"""Compare two files and write the report."""

from __future__ import annotations

from collections.abc import Collection
from pathlib import Path
from typing import Any

import numpy as np

from pyjetsim._utils.processes import check_number
from pyjetsim.errors import InputError
from pyjetsim.evaluate.gather import Workers, check_comparable, gather, is_comparable
from pyjetsim.evaluate.metrics import METRICS, OWN
from pyjetsim.evaluate.metrics.base import TESTS, Context, Metric, Test
from pyjetsim.evaluate.metrics.of_others import OfOthers
from pyjetsim.evaluate.report.content import BaselineRecord, FileRecord, Found, Kept, Report
from pyjetsim.evaluate.report.scores import flat_scores
from pyjetsim.evaluate.samples import MAX_PAIRS
from pyjetsim.evaluate.verdict import Tolerances, load_tolerances
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
    weight: str | int | None = None,
    view: View | None = None,
    tolerances: Tolerances | str | Path | None = None,
    tagger_against: tuple[str | Path, str | Path] | None = None,
    max_pairs: int = MAX_PAIRS,
    processes: int | None = None,
    scheduler: str | None = None,
    quiet: bool = True,
) -> dict[str, Any]:
    """Compare the reco jets of two files and write a report.

    Parameters
    ----------
    target : str or Path
        The truth: a jets.h5, or a table of objects of any task.
    prediction : str or Path
        A file of the same kind: a model's output, another detector, the same file twice.
    output : str or Path
        The folder of the report. It appears when it is complete; an older report there is replaced.
    json : str or Path, optional
        Where to write a copy of the report's ``report.json``.
    selection : str
        Name of the cuts on jets, made on both files independently; see
        :func:`~pyjetsim.jets.selection.selection_named`.
    split : {"all", "train", "validation", "test"}
        Which events of both files.
    run : str or Path, optional
        The folder of the training, for its history.
    skip : collection of str
        Tests that take long and are left out: "trees" and "sets" (classifiers on jet observables and on
        constituents) and "distances".
    mix_detectors : bool
        Compare files of different detectors, pileup or R all the same.
    weight : str or int, optional
        By which of their weights, name or place, the jets of all files count; None: the first, where a file
        has weights; "none": each counts once.
    view : View, optional
        What is compared; None: by the content of the files.
    tolerances : Tolerances, str or Path, optional
        What the verdict asks of the prediction, or a TOML file of it; None: the defaults.
    tagger_against : tuple of str or Path, optional
        Target and prediction of a background process. A tagger of the jets of ``target`` against those of the
        background is trained on the two predictions, and on the two targets, and tested on the targets; it
        needs torch.
    max_pairs : int
        Of a file with more pairs in the split, figures that need the pairs themselves are of about so many:
        those of whole events that the event number chooses. It bounds the memory; pairs and what passes cuts
        are counted over all.
    processes : int, optional
        How many read the shards of datasets; None: one for each core. Files are read by this process alone.
    scheduler : str, optional
        Read them on dask.distributed: "local", or the address of a scheduler. The report is the same.
    quiet : bool
        Show no progress.

    Returns
    -------
    dict
        The content of ``report.json``; its ``verdict`` is that of :func:`pyjetsim.evaluate.verdict.judge`.

    Raises
    ------
    DataError
        For files that cannot be read, leave too few jets or a sum of weights that is not above 0, or are of
        different detectors.
    InputError
        For a wrong name, such as of a weight that a file does not have, an ``output`` that is something else
        than a report, ``max_pairs`` or ``processes`` below 1, and a scheduler that does not answer.
    RecipeError
        For tolerances with a key or value that is wrong.
    MissingExtraError
        For a tagger without torch, and a scheduler without distributed.
    ShardError
        Where the process that reads a shard dies again and again.

    Notes
    -----
    R of the jets is that of the files' provenance, or 0.5, with a note in the report, where neither has it.
    The guide "Evaluate" describes every metric.

    Examples
    --------
    >>> report = evaluate("ww.h5", "simulated.h5", "report", split="test")
    >>> mass = report["metrics"]["observables"]["mass"]["wasserstein"]["prediction"]["over_floor"]
    """
    # Imported here: importing the metrics must not wait for matplotlib.
    from pyjetsim.evaluate.metrics.history import read_history
    from pyjetsim.evaluate.metrics.tagger_closure import Processes, check_processes, with_background
    from pyjetsim.evaluate.report.publish import check_destinations, drawn, publish

    target, prediction, output = Path(target), Path(prediction), Path(output)
    json_copy = Path(json) if json is not None else None
    selection_named(selection)
    check_tests(skip)
    if max_pairs < 1:
        raise InputError(
            f"max_pairs is {max_pairs}", "nothing would be compared", f"leave it out for {MAX_PAIRS:,}"
        )
    check_number(processes)
    workers = Workers(processes, scheduler, quiet)
    in_split(np.zeros(0, np.int64), split)  # a wrong name is an error before any work
    check_destinations(output, json_copy)
    limits = tolerances if isinstance(tolerances, Tolerances) else load_tolerances(tolerances)
    history = read_history(Path(run)) if run is not None else None
    view = (view or view_of(target, prediction)).prepared(
        target, prediction, selection, mix_detectors=mix_detectors
    )
    tagged = None
    if tagger_against is not None:
        signal = {"target": target, "prediction": prediction}
        background = dict(zip(signal, map(Path, tagger_against), strict=True))
        tagged = Processes(signal, background, split)
        check_processes(view, tagged, mix_detectors=mix_detectors)
    view = view.weighted(target, prediction, weight)
    if tagged is not None:
        view = with_background(view, tagged, weight)
    view = view.thinned(max_pairs)
    metrics, others = metrics_of(view)
    gathered = gather(view, target, prediction, split, [*metrics, *others], max_pairs, workers)
    narrow = {name: view.accepted(sample) for name, sample in gathered.samples.items()}
    files = {"target": target, "prediction": prediction}
    for name, path in files.items():
        check_comparable(f"{name} {path}", narrow[name], view, split)
    # A baseline without jets in acceptance is left out: gen jets may all lie below a threshold.
    narrow = {name: sample for name, sample in narrow.items() if is_comparable(sample)}
    context = Context(
        view,
        narrow,
        {name: gathered.samples[name] for name in narrow},
        skip,
        history,
        gathered.copies,
        tagged,
    )
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
        weights=view.told_weights(files, narrow),
        scores=flat_scores(found, ["prediction", *gathered.baselines]),
        figures=list(figures),
        kept={name: Kept(max_pairs, *kept) for name, kept in gathered.kept.items()},
        tolerances=limits,
    ).to_json()
    publish(report, figures, output, json_copy)
    return report


def check_tests(names: Collection[str]) -> None:
    """Check names of tests to skip.

    Raises
    ------
    InputError
        For an unknown name.
    """
    for name in names:
        if name not in TESTS:
            raise InputError(
                f"there is no test {name!r} to skip",
                "only the tests that take long can be left out",
                f"use {', '.join(TESTS)}",
            )


def metrics_of(view: View) -> tuple[list[Metric[Any]], list[OfOthers]]:
    """Metrics that apply to a view: those of this package, and those of other packages.

    Notes
    -----
    Spectra always apply: the page is built around them.
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
