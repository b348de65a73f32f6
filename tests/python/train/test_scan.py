"""Scans: each point once, on several processes, through kills, with the best recipe at the end."""

from __future__ import annotations

import csv
import re
import signal
import subprocess
import sys
import threading
from pathlib import Path

import pytest
from struck import DRIVER
from synthetic import synthetic_pairs

from pyjetsim.cli import main
from pyjetsim.errors import DataWarning, InputError, StorageError, TrainingStopped
from pyjetsim.io import write_pairs
from pyjetsim.io.run_folder import read_log
from pyjetsim.models import VAE
from pyjetsim.train import Stop, load_recipe
from pyjetsim.train.scan import load_plan, scan, trials
from pyjetsim.train.scan.plan import Range
from pyjetsim.train.scan.results import front

RECIPE = """
[data]
selection = "all"
[model]
name = "vae"
channels = [4, 4, 8]
hidden = 16
latent = 3
[optimiser]
learning_rate = 1e-3
batch_size = 64
[training]
epochs = 2
[select]
every = 1
selection = "all"
mass_pt_kld_max = 100.0
"""
GRID = """
recipe = "recipe.toml"
data = "data.h5"
[search]
loss.beta = [0.1, 0.2]
optimiser.learning_rate = [1e-3, 1e-2]
"""
ROOT = Path(__file__).resolve().parents[3]


@pytest.fixture(scope="module")
def inputs(tmp_path_factory):
    folder = tmp_path_factory.mktemp("inputs")
    write_pairs(folder / "data.h5", synthetic_pairs(300, 1), {})
    (folder / "recipe.toml").write_text(RECIPE)
    return folder


@pytest.fixture(autouse=True)
def here(inputs, tmp_path, monkeypatch):
    for path in inputs.iterdir():
        (tmp_path / path.name).symlink_to(path)
    monkeypatch.chdir(tmp_path)


def plan_of(text=GRID, **options):
    Path("scan.toml").write_text(text)
    return load_plan(Path("scan.toml"), **options)


def table(folder="out"):
    with Path(folder, "trials.csv").open(newline="") as file:
        return list(csv.DictReader(file))


def run(plan, **options):
    return scan(plan, Path("out"), threads=1, quiet=True, **options)


def test_a_grid_is_trained_once_each_and_the_best_is_a_recipe(capsys):
    Path("scan.toml").write_text(GRID)
    command = ["scan", "scan.toml", "--output", "out", "--threads", "1"]
    assert main(command) == 0
    said = capsys.readouterr().out
    assert "4 finished" in said
    assert said.endswith("next: pyjetsim train out/best.toml --data data.h5 --output run/\n")
    rows = table()
    assert sorted((row["loss.beta"], row["optimiser.learning_rate"]) for row in rows) == [
        ("0.1", "0.001"),
        ("0.1", "0.01"),
        ("0.2", "0.001"),
        ("0.2", "0.01"),
    ]
    best = min(rows, key=lambda row: float(row["score"]))
    recipe = load_recipe("out/best.toml")
    assert recipe.loss_settings.beta == float(best["loss.beta"])
    assert recipe == plan_of().recipe_at(
        {key: float(best[key]) for key in ("loss.beta", "optimiser.learning_rate")}
    )
    assert float(best["kld.sum"]) == float(best["score"])
    assert Path("out/scan.png").read_bytes().startswith(b"\x89PNG")
    # The trial is a training like any other.
    assert main(["train", "out/best.toml", "--data", "data.h5", "--output", "run", "--threads", "1"]) == 0
    of_trial = Path(f"out/trials/{int(best['trial']):04d}/run")
    assert [entry["validation"] for entry in read_log(Path("run"))] == [
        entry["validation"] for entry in read_log(of_trial)
    ]
    # Again, there is nothing left to do.
    before = [path.stat().st_mtime_ns for path in sorted(Path("out").rglob("*.pt"))]
    assert main(command) == 0
    assert [path.stat().st_mtime_ns for path in sorted(Path("out").rglob("*.pt"))] == before


