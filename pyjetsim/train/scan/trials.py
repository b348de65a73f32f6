"""The trials of a scan: who takes which, on any number of processes and machines, until all are done.

The folder of a scan holds

- ``scan.json``: what the scan is of; ``scan.db``: Optuna's study, in SQLite;
- ``trials/0000/``, one folder a trial: ``run/``, and ``lock`` while a process works on it;
- ``trials.csv``, ``best.toml``, ``scan.png``: the results so far.
"""

from __future__ import annotations

import json
import math
import time
import warnings
from collections.abc import Generator, Mapping
from contextlib import ExitStack, contextmanager, suppress
from pathlib import Path
from typing import Any

import optuna
from optuna.distributions import BaseDistribution, CategoricalDistribution, FloatDistribution, IntDistribution
from optuna.trial import Trial, TrialState

from pyjetsim._utils.output import check_folder_name, locked, write_whole
from pyjetsim.errors import Error, InputError, StorageError, TrainingError, TrainingStopped
from pyjetsim.io.inputs import provenance_of
from pyjetsim.io.run_folder import can_go_on
from pyjetsim.train.devices import device_named
from pyjetsim.train.loop import train
from pyjetsim.train.scan.plan import Plan, Range, Value, described
from pyjetsim.train.scan.results import STATES, write_results
from pyjetsim.train.stop import Stop

SCAN, DATABASE, TRIALS = "scan.json", "scan.db", "trials"
FORMAT, VERSION = "pyjetsim.scan", 1
_ATTEMPTS = 3
"""Of a trial whose process is killed."""
_WAIT = 0.05, 300.0
"""Seconds between two looks at a lock, and until it is given up."""


class _Held(Error):
    """Another process has the lock."""


def scan(
    plan: Plan,
    folder: Path,
    *,
    threads: int | None = None,
    device: str = "auto",
    quiet: bool = False,
    stop: Stop | None = None,
) -> dict[str, int]:
    """Work on a scan until no trial is left that nobody works on.

    Parameters
    ----------
    plan : Plan
        What is tried; see :func:`load_plan`.
    folder : Path
        Of the scan. Several processes may work on one folder; one that starts later goes on with the rest.
    threads, device
        Of each training, as in :func:`pyjetsim.train.train`.
    quiet : bool
        Print nothing.
    stop : Stop, optional
        Asks to keep the state of the training that is being done, and to end.

    Returns
    -------
    dict
        How many trials are in which state: finished, pruned, failed, running, waiting.

    Raises
    ------
    InputError
        For a folder of another scan or with other content.
    TrainingStopped
        Where ``stop`` asked for it.
    StorageError
        Where the folder cannot be written. What fails otherwise in a trial is recorded with it.
    """
    stop = stop or Stop()
    device_named(device)  # One that is not there ends this process, and not trial after trial.
    study = open_study(plan, folder)
    with _database_errors(folder):
        while True:
            if stop.requested:
                raise _stopped(folder)
            with ExitStack() as held:
                with _alone(folder):
                    trial = _take(study, plan, folder, held)
                if trial is None:
                    break
                _try(study, trial, plan, folder, threads, device, quiet, stop)
            with _alone(folder):
                write_results(study, plan, folder)
        return _counts(study)


@contextmanager
def _database_errors(folder: Path) -> Generator[None]:
    try:
        yield
    except optuna.exceptions.StorageInternalError as error:
        raise StorageError(
            f"cannot write {folder / DATABASE}: {_line_of(error)}",
            "trials are kept there",
            "free space or mend the disk, then run the same command again",
        ) from error


def _counts(study: optuna.Study) -> dict[str, int]:
    found = dict.fromkeys(STATES.values(), 0)
    for trial in study.get_trials(deepcopy=False):
        found[STATES[trial.state]] += 1
    return found


