"""What help says: examples that parse, and defaults of the code; the nearest name for a mistake."""

from __future__ import annotations

import os
import pty
import re
import shlex
import shutil
import subprocess
import sys
import sysconfig
from pathlib import Path

import pytest
from synthetic import MakePairs

from pyjetsim._utils.shipped import shipped_files
from pyjetsim.cli import main
from pyjetsim.cli.main import VERBS, build_parser
from pyjetsim.inspection.doctor import versions
from pyjetsim.io import write_pairs


def _help(capsys: pytest.CaptureFixture[str], *words: str) -> str:
    with pytest.raises(SystemExit) as stopped:
        main([*words, "--help"])
    assert stopped.value.code == 0
    return capsys.readouterr().out


@pytest.mark.parametrize("verb", VERBS)
def test_examples_of_a_verb_are_commands(verb: str, capsys: pytest.CaptureFixture[str]) -> None:
    examples = _help(capsys, verb).partition("\nexamples:\n")[2].splitlines()
    assert examples
    for example in examples:
        command = shlex.split(example.rpartition("|")[2].partition(" > ")[0])
        assert command[:2] == ["pyjetsim", verb]
        if not any(word.startswith("--print-") for word in command):
            build_parser().parse_args(command[1:])


def test_generate_names_what_there_is(capsys: pytest.CaptureFixture[str]) -> None:
    from pyjetsim.generate.pool import POOL_SIZE
    from pyjetsim.generate.pythia import PRESETS
    from pyjetsim.generate.settings import DEFAULTS

    told = " ".join(_help(capsys, "generate").split())
    assert f"--process NAME {', '.join(PRESETS)}, or a PYTHIA" in told
    assert f"--pileup-pool N minimum-bias events to draw from (default: {POOL_SIZE})" in told
    for option, name in (
        ("--gen-pt-min", "gen_pt_min"),
        ("--gen-eta-max", "gen_eta_max"),
        ("--reco-pt-min", "reco_pt_min"),
        ("--radius", "radius"),
    ):
        said = told.rpartition(f" {option} ")[2].partition(" --")[0]
        assert f"(default: {DEFAULTS['jets'][name]:g}, of objects {DEFAULTS['objects'][name]:g})" in said


def test_names_that_come_with_the_package_are_all_told(capsys: pytest.CaptureFixture[str]) -> None:
    said = " ".join(_help(capsys, "train").split()).partition("shipped recipe: ")[2].partition(" options:")[0]
    assert sorted(said.split(", ")) == list(shipped_files("recipe"))
    said = " ".join(_help(capsys, "generate").split()).partition("a detector card: ")[2]
    for card in shipped_files("detector"):
        assert f"{card}, " in said.partition("or a TOML")[0]