def test_a_killed_trial_is_run_again():
    """By whoever comes next, from its last epoch; one that is worked on is left alone."""
    plan = plan_of(GRID.replace("[0.1, 0.2]", "[0.1]"))
    Path("driver.py").write_text(DRIVER)
    # An epoch has 3 steps and 1 batch of validation: in the second epoch of the first trial.
    command = ["scan", "scan.toml", "--output", "out", "--threads", "1"]
    killed = subprocess.run([sys.executable, "driver.py", str(int(signal.SIGKILL)), "6", *command])
    assert killed.returncode == -signal.SIGKILL
    assert len(read_log(Path("out/trials/0000/run"))) == 1
    with pytest.warns(DataWarning, match=r"trials/0000.* has ended: its lock is taken over"):
        found = run(plan)
    assert found == {"finished": 2, "pruned": 0, "failed": 0, "running": 0, "waiting": 0}
    assert sorted(path.name for path in Path("out/trials").iterdir()) == ["0000", "0001"]
    assert [len(read_log(path / "run")) for path in Path("out/trials").iterdir()] == [2, 2]


def test_a_trial_that_kills_its_process_is_given_up():
    plan = plan_of(GRID.replace("[0.1, 0.2]", "[0.1]"))
    study = trials.open_study(plan, Path("out"))
    study.ask(trials._distributions(plan)).set_user_attr("attempts", 3)
    assert run(plan)["failed"] == 1
    assert table()[0]["error"] == "its process was killed 3 times"


def test_two_processes_take_different_trials(capfd):
    Path("scan.toml").write_text(GRID)
    assert main(["scan", "scan.toml", "--output", "out", "--processes", "2"]) == 0
    said = capfd.readouterr()
    assert sorted(line.split(":")[0] for line in said.out.splitlines() if line.startswith("trial ")) == [
        f"trial {number}" for number in range(4)
    ]
    assert said.err == ""
    assert [row["state"] for row in table()] == ["finished"] * 4


def test_a_trial_that_somebody_works_on_is_left_to_them(monkeypatch):
    plan, inside, go_on = plan_of(), threading.Event(), threading.Event()
    loss = VAE.loss

    def waits(*arguments):
        if threading.current_thread().name == "first":
            inside.set()
            assert go_on.wait(60)
        return loss(*arguments)

    monkeypatch.setattr(VAE, "loss", waits)
    first = threading.Thread(target=run, args=[plan], name="first")
    first.start()
    assert inside.wait(60)
    assert run(plan) == {"finished": 3, "pruned": 0, "failed": 0, "running": 1, "waiting": 0}
    go_on.set()
    first.join()
    assert [row["state"] for row in table()] == ["finished"] * 4


def test_a_trial_that_fails_is_recorded_and_the_others_go_on(monkeypatch, capsys):
    plan, loss = plan_of(), VAE.loss

    def poisoned(self, batch, settings):
        parts = loss(self, batch, settings)
        return {**parts, "total": parts["total"] * float("nan")} if settings.beta == 0.2 else parts

    monkeypatch.setattr(VAE, "loss", poisoned)
    assert run(plan) == {"finished": 2, "pruned": 0, "failed": 2, "running": 0, "waiting": 0}
    errors = [row["error"] for row in table() if row["state"] == "failed"]
    assert all(error.startswith("the loss is not finite in batch 0 of epoch 1") for error in errors)
    monkeypatch.setattr(VAE, "loss", lambda *_: 1 / 0)
    assert main(["scan", "scan.toml", "--output", "none", "--quiet"]) == 2
    assert "no trial of none was finished" in capsys.readouterr().err
    assert {row["error"] for row in table("none")} == {"ZeroDivisionError: division by zero"}


def test_a_full_disk_ends_the_scan(monkeypatch):
    def full(*_, **__):
        raise StorageError("cannot write x: the disk is full", "it is kept", "free space")

    with monkeypatch.context() as patch:
        patch.setattr(trials, "train", full)
        for _ in range(4):  # More often than a trial whose process is killed is tried again.
            with pytest.raises(StorageError, match="disk is full"):
                run(plan_of())
    assert run(plan_of())["finished"] == 4