def open_study(plan: Plan, folder: Path) -> optuna.Study:
    """The study of the folder, begun where there is none; raises as :func:`scan`."""
    optuna.logging.set_verbosity(optuna.logging.ERROR)
    for name in plan.data:
        provenance_of(Path(name))  # One that cannot be read ends the scan, and not each trial.
    check_folder_name(folder, "scan")
    marker = folder / SCAN
    if folder.is_dir() and not marker.exists() and any(each.name != "lock" for each in folder.iterdir()):
        raise InputError(
            f"{folder} holds other files, and is no scan",
            "a scan fills a folder of its own",
            "name another one with --output, or an empty one",
        )
    with _alone(folder), _database_errors(folder):
        content = {"format": FORMAT, "version": VERSION, **plan.identity}
        if marker.exists():
            _check_same(marker, content)
        else:
            write_whole(marker, json.dumps(content, indent=2) + "\n")
        # Waits, as other processes write too.
        engine = {"connect_args": {"timeout": 60}}
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            storage = optuna.storages.RDBStorage(f"sqlite:///{folder / DATABASE}", engine_kwargs=engine)
            study = optuna.create_study(
                study_name="scan",
                storage=storage,
                sampler=optuna.samplers.TPESampler(constant_liar=True),
                pruner=optuna.pruners.MedianPruner() if plan.prune else optuna.pruners.NopPruner(),
                load_if_exists=True,
            )
        if plan.sampler == "random":
            # Points that are there already come first in any number of trials; a grid has its own order.
            there = [trial.user_attrs["point"] for trial in study.get_trials(deepcopy=False)]
            for point in plan.points():
                if len(there) < plan.trials and point not in there:
                    there.append(point)
                    study.enqueue_trial(_encoded(point), user_attrs={"point": point})
    return study


def _check_same(marker: Path, content: Mapping[str, Any]) -> None:
    try:
        found = json.loads(marker.read_text(encoding="utf-8"))
    except (OSError, ValueError) as error:
        raise InputError(
            f"{marker} cannot be read", "it says what the scan is of", "name another folder with --output"
        ) from error
    for key in content:
        if found.get(key) != content[key]:
            raise InputError(
                f"{marker.parent} is the folder of another scan: {key} is not the same",
                "their trials would be compared with each other",
                "name another folder with --output",
            )


@contextmanager
def _alone(folder: Path) -> Generator[None]:
    """One process at a time; the others wait."""
    with ExitStack() as stack:
        wait, longest = _WAIT
        until = time.monotonic() + longest
        while True:
            try:
                stack.enter_context(locked(folder, _Held))
                break
            except _Held as error:
                if time.monotonic() > until:
                    raise InputError(
                        f"{folder} is locked by another process for {longest:.0f} s",
                        "it is held for moments only",
                        "look at the other processes of this scan, and end the one that hangs",
                    ) from error
                time.sleep(wait)
        yield


def _take(study: optuna.Study, plan: Plan, folder: Path, held: ExitStack) -> Trial | None:
    """A trial that nobody works on, locked for this process: one whose process was killed, else a new one."""
    for each in study.get_trials(deepcopy=False, states=(TrialState.RUNNING,)):
        try:
            held.enter_context(locked(trial_folder(folder, each.number), _Held))
        except _Held:
            continue
        begun = "point" in each.user_attrs
        if begun and (each.user_attrs.get("attempts", 0) < _ATTEMPTS or each.user_attrs.get("stopped")):
            return Trial(study, each._trial_id)
        held.close()
        Trial(study, each._trial_id).set_user_attr("error", f"its process was killed {_ATTEMPTS} times")
        study.tell(each.number, state=TrialState.FAIL)
    waiting = study.get_trials(deepcopy=False, states=(TrialState.WAITING,))
    if not waiting and (plan.sampler == "random" or len(study.get_trials(deepcopy=False)) >= plan.trials):
        return None
    trial = study.ask(_distributions(plan))
    if "point" not in trial.user_attrs:
        trial.set_user_attr("point", {key: _decoded(plan.axes[key], trial.params[key]) for key in plan.axes})
    held.enter_context(locked(trial_folder(folder, trial.number), _Held))
    return trial


