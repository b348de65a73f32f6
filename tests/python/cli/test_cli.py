"""The command line: one clear line for every mistake, exit code 2, and quick help."""

import contextlib
import importlib
import signal
import subprocess
import sys
import threading

import pytest

from pyjetsim import __version__
from pyjetsim.cli import main
from pyjetsim.cli.main import VERBS
from pyjetsim.io import write_pairs


def _fails(capsys, *arguments):
    code = main(arguments)
    err = capsys.readouterr().err
    assert code == 2
    assert err.count("\n") == 1
    assert err.startswith("pyjetsim: ")
    assert " (" in err
    assert "): " in err
    return err


MISTAKES = {
    "no verb": ([], "VERB"),
    "unknown verb": (["generat"], "generat"),
    "missing option": (["generate", "--process", "ww"], "--events"),
    "negative events": (["generate", "--process", "ww", "--events", "-5", "--output", "x.h5"], "-5"),
    "unknown preset": (["generate", "--process", "zz", "--events", "5", "--output", "x.h5"], "'zz'"),
    "unknown recipe": (["train", "papr", "--data", "x.h5", "--output", "run"], "papr"),
    "missing data": (["train", "paper", "--data", "none.h5", "--output", "run"], "none.h5 is not there"),
    "missing run": (["export", "none", "--output", "bundle"], "none"),
    "missing bundle": (["simulate", "x.h5", "--bundle", "none", "--output", "y.h5"], "none"),
    "empty output": (
        ["generate", "--process", "ww", "--events", "5", "--output", ""],
        "--output: the name is",
    ),
    "empty recipe": (["train", "", "--data", "x.h5", "--output", "run"], "recipe: the name is empty"),
    "empty data": (["train", "paper", "--data", "", "--output", "run"], "--data: the name is empty"),
    "empty run": (["export", "", "--output", "bundle"], "run: the name is empty"),
    "empty target": (
        ["evaluate", "--target", "", "--prediction", "p", "--output", "r"],
        "--target: the name",
    ),
    "empty folder": (["quickstart", "--output", ""], "--output: the name is empty"),
    "missing target": (
        ["evaluate", "--target", "none.h5", "--prediction", "p.h5", "--output", "report"],
        "none.h5 is not there",
    ),
    "unknown selection": (
        ["evaluate", "--target", "t.h5", "--prediction", "p.h5", "--output", "r", "--selection", "x"],
        "selection",
    ),
}


