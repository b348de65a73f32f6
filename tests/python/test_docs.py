"""What the documentation shows is run: every command, in order, with numbers made small."""

import io
import json
import os
import re
import shlex
import shutil
import subprocess
import sys
import sysconfig
import tomllib
from contextlib import redirect_stdout
from pathlib import Path

import delphes_trees
import pytest
from hepmc_events import write_hepmc

from pyjetsim.cli import main
from pyjetsim.io import write_pairs

ROOT = Path(__file__).resolve().parents[2]
README = ROOT / "README.md"
_CARDS = [ROOT / "docs" / "formats.md", ROOT / "docs" / "models.md"]
_OF_THE_SITE = sorted(
    page for folder in ("tutorials", "howto") for page in (ROOT / "docs" / folder).glob("*.md")
)
# What a package of the reader's own adds: written into files and installed, see below.
_OWN = [page for page in _OF_THE_SITE if 'entry-points."pyjetsim.' in page.read_text()]
_KERNEL = ROOT / "docs" / "howto" / "kernel.md"
_TO_READ = {"cpp_job.md", "flashsim.md"}
PAGES = [
    *sorted((ROOT / "docs" / "guide").glob("*.md")),
    *(page for page in _OF_THE_SITE if page not in (*_OWN, _KERNEL)),
    *_CARDS,
]
_SOURCE = tomllib.loads((ROOT / "pyproject.toml").read_text())["project"]["urls"]["Source"]
_RAW = _SOURCE.replace("https://github.com", "https://raw.githubusercontent.com")
_BLOCK = re.compile(r"^```(console|python)\n(.*?)^```", re.DOTALL | re.MULTILINE)
# Small enough for seconds, large enough that each split has jets in acceptance.
_SMALL = {"--events": "120", "--epochs": "3", "--pileup-pool": "40", "--trials": "2"}


def _blocks(page):
    return [(match[1], match[2]) for match in _BLOCK.finditer(page.read_text())]


def _commands(block, program="pyjetsim"):
    joined = block.replace("\\\n", " ")
    return [
        shlex.split(line, comments=True) for line in joined.splitlines() if line.startswith(f"{program} ")
    ]


def _small(command):
    verb, *options = command[1:]
    defaults = {
        "generate": ["--events", "--pileup-pool"],
        "train": ["--epochs"],
        "scan": ["--epochs", "--trials"],
        "quickstart": ["--events"],
    }
    for option in defaults.get(verb, []):
        if option in options:
            options[options.index(option) + 1] = _SMALL[option]
        else:
            options += [option, _SMALL[option]]
    if "--device" in options:  # a page may show a GPU
        options[options.index("--device") + 1] = "cpu"
    if verb == "evaluate" and "--run" not in options:  # only the README's report is complete
        if "--skip" in options:
            del options[options.index("--skip") : options.index("--skip") + 2]
            options = [option for option in options if option not in ("sets", "distances")]
        options += ["--skip", "trees", "sets", "distances"]
    if any("cloud" in option for option in options):
        return [verb, *options]  # they have no such cuts, and their file is small as it is
    if verb == "generate" and "--pthat-min" not in options:
        options += ["--pthat-min", "250"]
    if verb == "evaluate":
        # Three epochs of a hundred jets put no prediction above the paper's threshold.
        options += ["--selection", "all"]
    return [verb, *options]


def test_the_readme_works_as_written(readme_products):
    assert (readme_products / "report" / "index.html").is_file()


@pytest.mark.slow
@pytest.mark.usefixtures("unrendered")
@pytest.mark.parametrize("page", PAGES, ids=lambda page: page.name)
def test_a_page_works_as_written(page, tmp_path, monkeypatch, readme_products):
    monkeypatch.chdir(tmp_path)
    # A guide starts where the README ends: with its data, run and bundle.
    shutil.copytree(readme_products, tmp_path, dirs_exist_ok=True)
    if "delphes.root" in page.read_text():
        delphes_trees.write(tmp_path / "delphes.root", delphes_trees.events(40))
    _small_scan(tmp_path)
    _run(page, tmp_path)
    assert _blocks(page) or page in _CARDS or page.name in _TO_READ


@pytest.mark.parametrize("page", _OWN, ids=lambda page: page.name)
def test_a_package_of_the_readers_own_works_as_written(page, tmp_path, make_pairs):
    """Blocks that name their file in the first line are written to it; the commands run with the package."""
    for name, text in re.findall(r"^```\w+\n# (\S+)\n(.*?)^```", page.read_text(), re.DOTALL | re.MULTILINE):
        file = tmp_path / name
        file.parent.mkdir(exist_ok=True)
        file.write_text(text)
        assert not name.endswith(".py") or text.count("\n") < 60, (
            f"{page.name}: {name} is long for an example"
        )
    points = tomllib.loads((tmp_path / "pyproject.toml").read_text())["project"]["entry-points"]
    listed = [f"[{group}]\n" + "".join(f"{k} = {v}\n" for k, v in of.items()) for group, of in points.items()]
    installed = tmp_path / "mine-1.0.dist-info"
    installed.mkdir()
    (installed / "METADATA").write_text("Metadata-Version: 2.1\nName: mine\nVersion: 1.0\n")
    (installed / "entry_points.txt").write_text("".join(listed))
    write_pairs(tmp_path / "pairs.h5", make_pairs(400, 1), {})
    code = f"import sys; sys.path.insert(0, {str(tmp_path)!r})\nfrom pyjetsim.cli import main\n"
    commands = [command for _, block in _blocks(page) for command in _commands(block)]
    assert commands
    for command in commands:
        code += f"assert main({command[1:]!r}) == 0\n"
    done = subprocess.run(
        [sys.executable, "-c", code], cwd=tmp_path, capture_output=True, text=True, check=False
    )
    assert done.returncode == 0, done.stderr
    if page.name == "metric.md":
        report = json.loads((tmp_path / "report" / "report.json").read_text())
        assert report["metrics_of_others"]["mean_multiplicity"]["prediction"] > 1


