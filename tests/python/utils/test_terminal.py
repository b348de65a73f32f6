"""Text goes out whatever the encoding of the terminal, the pipe and the locale."""

from __future__ import annotations

import io
import os
import subprocess
import sys
from pathlib import Path

import pytest
from synthetic import MakePairs

from pyjetsim._utils.terminal import any_text
from pyjetsim.io import write_pairs

ENVIRONMENTS = {
    "ascii": {"PYTHONIOENCODING": "ascii"},
    "C by the letter": {"LC_ALL": "C", "PYTHONUTF8": "0", "PYTHONCOERCECLOCALE": "0"},
}


def run(
    environment: dict[str, str], *arguments: str | bytes, folder: Path
) -> subprocess.CompletedProcess[bytes]:
    kept = {name: value for name, value in os.environ.items() if not name.startswith(("LC_", "LANG"))}
    return subprocess.run(
        [sys.executable, "-P", "-W", "ignore", "-m", "pyjetsim", *arguments],
        cwd=folder,
        env={**kept, **environment},
        capture_output=True,
        check=False,
    )


@pytest.fixture(scope="module")
def folder(make_pairs: MakePairs, tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("täxt")
    write_pairs(folder / "jets.h5", make_pairs(300, 1), {"jets": {"radius": 0.5}})
    return folder


@pytest.mark.parametrize("environment", ENVIRONMENTS.values(), ids=ENVIRONMENTS)
def test_every_verb_names_any_file(folder: Path, environment: dict[str, str]) -> None:
    name = f"é Δ {sorted(environment.items())}"
    commands = (
        ("simulate", "jets.h5", "--bundle", "paper", "--output", f"{name}.h5"),
        (
            *("evaluate", "--target", "jets.h5", "--prediction", f"{name}.h5", "--selection", "all"),
            *("--output", f"{name} report", "--json", f"{name}.json", "--skip", "trees", "sets", "distances"),
        ),
        (
            *("train", "quickstart", "--data", f"{name}.h5", "--output", f"{name} run"),
            *("--epochs", "1", "--threads", "1"),
        ),
        ("export", f"{name} run", "--output", f"{name} bundle"),
        ("simulate", "jets.h5", "--bundle", f"{name} bundle", "--output", f"{name} again.h5"),
        ("train", "--print-recipe", "masked_vae"),
        ("evaluate", "--help"),
    )
    for command in commands:
        # In the bytes of UTF-8, as a shell gives them.
        done = run(environment, *map(str.encode, command), folder=folder)
        assert done.returncode == 0, (command, done.stderr)
        assert b"Traceback" not in done.stderr
    for made in (f"{name} report/index.html", f"{name} bundle/manifest.json", f"{name} again.h5"):
        assert (folder / made).is_file()
    missing = run(environment, b"simulate", "fehlt é.h5".encode(), b"--output", b"x.h5", folder=folder)
    assert missing.returncode == 2
    assert missing.stderr.startswith(b"pyjetsim: fehlt ")
    assert missing.stderr.count(b"\n") == 1


def test_what_an_encoding_lacks_is_spelt(monkeypatch: pytest.MonkeyPatch) -> None:
    written = io.BytesIO()
    stream = io.TextIOWrapper(written, encoding="ascii", errors="strict")
    monkeypatch.setattr(sys, "stdout", stream)
    with any_text():
        print("0.5 ± 0.1 – r²: é, \udce9 and \U0001f600")
    assert stream.errors == "strict"
    stream.flush()
    assert written.getvalue() == b"0.5 +- 0.1 - r2: \\xe9, \xe9 and \\U0001f600\n"
    with pytest.raises(UnicodeEncodeError):
        print("é")


def test_streams_that_are_no_files_are_left_alone(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sys, "stdout", io.StringIO())
    monkeypatch.setattr(sys, "stderr", None)
    with any_text():
        print("é")