def test_a_device_that_is_not_there_ends_the_scan_before_a_trial():
    with pytest.raises(InputError, match="abacus"):
        run(plan_of(), device="abacus")
    assert not Path("out").exists()


def test_it_stops_for_a_batch_system_and_goes_on(monkeypatch):
    plan, stop, calls, loss = plan_of(), Stop(), [], VAE.loss

    def counted(*arguments):
        calls.append(1)
        if len(calls) == 10:
            stop.request()
        return loss(*arguments)

    monkeypatch.setattr(VAE, "loss", counted)
    with pytest.raises(TrainingStopped, match="the scan in out was stopped"):
        run(plan, stop=stop)
    assert len(list(Path("out").rglob("stopped.pt"))) == 1
    assert run(plan)["finished"] == 4
    assert not list(Path("out").rglob("stopped.pt"))


def test_what_is_worse_than_the_median_is_pruned(monkeypatch):
    """Scores by hand: the later, the worse."""
    text = GRID.replace("[0.1, 0.2]", "[0.1, 0.2, 0.3, 0.4]")

    def scored(recipe, data, run, *, each_epoch, **_):
        beta = recipe.loss_settings.beta
        for epoch in (1, 2):
            each_epoch({"epoch": epoch, "kld": {"mass": beta, "pt": 0.0, "sum": beta}})
        return {"epoch": 2, "kld": {"mass": beta, "pt": 0.0, "sum": beta}}

    monkeypatch.setattr(trials, "train", scored)
    found = run(plan_of(text))
    # The median of the five before is 0.2.
    assert found == {"finished": 5, "pruned": 3, "failed": 0, "running": 0, "waiting": 0}
    assert [row["loss.beta"] for row in table() if row["state"] == "pruned"] == ["0.3", "0.4", "0.4"]
    assert scan(plan_of(text, prune=False), Path("all"), quiet=True)["finished"] == 8


@pytest.mark.parametrize("sampler", ["random", "tpe"])
def test_ranges_are_sampled(sampler, monkeypatch):
    text = f"""
recipe = "recipe.toml"
data = "data.h5"
trials = 12
sampler = "{sampler}"
[search]
optimiser.learning_rate = {{ low = 1e-4, high = 1e-2, scale = "log" }}
optimiser.batch_size = {{ low = 10, high = 20 }}
model.channels = [[4, 4, 8], [8, 8, 8]]
"""
    seen = []

    def trained(recipe, *_, **__):
        seen.append(recipe)
        return {"epoch": 2, "kld": {"mass": 1.0, "pt": 0.5, "sum": recipe.optimiser.learning_rate}}

    monkeypatch.setattr(trials, "train", trained)
    assert run(plan_of(text))["finished"] == 12
    rates = [recipe.optimiser.learning_rate for recipe in seen]
    assert 1e-4 <= min(rates) < 1e-3 < max(rates) <= 1e-2
    assert {type(recipe.optimiser.batch_size) for recipe in seen} == {int}
    assert {recipe.model_settings.channels for recipe in seen} == {(4, 4, 8), (8, 8, 8)}
    assert load_recipe("out/best.toml").optimiser.learning_rate == min(rates)
    # More trials may be asked for later.
    assert run(plan_of(text, trials=14))["finished"] == 14
    if sampler == "random":
        assert [recipe.optimiser.learning_rate for recipe in seen] == [
            point["optimiser.learning_rate"] for point in plan_of(text, trials=14).points()
        ]


def test_a_range_of_whole_numbers_gives_each_its_share():
    numbers = [Range(low=1, high=3).at((i + 0.5) / 300) for i in range(300)]
    assert [numbers.count(n) for n in (1, 2, 3)] == [100, 100, 100]
    assert Range(low=1.0, high=100.0, scale="log").at(0.5) == pytest.approx(10)