def test_a_kernel_of_the_readers_own_works_as_written(tmp_path):
    text = _KERNEL.read_text()
    for name, code in re.findall(r"^```\w+\n(?://|#) (\S+)\n(.*?)^```", text, re.DOTALL | re.MULTILINE):
        file = tmp_path / name
        file.parent.mkdir(exist_ok=True)
        file.write_text(code)
        assert code.count("\n") < 60, f"{name} is long for an example"
    ((_, command),) = [block for block in _blocks(_KERNEL) if block[1].startswith("c++ ")]
    for each in (shlex.split(command), [sys.executable, "test_ptd.py"]):
        done = subprocess.run(
            each,
            cwd=tmp_path,
            env={**os.environ, "PYTHONPATH": str(tmp_path)},
            capture_output=True,
            text=True,
            check=False,
        )
        assert done.returncode == 0, done.stderr


def _small_scan(folder):
    """The example's grid of a recipe whose score exists after three epochs of a hundred jets."""
    grid = (ROOT / "examples" / "scans" / "paper_grid.toml").read_text()
    assert 'recipe = "paper"' in grid
    (folder / "examples" / "scans").mkdir(parents=True)
    (folder / "examples" / "scans" / "paper_grid.toml").write_text(grid.replace('"paper"', '"all.toml"'))
    (folder / "all.toml").write_text('[model]\nname = "vae"\n[select]\nselection = "all"\n')


def _run(page, folder):
    names: dict[str, object] = {}
    for kind, block in _blocks(page):
        if kind == "python":
            exec(compile(block, str(page), "exec"), names)
            continue
        for command in _commands(block):
            assert _succeeds(command), f"{page.name}: {shlex.join(command)}"
        for command in _commands(block, "pyjetsim-run"):
            _run_program(command)


def _run_program(command):
    program = shutil.which(command[0], path=sysconfig.get_path("scripts"))
    if program is None:
        pytest.skip("pyjetsim was built without pyjetsim-run: HDF5 was missing")
    subprocess.run([program, *command[1:]], check=True)


def _succeeds(command):
    if ">" not in command:
        return main(_small(command)) == 0
    *command, _, output = command
    printed = io.StringIO()
    with redirect_stdout(printed), pytest.raises(SystemExit) as stopped:
        main(command[1:])
    Path(output).write_text(printed.getvalue())
    return stopped.value.code == 0


@pytest.fixture(scope="module")
def readme_products(tmp_path_factory):
    """The README's commands and Python, run once; what they leave."""
    folder = tmp_path_factory.mktemp("readme")
    with pytest.MonkeyPatch.context() as patch:
        patch.chdir(folder)
        patch.setenv("XDG_CACHE_HOME", str(folder / "cache"))
        write_hepmc(folder / "events.hepmc.gz", list(range(20)))
        _run(README, folder)
    return folder


def test_the_readme_shows_every_verb():
    shown = {command[1] for _, block in _blocks(README) for command in _commands(block)}
    assert shown == {"generate", "train", "export", "simulate", "evaluate"}


def test_the_tables_come_from_the_results():
    sys.path.insert(0, str(ROOT / "tools"))
    try:
        from results_table import PAGES as with_tables
        from results_table import filled
    finally:
        sys.path.pop(0)
    for page in with_tables:
        text = page.read_text()
        assert filled(text) == text, f"{page.name}: run `python tools/results_table.py`"


def test_local_links_and_pictures_are_there():
    for page in [README, *PAGES, *_OWN, *(ROOT / "docs").rglob("*.md"), ROOT / "CONTRIBUTING.md"]:
        for link in re.findall(r"\]\(([^)#]+)(?:#[^)]*)?\)", page.read_text()):
            # The README stands on an index page too, where its links must be whole.
            if own := re.match(rf"{_SOURCE}/(?:blob|tree)/main/(.+)|{_RAW}/main/(.+)", link):
                assert (ROOT / (own[1] or own[2])).exists(), f"{page.name}: {link}"
            else:
                assert link.startswith("http") or (page.parent / link).exists(), f"{page.name}: {link}"
    assert not re.search(r"\]\((?!http|#)", README.read_text()), "README.md has a link that is not whole"