def _try(
    study: optuna.Study,
    trial: Trial,
    plan: Plan,
    folder: Path,
    threads: int | None,
    device: str,
    quiet: bool,
    stop: Stop,
) -> None:
    run = trial_folder(folder, trial.number) / "run"
    point: dict[str, Value] = trial.user_attrs["point"]
    attempts = 0 if trial.user_attrs.get("stopped") else trial.user_attrs.get("attempts", 0)
    trial.set_user_attr("attempts", attempts + 1)
    trial.set_user_attr("stopped", False)
    started = time.monotonic() - trial.user_attrs.get("seconds", 0.0)

    def end(told: str, value: float | None = None, state: TrialState | None = None) -> None:
        trial.set_user_attr("seconds", round(time.monotonic() - started, 1))
        study.tell(trial, value, state=state)
        if not quiet:
            print(f"trial {trial.number}: {told}  {described(point)}", flush=True)

    try:
        recipe = plan.recipe_at(point)
        task = recipe.new_task()

        def watch(entry: dict[str, Any]) -> None:
            score = entry.get(task.score_name)
            if score:
                trial.report(score["sum"], entry["epoch"])
                if entry["epoch"] < recipe.training.epochs and trial.should_prune():
                    raise optuna.TrialPruned(f"at epoch {entry['epoch']}")

        selection = train(
            recipe,
            [Path(name) for name in plan.data],
            run,
            resume=can_go_on(run),
            threads=threads,
            device=device,
            quiet=True,
            stop=stop,
            each_epoch=watch,
        )
        if selection is None:
            raise TrainingError(
                "no epoch has a score", "trials are compared by it", "look at the log of its run"
            )
        value = float(selection[task.score_name]["sum"])
        if not math.isfinite(value):
            raise TrainingError(
                f"the best score is {value}", "trials are compared by it", "look at the log of its run"
            )
        trial.set_user_attr("selection", selection)
        end(f"{task.score_label} {value:.4f}", value)
    except (TrainingStopped, KeyboardInterrupt):
        with suppress(optuna.exceptions.UpdateFinishedTrialError):
            trial.set_user_attr("stopped", True)
            trial.set_user_attr("seconds", round(time.monotonic() - started, 1))
        if stop.requested:
            raise _stopped(folder) from None
        raise
    except optuna.TrialPruned as pruned:
        end(f"pruned {pruned}", state=TrialState.PRUNED)
    except StorageError:
        # It would end every other trial, too; this one goes on when it is mended.
        with suppress(StorageError, optuna.exceptions.StorageInternalError):
            trial.set_user_attr("stopped", True)
        raise
    except Exception as error:
        line = " ".join(str(error).split()) if isinstance(error, Error) else _line_of(error)
        trial.set_user_attr("error", line)
        end(f"failed: {line}", state=TrialState.FAIL)


def trial_folder(folder: Path, number: int) -> Path:
    """Of a trial of a scan."""
    return folder / TRIALS / f"{number:04d}"


def _stopped(folder: Path) -> TrainingStopped:
    return TrainingStopped(
        f"the scan in {folder} was stopped", "what was done is kept", "run the same command again to go on"
    )


def _line_of(error: Exception) -> str:
    return f"{type(error).__name__}: {(str(error).splitlines() or [''])[0]}"


def _distributions(plan: Plan) -> dict[str, BaseDistribution]:
    return {key: _distribution(axis) for key, axis in plan.axes.items()}


def _distribution(axis: Range | list[Value]) -> BaseDistribution:
    if isinstance(axis, list):
        return CategoricalDistribution([_choice(value) for value in axis])
    log = axis.scale == "log"
    if axis.whole:
        return IntDistribution(int(axis.low), int(axis.high), log=log)
    return FloatDistribution(axis.low, axis.high, log=log)


def _choice(value: Value) -> Any:
    """A value of a list as Optuna keeps it: lists and sections as text."""
    return json.dumps(value) if isinstance(value, (list, dict)) else value


def _encoded(point: Mapping[str, Value]) -> dict[str, Any]:
    return {key: _choice(value) for key, value in point.items()}


def _decoded(axis: Range | list[Value], found: Any) -> Value:
    if not isinstance(axis, list):
        return found
    return next(value for value in axis if _choice(value) == found and type(_choice(value)) is type(found))