def test_the_front_has_what_nothing_is_better_than():
    points = {0: (1.0, 4.0), 1: (2.0, 2.0), 2: (2.0, 3.0), 3: (3.0, 2.0), 4: (4.0, 1.0)}
    assert front(points) == [0, 1, 4]


@pytest.mark.parametrize(
    ("before", "after", "message"),
    [
        ("loss.beta", "loss.betta", r"search.loss.betta: unknown key 'loss.betta'"),
        ("loss.beta", "lost.beta", r"search.lost.beta: unknown key 'lost'"),
        ("[0.1, 0.2]", "[0.1, 2.0]", r"search.loss.beta: loss.beta is 2.0: input should be less than"),
        ("[0.1, 0.2]", "[]", r"search.loss.beta is empty"),
        ("[0.1, 0.2]", "[0.1, 0.1]", r"names a value twice"),
        ("[0.1, 0.2]", "0.1", r"search.loss.beta is 0.1 .*as a list"),
        ("[0.1, 0.2]", "{ low = 0.2, high = 0.2 }", r"search.loss.beta: the range from 0.2 to 0.2 is empty"),
        ("[0.1, 0.2]", "{ low = 0.0, high = 0.2, scale = 'log' }", r"a logarithmic range begins above 0"),
        ("[0.1, 0.2]", "{ low = 0.1 }", r"search.loss.beta.high is missing"),
        ("[0.1, 0.2]", "{ low = 0.1, high = 0.2 }", r"trials is missing"),
        ("loss.beta", "select.every", r"search.select.every is no key that trials can differ in"),
        ("[search]\nloss.beta = [0.1, 0.2]\noptimiser.learning_rate = [1e-3, 1e-2]", "[search]", r"names no"),
        ('data = "data.h5"', "", r"data is missing"),
        ('recipe = "recipe.toml"', "", r"recipe is missing"),
        ('data = "data.h5"', 'dada = "data.h5"', r"unknown key 'dada'"),
        ("recipe.toml", "none.toml", r"recipe none.toml cannot be read"),
        ("data.h5", "none.h5", r"none.h5"),
    ],
)
def test_bad_scans_are_one_line(before, after, message, capsys):
    assert before in GRID
    Path("scan.toml").write_text(GRID.replace(before, after))
    assert main(["scan", "scan.toml", "--output", "out"]) == 2
    said = capsys.readouterr().err
    assert len(said.splitlines()) == 1
    assert re.search(message, said), said
    assert not Path("out").exists()


def test_a_folder_of_another_scan_is_refused(monkeypatch):
    monkeypatch.setattr(
        trials, "train", lambda *_, **__: {"epoch": 1, "kld": {"mass": 1.0, "pt": 1.0, "sum": 3.0}}
    )
    run(plan_of())
    for text in (GRID.replace("0.2]", "0.3]"), GRID.replace("recipe.toml", "paper")):
        with pytest.raises(InputError, match=r"out is the folder of another scan: (search|recipe) is not"):
            run(plan_of(text))
    Path("data.h5").unlink()
    write_pairs(Path("data.h5"), synthetic_pairs(300, 2), {})
    with pytest.raises(InputError, match="out is the folder of another scan: data is not"):
        run(plan_of())
    Path("other").mkdir()
    Path("other/notes.txt").touch()
    with pytest.raises(InputError, match="other holds other files, and is no scan"):
        scan(plan_of(), Path("other"))
    assert [path.name for path in Path("other").iterdir()] == ["notes.txt"]


def test_the_papers_grid_has_27_points():
    plan = load_plan(ROOT / "examples" / "scans" / "paper_grid.toml")
    points = [plan.recipe_at(point).loss_settings for point in plan.points()]
    assert len({(loss.beta, loss.alpha_mass, loss.alpha_pt) for loss in points}) == 27
    paper = load_recipe("paper")
    assert paper.loss_settings in points
    assert {loss.alpha_mass for loss in points} == {loss.alpha_pt for loss in points} == {0.1, 1.0, 10.0}