@pytest.mark.parametrize("mistake", MISTAKES)
def test_a_mistake_is_one_line_and_leaves_nothing(mistake, capsys, tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    arguments, message = MISTAKES[mistake]
    assert message in _fails(capsys, *arguments)
    assert not list(tmp_path.rglob("*.h5")) + list(tmp_path.rglob("manifest.json"))


def test_training_on_a_truncated_file_is_one_line(capsys, tmp_path, make_pairs):
    path = tmp_path / "x.h5"
    write_pairs(path, make_pairs(20, 1), {})
    path.write_bytes(path.read_bytes()[:9000])
    assert "x.h5" in _fails(capsys, "train", "paper", "--data", str(path), "--output", str(tmp_path / "run"))


def test_an_interrupt_is_one_line(capsys, monkeypatch):
    def interrupted(*_, **__):
        raise KeyboardInterrupt

    monkeypatch.setattr("pyjetsim.train.load_recipe", interrupted)
    assert "interrupted" in _fails(capsys, "train", "paper", "--data", "x.h5", "--output", "run")


TINY = """[model]
name = "vae"
channels = [4, 4, 8]
hidden = 16
latent = 3
[training]
epochs = 2
[select]
every = 1
selection = "all"
"""


@pytest.mark.parametrize("after", [0, 1])
def test_an_interrupted_training_says_how_to_go_on(after, capsys, monkeypatch, tmp_path, make_pairs):
    from pyjetsim.train import loop

    train_epoch, run = loop.train_epoch, tmp_path / "my run"

    def interrupted(*arguments):
        if arguments[4] > after:
            raise KeyboardInterrupt
        return train_epoch(*arguments)

    monkeypatch.setattr(loop, "train_epoch", interrupted)
    (tmp_path / "tiny.toml").write_text(TINY)
    write_pairs(tmp_path / "x y.h5", make_pairs(400, 1), {})
    words = ["train", str(tmp_path / "tiny.toml"), "--data", str(tmp_path / "x y.h5"), "--output", str(run)]
    told = _fails(capsys, *words)
    again = [*words, "--resume"]
    if after:
        assert told.endswith("(the finished epochs are kept): run the same command with --resume to go on\n")
    else:
        assert "before its first epoch ended (nothing was finished, and nothing is kept)" in told
        assert "without --resume" in told
        assert not run.exists()
        assert "my run is not there (--resume goes on" in _fails(capsys, *again)
        again = words
    monkeypatch.undo()
    assert main(again) == 0
    # As a shell takes it.
    assert f"next: pyjetsim export '{run}' --output" in capsys.readouterr().out


def test_files_of_another_kind_are_told_in_their_own_words(capsys, monkeypatch, tmp_path, make_pairs):
    monkeypatch.chdir(tmp_path)
    write_pairs(tmp_path / "x.h5", make_pairs(4, 1), {})
    (tmp_path / "x.hepmc").write_text(
        "HepMC::Version 3.02.05\nHepMC::Asciiv3-START_EVENT_LISTING\nE 8 0 1\nU GEV MM\n"
        "P 1 0 211 200 1 2 201 0.139 1\n"
    )
    (tmp_path / "full").mkdir()
    (tmp_path / "full" / "notes.txt").write_text("mine")
    (tmp_path / "bundle").mkdir()
    (tmp_path / "bundle" / "manifest.json").write_text("{}")
    train = ["train", "paper", "--data", "x.h5", "--output"]
    for words, message in (
        (
            ["train", "x.h5", "--data", "x.h5", "--output", "run"],
            "recipe x.h5 is no text (a recipe is a text",
        ),
        (["train", "paper", "--data", "x.hepmc", "--output", "run"], "x.hepmc is a HepMC3 file (it has"),
        (["train", "paper", "--data", "full", "--output", "run"], "full is a folder (pairs of jets are read"),
        ([*train, "run", "--detector", "x.h5"], "detector card x.h5 is no text"),
        ([*train, "x.hepmc"], "x.hepmc is a file, and is no run (a run is a folder): choose another name"),
        ([*train, "x.hepmc/run"], "x.hepmc is a file (what was there"),
        ([*train, "full"], "full holds other files, and is no run"),
        ([*train, "run", "--resume"], "run is not there (--resume goes on"),
        (["export", "none", "--output", "b"], "none is not there (a model is taken from"),
        (["export", "x.h5", "--output", "b"], "x.h5 is a file, and is no run (a model is taken from"),
        (["export", "full", "--output", "b"], "full is no run: it has no checkpoints/last.pt"),
        (["export", "bundle", "--output", "b"], "bundle is a bundle, and is no run"),
        (["evaluate", "--target", "x.hepmc", "--prediction", "x.h5", "--output", "r"], "x.hepmc is a HepMC3"),
    ):
        told = _fails(capsys, *words)
        assert message in told
        assert "rrno" not in told
    assert sorted(entry.name for entry in tmp_path.rglob("*")) == [
        "bundle", "full", "manifest.json", "notes.txt", "x.h5", "x.hepmc",
    ]  # fmt: skip


@pytest.mark.parametrize(
    "verb", ["generate", "convert", "train", "evaluate", "export", "simulate", "quickstart"]
)
def test_every_verb_has_help(verb, capsys):
    with pytest.raises(SystemExit) as stopped:
        main([verb, "--help"])
    assert stopped.value.code == 0
    assert f"pyjetsim {verb}" in capsys.readouterr().out


def test_help_needs_nothing_heavy():
    code = (
        "import sys; from pyjetsim.cli import main\n"
        "try: main(['--help'])\nexcept SystemExit: pass\n"
        "heavy = 'torch', 'matplotlib', 'pythia8mc', 'fastjet', 'onnxruntime', 'awkward'\n"
        "print([module for module in heavy if module in sys.modules])"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout.splitlines()[-1] == "[]"


def test_the_module_runs_too():
    done = subprocess.run(
        [sys.executable, "-m", "pyjetsim", "--version"], capture_output=True, text=True, check=True
    )
    assert done.stdout.strip() == f"pyjetsim {__version__}"


@pytest.mark.parametrize(
    ("arguments", "reader"),
    [
        (["generate", "--print-detector"], "pyjetsim.detector.card:load_card"),
        (["generate", "--print-detector", "atlas"], "pyjetsim.detector.card:load_card"),
        (["train", "--print-recipe", "paper"], "pyjetsim.train.recipe:load_recipe"),
    ],
)
def test_what_is_printed_to_copy_can_be_read_again(arguments, reader, capsys, tmp_path):
    with pytest.raises(SystemExit) as stopped:
        main(arguments)
    assert stopped.value.code == 0
    copy = tmp_path / "mine.toml"
    copy.write_text(capsys.readouterr().out)
    module, function = reader.split(":")
    load = getattr(importlib.import_module(module), function)
    assert load(copy) == load(arguments[2] if len(arguments) > 2 else None)


def test_what_is_not_shipped_cannot_be_printed(capsys):
    assert "no shipped recipe 'papr'" in _fails(capsys, "train", "--print-recipe", "papr")
    said = _fails(capsys, "generate", "--print-detector", "alice")
    assert "no shipped detector 'alice'" in said
    assert "use one of atlas, cms" in said


def test_an_interrupt_that_was_lost_is_no_success(capsys, monkeypatch):
    """What is raised in a destructor goes nowhere."""

    def loses(*_, **__):
        with contextlib.suppress(KeyboardInterrupt):
            signal.raise_signal(signal.SIGTERM)

    monkeypatch.setattr("pyjetsim.simulate.simulate", loses)
    command = ["simulate", "in.h5", "--bundle", "b", "--output", "out.h5"]
    assert "interrupted" in _fails(capsys, *command)
    monkeypatch.setattr("pyjetsim.simulate.simulate", lambda *_, **__: "done")
    assert main(command) == 0


@pytest.mark.parametrize("signum", [signal.SIGINT, signal.SIGTERM])
def test_signals_are_answered_while_a_command_runs_and_given_back(capsys, monkeypatch, signum):
    before = signal.getsignal(signum)
    monkeypatch.setattr("pyjetsim.simulate.simulate", lambda *_, **__: signal.raise_signal(signum))
    assert "interrupted" in _fails(capsys, "simulate", "in.h5", "--bundle", "b", "--output", "out.h5")
    assert signal.getsignal(signum) is before


def test_it_runs_outside_the_main_thread(monkeypatch):
    codes = []
    monkeypatch.setattr("pyjetsim.simulate.simulate", lambda *_, **__: "done")
    command = ["simulate", "in.h5", "--bundle", "b", "--output", "out.h5"]
    thread = threading.Thread(target=lambda: codes.append(main(command)))
    thread.start()
    thread.join()
    assert codes == [0]


@pytest.mark.parametrize(
    ("option", "value", "message"),
    [
        (
            "--split",
            "tset",
            "--split is 'tset' (it is one of train, validation, test, all): did you mean test?",
        ),
        ("--seed", "1.5", "argument --seed: '1.5' is not a whole number ("),
        ("--threads", "x", "argument --threads: 'x' is not a whole number ("),
        ("--gen-pt-min", "x", "argument --gen-pt-min: 'x' is not a number of at least 0 ("),
    ],
)
def test_options_that_are_no_numbers(capsys, option, value, message):
    assert main(["simulate", "in.h5", "--output", "out.h5", option, value]) == 2
    assert capsys.readouterr().err.startswith(f"pyjetsim: {message}")


@pytest.mark.parametrize("verb", VERBS)
def test_help_tells_defaults_that_there_are(verb, capsys):
    with pytest.raises(SystemExit):
        main([verb, "--help"])
    told = " ".join(capsys.readouterr().out.split())
    assert "default: None" not in told
    assert "default: False" not in told
    assert "default: []" not in told
