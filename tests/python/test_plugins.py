"""What another package adds by entry points: a task, a model, a format, a metric; and what can be wrong."""

from __future__ import annotations

import json
import shutil
import subprocess
import sys
from pathlib import Path

import h5py
import numpy as np
import pytest
from synthetic import MakePairs

from pyjetsim.evaluate.view import view_of
from pyjetsim.io import PairsFile, write_pairs
from pyjetsim.io.objects import Objects, ObjectsFile, ObjectsWriter, paired

PLUGIN = Path(__file__).parents[1] / "plugin" / "pyjetsim_momentum"
NAMES = ("pt", "eta", "phi", "mass")


def installed(folder: Path, entry_points: str, name: str = "pyjetsim-momentum", **modules: str) -> Path:
    """A folder for Python's path with a package as installers leave it: ``modules`` beside its metadata."""
    folder.mkdir(parents=True, exist_ok=True)
    metadata = folder / f"{name.replace('-', '_')}-1.2.dist-info"
    metadata.mkdir()
    (metadata / "METADATA").write_text(f"Metadata-Version: 2.1\nName: {name}\nVersion: 1.2\n")
    (metadata / "entry_points.txt").write_text(entry_points)
    for module, text in modules.items():
        (folder / f"{module}.py").write_text(text)
    return folder


