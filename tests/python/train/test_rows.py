"""Training on a dataset: the numbers of one file, from rows that are made once."""

import json
import shutil
import sys
from importlib import import_module

import pytest

from pyjetsim.io import PairsFile, dataset, write_pairs
from pyjetsim.io.run_folder import read_log
from pyjetsim.jets.selection import Selection
from pyjetsim.models.vae import VAEConfig
from pyjetsim.tasks.constituents import Constituents
from pyjetsim.train import rows, train
from pyjetsim.train.data import prepare


def _losses(run):
    return [(entry["train"], entry["validation"], entry.get("kld")) for entry in read_log(run)]


def _train(recipe, data, run, **options):
    return train(recipe, data, run, threads=1, quiet=True, **options)


@pytest.fixture
def folder(tmp_path, data):
    dataset.split(tmp_path / "many", data, 70)
    return tmp_path / "many"


@pytest.fixture
def made(monkeypatch):
    """Which splits examples were made of."""
    seen, original = [], Constituents.examples

    def examples(self, path, split, *more):
        seen.append(split)
        return original(self, path, split, *more)

    monkeypatch.setattr(Constituents, "examples", examples)
    return seen


def test_a_training_on_a_dataset_is_that_on_one_file(tmp_path, data, folder, make_recipe, made):
    recipe = make_recipe(training={"epochs": 2})
    _train(recipe, data, tmp_path / "of-one")
    _train(recipe, folder, tmp_path / "of-many")
    assert _losses(tmp_path / "of-many") == _losses(tmp_path / "of-one")
    told = json.loads((tmp_path / "of-many" / "run.json").read_text())["data"]["provenance"]
    assert told["dataset"] == {"shards": 3, "sha256": dataset.read_index(folder).sha256}
    del made[:]
    # Another training of the same kind, and one that goes on, read the rows that are there.
    _train(make_recipe(training={"epochs": 2, "seed": 9}), folder, tmp_path / "again")
    _train(make_recipe(training={"epochs": 3}), folder, tmp_path / "of-many", resume=True)
    _train(make_recipe(training={"epochs": 3}), data, tmp_path / "of-one", resume=True)
    assert made == ["train", "validation"]  # of the one file
    assert _losses(tmp_path / "of-many") == _losses(tmp_path / "of-one")
    assert not (tmp_path / "again" / "cache").exists()
    assert len(list((folder / "rows").iterdir())) == 1
    assert dataset.verify(folder).problems == ()


def test_rows_are_made_anew_for_what_they_depend_on(tmp_path, folder, make_recipe, made):
    recipe = make_recipe(training={"epochs": 1})
    _train(recipe, folder, tmp_path / "first")
    del made[:]
    _train(make_recipe(training={"epochs": 1}, data={"selection": "all"}), folder, tmp_path / "wider")
    assert made == ["train", "validation"]
    with PairsFile(folder / "000000.h5") as file:
        pairs, provenance = file.read(), file.provenance
    pairs.event[:] += 10_000
    write_pairs(tmp_path / "more.h5", pairs, provenance)
    dataset.append(folder, [tmp_path / "more.h5"])
    del made[:]
    _train(recipe, folder, tmp_path / "longer")
    assert made == ["train", "validation"]
    assert len(list((folder / "rows").iterdir())) == 3


def test_rows_are_those_of_the_code_that_makes_them(tmp_path, folder, made, monkeypatch):
    """A package of somebody else whose model is worked on: its version says nothing."""
    code = tmp_path / "code" / "somebody_elses" / "model.py"
    code.parent.mkdir(parents=True)
    (code.parent / "__init__.py").touch()
    code.write_text("from pyjetsim.models.vae import VAE\n\n\nclass Mine(VAE):\n    first = True\n")
    monkeypatch.syspath_prepend(tmp_path / "code")
    task, selection = Constituents(), Selection(max_constituents=40)

    def places():
        model = import_module("somebody_elses.model").Mine(VAEConfig(max_constituents=40))
        prepare([folder], tmp_path / "cache", task, model, selection, False)
        return len(list((folder / "rows").iterdir()))

    assert (places(), places()) == (1, 1)
    assert made == ["train", "validation"]
    code.write_text(code.read_text().replace("True", "False"))  # the module that is imported stays as it is
    assert places() == 2
    assert made == 2 * ["train", "validation"]
    # Code without files cannot be compared: nothing is kept.
    monkeypatch.delattr(sys.modules["somebody_elses"], "__file__")
    assert places() == 2


def test_damaged_rows_are_made_anew(tmp_path, folder, make_recipe, made):
    recipe = make_recipe(training={"epochs": 1})
    _train(recipe, folder, tmp_path / "first")
    (place,) = (folder / "rows").iterdir()
    whole = (place / "train.rows").read_bytes()
    (place / "train.rows").write_bytes(whole[:-1])
    del made[:]
    _train(recipe, folder, tmp_path / "second")
    assert made == ["train", "validation"]
    assert _losses(tmp_path / "second") == _losses(tmp_path / "first")
    assert (place / "train.rows").read_bytes() == whole


def test_a_dataset_that_cannot_be_written_is_trained_on(tmp_path, folder, make_recipe, monkeypatch):
    def refuse(*_):
        raise PermissionError(13, "Permission denied")

    recipe = make_recipe(training={"epochs": 1})
    _train(recipe, folder, tmp_path / "first")
    shutil.rmtree(folder / "rows")
    monkeypatch.setattr(rows.shutil, "copyfile", refuse)
    _train(recipe, folder, tmp_path / "second")
    assert not list((folder / "rows").iterdir())
    assert _losses(tmp_path / "second") == _losses(tmp_path / "first")
