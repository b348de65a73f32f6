"""Which detector a training takes: told by the data, named where they do not tell, never two at once."""

from __future__ import annotations

import json

import pytest
from detectors import ATLAS, CMS

from pyjetsim.cli import main
from pyjetsim.detector import load_card
from pyjetsim.errors import RecipeError, TrainingError
from pyjetsim.io import write_pairs
from pyjetsim.train import load_model, train
from pyjetsim.train.checkpoint import Checkpoint
from pyjetsim.train.conditions import training_conditions
from pyjetsim.train.recipe import parse_recipe

DELPHES = {"detector": "Delphes 3.5.1, CMS card with pileup", "jets": {"radius": 0.5}}


@pytest.fixture
def write(tmp_path, make_pairs):
    def written(name, provenance, n=4):
        write_pairs(tmp_path / name, make_pairs(n, 1), provenance)
        return tmp_path / name

    return written


def test_data_tell_their_detector(write, make_recipe):
    files = [write("a.h5", ATLAS.as_provenance()), write("b.h5", ATLAS.as_provenance())]
    found = training_conditions(make_recipe(), files)
    assert found.card == load_card("atlas")
    assert (found.mean_pileup, found.radius) == (50, 0.5)
    assert found.source == f"{files[0]}, {files[1]}"
    # To name it all the same is no harm.
    assert training_conditions(make_recipe(data={"detector": "atlas"}), files) == found


def test_data_of_two_detectors_are_refused_with_both_named(write, make_recipe):
    files = [write("a.h5", ATLAS.as_provenance()), write("c.h5", CMS.as_provenance())]
    with pytest.raises(TrainingError, match=r"a\.h5 is of detector ATLAS .*c\.h5 of CMS .*--mix-detectors"):
        training_conditions(make_recipe(), files)
    mixed = training_conditions(make_recipe(data={"mix_detectors": True}), files)
    assert mixed.figures is None
    mixed = training_conditions(make_recipe(data={"mix_detectors": True, "detector": "cms"}), files)
    assert mixed.card == load_card("cms")
    alike = training_conditions(make_recipe(data={"mix_detectors": True}), files[:1])
    assert alike.card == load_card("atlas")


def test_data_that_do_not_tell_take_the_named_one(write, make_recipe):
    untold, told = write("d.h5", DELPHES), write("c.h5", CMS.as_provenance())
    assert training_conditions(make_recipe(), [untold]).figures is None
    found = training_conditions(make_recipe(data={"detector": "cms"}), [untold])
    assert (found.card, found.mean_pileup) == (load_card("cms"), 50)
    with pytest.raises(TrainingError, match="which only one of them tells"):
        training_conditions(make_recipe(), [untold, told])
    assert training_conditions(make_recipe(data={"detector": "cms"}), [untold, told]).told == "CMS"


def test_a_named_detector_is_not_put_in_the_place_of_the_datas(write, make_recipe):
    with pytest.raises(TrainingError, match=r"a\.h5 is of detector ATLAS .*the card cms that is named"):
        training_conditions(make_recipe(data={"detector": "cms"}), [write("a.h5", ATLAS.as_provenance())])


def test_pileup_is_the_datas_own_and_the_same_in_all(write, make_recipe):
    few = write("few.h5", {**CMS.as_provenance(), "pileup": {"mean": 20.0}})
    assert training_conditions(make_recipe(data={"detector": "cms"}), [few]).mean_pileup == 20
    with pytest.raises(TrainingError, match="mean pileup"):
        training_conditions(make_recipe(), [few, write("c.h5", CMS.as_provenance())])


def test_the_named_detector_says_the_pileup_of_data_that_tell_the_rest(write, make_recipe):
    told = ATLAS.as_provenance()
    data = [write("a.h5", {name: told[name] for name in ("detector", "jets")})]
    assert training_conditions(make_recipe(), data).mean_pileup is None
    found = training_conditions(make_recipe(data={"detector": "atlas"}), data)
    assert (found.card, found.mean_pileup) == (load_card("atlas"), 50)
    with pytest.raises(TrainingError, match=r"a\.h5 is of detector ATLAS .*the card cms that is named"):
        training_conditions(make_recipe(data={"detector": "cms"}), data)


def test_a_figure_that_cells_needs_is_named_in_one_line(write, tmp_path, make_recipe, capsys):
    figures = load_card().model_dump(mode="json")
    del figures["hcal"]["cells"]
    data = write("x.h5", {**CMS.as_provenance(), "detector": figures}, 40)
    assert main(["train", "cells", "--data", str(data), "--output", str(tmp_path / "run")]) == 2
    said = capsys.readouterr().err
    assert said.count("\n") == 1
    assert "x.h5: hcal.cells is missing" in said
    assert not (tmp_path / "run").exists()
    # Who does not need it does not ask for it.
    train(make_recipe(training={"epochs": 1}), data, tmp_path / "other", quiet=True)


def test_cells_without_a_detector_say_what_to_do(write, tmp_path, capsys):
    data = write("d.h5", DELPHES, 40)
    assert main(["train", "cells", "--data", str(data), "--output", str(tmp_path / "run")]) == 2
    assert "--detector cms, atlas or a card of your own" in capsys.readouterr().err


def test_the_detector_travels_to_run_and_checkpoint(write, tmp_path):
    data = write("a.h5", ATLAS.as_provenance(), 60)
    recipe = parse_recipe(
        {
            "model": {"name": "cells", "width": 8},
            "data": {"selection": "all"},
            "training": {"epochs": 1},
            "select": {"selection": "all"},
        },
        "test",
    )
    train(recipe, data, tmp_path / "run", quiet=True)
    model, checkpoint = load_model(tmp_path / "run")
    assert model.known.detector.name == "ATLAS"
    assert model.known.detector.field == 2.0
    for told in (checkpoint.training_provenance, json.loads((tmp_path / "run" / "run.json").read_text())):
        assert told["conditions"] == json.loads(json.dumps(ATLAS.as_provenance()))
        assert told["recipe"]["model"]["detector"]["half_length"] == 3.51
    # Going on takes the same detector, and no other.
    train(recipe.with_epochs(1), data, tmp_path / "run", resume=True, quiet=True)
    other = write("c.h5", CMS.as_provenance(), 60)
    longer = recipe.with_epochs(2)
    with pytest.raises(TrainingError, match=r"model\.detector"):
        train(longer, other, tmp_path / "run", resume=True, quiet=True)


def test_a_bundles_radius_is_the_datas_then_the_recipes():
    def radius(data, model):
        return Checkpoint(1, {"model": model}, {}, None, {}, {"data": {"provenance": data}}).radius

    assert radius({"jets": {"radius": 0.4}, "files": {}}, {"radius": 0.8}) == 0.4
    assert radius({"jets": "anti-kt R=0.5"}, {"radius": 0.8}) == 0.8
    assert radius({}, {"radius": None}) == radius({}, {}) == 0.5


def test_a_card_that_cannot_be_read_is_named(write, make_recipe):
    with pytest.raises(RecipeError, match=r"card none\.toml cannot be read"):
        training_conditions(make_recipe(data={"detector": "none.toml"}), [write("d.h5", DELPHES)])