@pytest.fixture(scope="module")
def site(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Where the other package is installed."""
    folder = tmp_path_factory.mktemp("site")
    shutil.copytree(PLUGIN, folder / "pyjetsim_momentum")
    return installed(folder, (PLUGIN / "entry_points.txt").read_text())


def run(*words: object, sites: tuple[Path, ...]) -> subprocess.CompletedProcess[str]:
    """The command line, with these folders on Python's path."""
    command = f"import sys; sys.path[:0] = {[str(site) for site in sites]!r}\n"
    command += "from pyjetsim.cli import main; sys.exit(main(sys.argv[1:]))"
    return subprocess.run(
        [sys.executable, "-P", "-c", command, *map(str, words)], capture_output=True, text=True, check=False
    )


def good(*words: object, site: Path) -> str:
    done = run(*words, sites=(site,))
    assert done.returncode == 0, done.stderr
    return done.stdout


@pytest.fixture(scope="module")
def chain(site: Path, make_pairs: MakePairs, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder with the second task's whole chain."""
    folder = tmp_path_factory.mktemp("chain")
    write_pairs(folder / "pairs.h5", make_pairs(3000, 1), {})
    recipe = PLUGIN / "recipe.toml"
    good(
        "train", recipe, "--data", folder / "pairs.h5", "--output", folder / "run", "--threads", 1, site=site
    )
    good("export", folder / "run", "--output", folder / "bundle", site=site)
    told = good(
        "simulate",
        folder / "pairs.h5",
        "--bundle",
        folder / "bundle",
        "--output",
        folder / "out.h5",
        site=site,
    )
    assert f"{folder / 'out.h5'}: 3000 jets of 1500 events simulated in " in told
    assert " light" in told
    return folder


def test_the_second_task_is_trained_and_exported(chain: Path) -> None:
    entries = [json.loads(line) for line in (chain / "run" / "log.jsonl").read_text().splitlines()]
    assert entries[-1]["train"]["total"] < entries[0]["train"]["total"]
    assert entries[-1]["score"]["sum"] < entries[1]["score"]["sum"] or entries[-1]["score"]["sum"] < 0.2
    manifest = json.loads((chain / "bundle" / "manifest.json").read_text())
    assert (manifest["version"], manifest["task"], manifest["model"]) == (
        3,
        "jet_momentum",
        "linear_gaussian",
    )
    assert [tensor["role"] for tensor in manifest["inputs"]] == ["condition", "noise"]
    assert list(manifest["domain"]) == ["pt", "eta"]


def test_the_second_task_simulates_what_its_model_says(chain: Path) -> None:
    import torch

    from pyjetsim.jets.event_ids import jet_ids
    from pyjetsim.jets.noise import jet_noise

    sys.path.insert(0, str(PLUGIN.parent))
    try:
        from pyjetsim_momentum.model import LinearGaussian
    finally:
        sys.path.remove(str(PLUGIN.parent))
    selected = json.loads((chain / "run" / "selection.json").read_text())["epoch"]
    content = torch.load(chain / "run" / "checkpoints" / f"epoch-{selected:04d}.pt", weights_only=True)
    model = LinearGaussian(LinearGaussian.Config())
    model.load_state_dict(content["model"])
    with PairsFile(chain / "pairs.h5") as file, ObjectsFile(chain / "out.h5") as out:
        gen, event = file.read().gen.jet, file.event
        found = out.read().matched("jets")
        assert out.task == "jet_momentum"
        assert [out.column("jets", "reco", name).unit for name in NAMES] == ["GeV", "", "rad", "GeV"]
    noise = jet_noise(1, jet_ids(len(gen), event), 4)
    with torch.no_grad():
        expected = model.eval()(torch.from_numpy(gen), torch.from_numpy(noise)).numpy()
    reco = np.stack([found.reco[name] for name in NAMES], axis=1)
    np.testing.assert_allclose(reco, expected, rtol=1e-4, atol=1e-4)
    np.testing.assert_array_equal(np.stack([found.gen[name] for name in NAMES], axis=1), gen)


def test_the_second_task_is_evaluated_by_all_that_needs_no_constituents(chain: Path, site: Path) -> None:
    with PairsFile(chain / "pairs.h5") as file:
        pairs = file.read()
    sides = [{name: side.jet[:, i] for i, name in enumerate(NAMES)} for side in (pairs.gen, pairs.reco)]
    with ObjectsWriter(chain / "target.h5", "jet_momentum", {}) as writer:
        writer.append(paired("jets", Objects(*sides, pairs.event)))
    report = chain / "report"
    good(
        "evaluate", "--target", chain / "target.h5", "--prediction", chain / "out.h5", "--output", report,
        site=site,
    )  # fmt: skip
    content = json.loads((report / "report.json").read_text())
    rows = content["metrics"]["observables"]
    assert set(rows) == set(NAMES)
    # A linear model knows how pt and eta answer; the floor is what two halves of the target score.
    assert rows["eta"]["wasserstein"]["prediction"]["over_floor"] < 2
    assert content["metrics_of_others"]["events"] == {"target": 1500, "prediction": 1500}
    assert "<html" in (report / "index.html").read_text()


def test_the_other_packages_format_is_read_for_whole_jets_too(site: Path, tmp_path: Path) -> None:
    jets = np.random.default_rng(1).normal(20, 5, (3, 8, 3))
    blocks = ["\n".join(",".join(map(str, row)) for row in jet) for jet in jets]
    (tmp_path / "jets.txt").write_text("px,py,pz\n" + "\n\n".join(blocks) + "\n")
    good("simulate", tmp_path / "jets.txt", "--bundle", "paper", "--output", tmp_path / "o.h5", site=site)
    with PairsFile(tmp_path / "o.h5") as file:
        assert len(file) == 3
        assert file.provenance["jets"] == {"source": "csv"}
    # Without the package nobody recognises it, and the reader of HepMC says so.
    alone = run(
        "simulate", tmp_path / "jets.txt", "--bundle", "paper", "--output", tmp_path / "p.h5", sites=()
    )
    assert alone.returncode == 2
    assert alone.stderr.count("\n") == 1


def test_without_the_package_its_bundle_and_files_are_told(chain: Path, tmp_path: Path) -> None:
    done = run(
        "simulate", chain / "pairs.h5", "--bundle", chain / "bundle", "--output", tmp_path / "o.h5", sites=()
    )
    assert done.returncode == 2
    assert "answers the task 'jet_momentum', which is unknown here" in done.stderr
    assert "install the package that brings the task" in done.stderr
    done = run("train", PLUGIN / "recipe.toml", "--data", "x.h5", "--output", tmp_path / "run", sites=())
    assert (done.returncode, "model.name is 'linear_gaussian'" in done.stderr) == (2, True)
    with pytest.raises(Exception, match="there is no task 'jet_momentum'"):
        view_of(chain / "out.h5", chain / "out.h5")


MODEL = "[pyjetsim.models]\n{name} = broken:Thing\n"
WRONG = {
    "cannot be imported": (
        "raise ValueError('no such\\nthing')\n",
        "cannot be imported: ValueError: no such ",
    ),
    "is not there": ("", "cannot be imported: AttributeError: "),
    "is no model": ("Thing = 5\n", "is 5 (an entry point of pyjetsim.models names a model)"),
    "says no protocol": (
        "from pyjetsim.models import JetModel\nclass Thing(JetModel): pass\n",
        "names no protocol, this pyjetsim has protocol 1",
    ),
    "is of another protocol": (
        "from pyjetsim.models import JetModel\nclass Thing(JetModel): protocol = 7\n",
        "was written for protocol 7, this pyjetsim has protocol 1",
    ),
}


@pytest.mark.parametrize(("text", "message"), WRONG.values(), ids=WRONG)
def test_a_plugin_that_cannot_be_used(tmp_path: Path, text: str, message: str) -> None:
    site = installed(tmp_path / "site", MODEL.format(name="thing"), broken=text)
    (tmp_path / "r.toml").write_text('[model]\nname = "thing"\n')
    words = ("--data", tmp_path / "x.h5", "--output", tmp_path / "run")
    done = run("train", tmp_path / "r.toml", *words, sites=(site,))
    assert done.returncode == 2
    assert f"the model 'thing' of pyjetsim-momentum 1.2 {message}" in done.stderr
    assert done.stderr.count("\n") == 1
    # Who does not ask for it is not disturbed.
    assert run("train", "--print-recipe", "paper", sites=(site,)).returncode == 0


def test_names_that_are_taken(tmp_path: Path) -> None:
    ours = installed(tmp_path / "a", MODEL.format(name="vae"), broken="")
    done = run("train", "paper", "--data", "x.h5", "--output", tmp_path / "run", sites=(ours,))
    assert (done.returncode, done.stderr.count("\n")) == (2, 1)
    assert "the model 'vae' is registered by pyjetsim and by pyjetsim-momentum 1.2" in done.stderr
    both = tuple(
        installed(tmp_path / name, MODEL.format(name="thing"), name, broken="") for name in ("one", "two")
    )
    (tmp_path / "r.toml").write_text('[model]\nname = "thing"\n')
    done = run("train", tmp_path / "r.toml", "--data", "x.h5", "--output", tmp_path / "run", sites=both)
    assert "the model 'thing' is registered by one 1.2 and by two 1.2" in done.stderr


@pytest.mark.parametrize(
    ("damage", "message"),
    [
        (lambda file: file.attrs.update(version=9), "version is 9, not 1"),
        (lambda file: file.attrs.update(format="other"), "format is 'other'"),
        (lambda file: file.attrs.pop("task"), "task is missing"),
        (lambda file: file["jets/reco/pt"].resize(2, axis=0), "every object has one value"),
        (lambda file: file["events"].pop("event"), "the file is damaged"),
    ],
)
def test_damaged_tables_are_told(chain: Path, tmp_path: Path, damage, message: str) -> None:
    from pyjetsim.errors import DataError

    copy = Path(shutil.copy(chain / "out.h5", tmp_path / "copy.h5"))
    with h5py.File(copy, "r+") as file:
        damage(file)
    with pytest.raises(DataError, match=message):
        ObjectsFile(copy)