@pytest.mark.parametrize(
    ("words", "said"),
    [
        (["simulat", "x"], "no verb simulat (the command cannot be understood): did you mean simulate? "),
        (["zzz"], "there is no verb zzz (the command cannot be understood): `pyjetsim --help` lists all\n"),
        (["simulate", "x", "--ouput", "y"], "there is no option --ouput (the command cannot be understood): "
         "did you mean --output? `pyjetsim simulate --help` lists all\n"),
        (["simulate", "x", "--trheads=3"], "did you mean --threads? "),
        (["simulate", "x", "--zzz"], "--zzz (the command cannot be understood): `pyjetsim simulate --help`"),
        (["--verion"], "did you mean --version? `pyjetsim --help` lists all"),
        (["--print-completion", "bsh"], "did you mean bash?"),
    ],
)  # fmt: skip
def test_the_nearest_name(words: list[str], said: str, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(words) == 2
    told = capsys.readouterr()
    assert not told.out
    assert told.err.count("\n") == 1
    assert said in told.err


def test_values_and_files_that_look_like_options_are_none() -> None:
    """Behind ``--`` all words are names, and options may be shortened."""
    options = build_parser().parse_args(["simulate", "--out", "y.h5", "--", "--zzz"])
    assert str(options.source) == "--zzz"
    assert str(options.output) == "y.h5"


def test_pyjetsim_run_has_no_option_of_its_own(capsys: pytest.CaptureFixture[str]) -> None:
    program = shutil.which("pyjetsim-run", path=sysconfig.get_path("scripts"))
    if program is None:
        pytest.skip("pyjetsim was built without pyjetsim-run: HDF5 was missing")
    said = subprocess.run([program, "--help"], capture_output=True, text=True, check=True).stdout
    theirs = re.findall(r"^  --([a-z-]+) +([A-Z]*)", said, re.MULTILINE)
    assert len(theirs) > 10
    ours = _help(capsys, "simulate")
    for name, unit in theirs:
        if name != "help":
            assert re.search(rf"^  --{name}{f' {unit}' if unit else ''}\b", ours, re.MULTILINE), name


@pytest.mark.parametrize("shell", ["bash", "zsh"])
def test_completion(shell: str, capsys: pytest.CaptureFixture[str], tmp_path: Path) -> None:
    with pytest.raises(SystemExit) as stopped:
        main(["--print-completion", shell])
    assert stopped.value.code == 0
    script = capsys.readouterr().out
    for verb in VERBS:
        assert verb in script
    if shutil.which(shell) is None:
        pytest.skip(f"{shell} is not installed")
    (tmp_path / "completion").write_text(script)
    subprocess.run([shell, "-n", tmp_path / "completion"], check=True)
    if shell == "bash":
        (tmp_path / "gen.h5").touch()
        assert _completed(tmp_path, "pyjetsim", "simu") == ["simulate"]
        assert _completed(tmp_path, "pyjetsim", "simulate", "--over") == ["--oversample"]
        assert _completed(tmp_path, "pyjetsim", "simulate", "--split", "te") == ["test"]
        assert _completed(tmp_path, "pyjetsim", "simulate", "ge") == ["gen.h5"]
        assert _completed(tmp_path, "pyjetsim", "simulate", "gen.h5", "--bundle", "ce") == [
            "cells",
            "cells-1",
        ]
        assert _completed(tmp_path, "pyjetsim", "train", "pap") == ["paper"]


def _completed(folder: Path, *words: str) -> list[str]:
    """What bash offers for the last word, with the script ``completion`` in the folder."""
    code = (
        "source ./completion; COMP_WORDS=(" + " ".join(map(shlex.quote, words)) + "); "
        f"COMP_CWORD={len(words) - 1}; _shtab_pyjetsim; printf '%s\\n' \"${{COMPREPLY[@]}}\""
    )
    done = subprocess.run(["bash", "-c", code], cwd=folder, capture_output=True, text=True, check=True)
    return sorted(set(done.stdout.split()))


def test_versions_of_the_parts(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["doctor", "--versions"]) == 0
    told = dict(line.split(" ", 1) for line in capsys.readouterr().out.splitlines())
    assert told == versions()
    assert list(told)[:3] == ["pyjetsim", "Python", "libpyjetsim"]
    assert told["pyjetsim"].startswith(told["libpyjetsim"])
    assert {"numpy", "onnxruntime", "torch", "scikit-learn"} <= set(told)


@pytest.mark.parametrize(("no_color", "terminal"), [(False, True), (True, True), (False, False)])
def test_colour_is_for_terminals_that_want_it(
    no_color: bool, terminal: bool, tmp_path: Path, make_pairs: MakePairs
) -> None:
    """The table of convert, and its progress: rich writes both."""
    write_pairs(tmp_path / "x.h5", make_pairs(20, 1), {})
    command = [sys.executable, "-P", "-m", "pyjetsim", "convert", "x.h5", "--output", "y.parquet"]
    environment = {**os.environ, "TERM": "xterm-256color"}
    environment.pop("NO_COLOR", None)
    if no_color:
        environment["NO_COLOR"] = "1"
    if terminal:
        leader, follower = pty.openpty()
        subprocess.run(command, cwd=tmp_path, env=environment, stdout=follower, stderr=follower, check=True)
        os.close(follower)
        told = b""
        while True:
            try:
                more = os.read(leader, 65536)
            except OSError:
                break
            told += more
        os.close(leader)
    else:
        told = subprocess.run(command, cwd=tmp_path, env=environment, capture_output=True, check=True).stdout
    assert b"kept" in told
    colours = re.findall(rb"\x1b\[(?:\d+;)*(?:3[0-9]|9[0-7]|38;[0-9;]*)m", told)
    assert bool(colours) == (terminal and not no_color), told
    if not terminal:
        assert b"\x1b" not in told
