"""Cards by name, and what the provenance of a dataset tells of its detector."""

from __future__ import annotations

import json
from dataclasses import replace

import pytest
from detectors import ATLAS, CMS, CONDITIONS

from pyjetsim.detector import SHIPPED, Conditions, check_same, conditions_of, load_card, parse_card
from pyjetsim.errors import DataError, RecipeError


def _provenance(name="cms", pileup=50.0, radius=0.5, **card):
    figures = load_card(name).model_dump(mode="json")
    for where, value in card.items():
        section, figure = where.split("__")
        figures[section][figure] = value
    # As a file gives it back.
    return json.loads(
        json.dumps({"detector": figures, "pileup": {"mean": pileup}, "jets": {"radius": radius}})
    )


def test_the_atlas_like_card_has_the_figures_of_its_sources():
    card = load_card("atlas")
    assert (card.magnet.field, card.magnet.radius, card.magnet.half_length) == (2.0, 1.15, 3.51)
    assert (card.vertex.sigma_z, card.vertex.max_z) == (0.05, 0.10)
    assert card.pileup is not None
    assert card.pileup.mean == 50
    edges = card.hcal.edges()
    assert edges[:2] == pytest.approx([0.1, 0.2])
    assert edges[25:] == pytest.approx([2.6, 2.8, 3.0, 3.2, 3.3, 3.5, 3.7, 3.9, 4.1, 4.3, 4.5, 4.7, 4.9])
    assert [cells.phi_cells for cells in card.hcal.cells] == [36, 18, 36, 18]
    assert card.ecal.edges() == load_card("cms").ecal.edges()
    assert (card.ecal.resolution[0].constant, card.ecal.resolution[0].stochastic) == (0.0017, 0.101)
    assert [row.noise for row in card.hcal.resolution] == [1.59, 0, 0]
    assert card.tracks.muon.decline is None


def test_cards_have_names(tmp_path):
    assert load_card() == load_card("cms") != load_card("atlas")
    copy = tmp_path / "mine.toml"
    copy.write_text(SHIPPED["atlas"].read_text())
    assert load_card(copy) == load_card(str(copy)) == load_card("atlas")
    with pytest.raises(RecipeError, match=r"card alice cannot be read.*cms, atlas come with pyjetsim"):
        load_card("alice")


def test_a_card_comes_back_from_provenance():
    for name in SHIPPED:
        found = conditions_of(_provenance(name), "x.h5")
        assert found.card == load_card(name)
        assert found == replace(CONDITIONS[name], source="x.h5", figures=found.figures)
        assert conditions_of(found.as_provenance(), "x.h5") == found


def test_a_figure_that_provenance_lacks_is_named():
    provenance = _provenance()
    del provenance["detector"]["magnet"]["field"]
    with pytest.raises(RecipeError, match=r"card in x\.h5: magnet\.field is missing"):
        _ = conditions_of(provenance, "x.h5").card


def test_what_is_no_whole_card_is_compared_as_it_is():
    def told(**detector):
        return conditions_of({"detector": detector}, f"{detector}")

    check_same([told(experiment="CMS", era="Run 2"), told(experiment="CMS", era="Run 2")], DataError, "")
    assert "era, Run 2 and Run 3" in _differ(
        told(experiment="CMS", era="Run 2"), told(experiment="CMS", era="Run 3")
    )
    assert told(candidates={"pt_min": 0.4}).candidate_pt_min == 0.4
    assert told(candidates=5).candidate_pt_min is None


@pytest.mark.parametrize(
    "provenance", [{}, {"detector": None, "pileup": "15,000 events", "jets": "anti-kt"}, {"pileup": {}}]
)
def test_what_is_not_told_is_not_guessed(provenance):
    assert conditions_of(provenance, "x.h5") == Conditions("x.h5")


def test_a_text_is_a_name_without_figures():
    found = conditions_of({"detector": "Delphes 3.5.1, CMS card with pileup", "mean_pileup": 50}, "x.h5")
    assert found == Conditions("x.h5", "Delphes 3.5.1, CMS card with pileup", mean_pileup=50.0)
    named = found.with_card(load_card("atlas"))
    assert (named.card, named.mean_pileup) == (load_card("atlas"), 50)
    assert replace(found, mean_pileup=20.0).with_card(load_card("atlas")).mean_pileup == 20


def test_a_simulation_is_of_the_detector_that_its_model_learnt():
    for training in (
        {"conditions": ATLAS.as_provenance()},
        {"data": {"provenance": _provenance("atlas")}},
        {"data": {"provenance": {"jets": {}, "files": {"a.h5": _provenance("atlas"), "b.h5": {}}}}},
    ):
        simulated = {**_provenance("cms"), "simulation": {"training": training}}
        assert conditions_of(simulated, "x.h5").told == "ATLAS"
    from_events = {"gen_jets": {"radius": 0.8}, "simulation": {"training": {}}}
    assert conditions_of(from_events, "x.h5") == Conditions("x.h5", radius=0.8)


def test_simulated_jets_keep_their_radius_and_have_the_pileup_of_the_training():
    training = {"conditions": {"detector": "ATLAS"}, "data": {"provenance": {"mean_pileup": 34}}}
    simulated = {**_provenance("cms", 200.0, 0.8), "simulation": {"training": training}}
    assert conditions_of(simulated, "x.h5") == Conditions("x.h5", "ATLAS", None, 34.0, 0.8)
    for radius in (
        {"conditions": {"jets": {"radius": 0.4}}},
        {"data": {"provenance": _provenance(radius=0.4)}},
    ):
        assert conditions_of({"simulation": {"training": radius}}, "x.h5").radius == 0.4


def _differ(one, other, **more):
    with pytest.raises(DataError) as caught:
        check_same([one, other], DataError, "do not", **more)
    return str(caught.value)


def test_different_detectors_are_both_named():
    said = _differ(CMS, ATLAS)
    assert "cms.h5 is of detector CMS (pileup 50, R = 0.5), atlas.h5 of ATLAS (pileup 50, R = 0.5)" in said
    assert "vertex.sigma_z, 0.053 and 0.05" in said
    assert "mean pileup" in _differ(CMS, replace(CMS, mean_pileup=20.0))
    assert "differ in R" in _differ(CMS, replace(CMS, radius=0.4))
    weaker = conditions_of(_provenance(magnet__field=2.0), "weaker.h5")
    assert "magnet.field, 3.8 and 2.0" in _differ(CMS, weaker)
    assert "the detector" in _differ(Conditions("a", "ATLAS, Geant"), Conditions("b", "CMS, Geant"))


def test_the_same_figures_are_the_same_detector_whatever_it_is_called():
    renamed = parse_card({**load_card().model_dump(), "name": "my copy", "pileup": None}, "test")
    check_same([CMS, Conditions("b", mean_pileup=50.0).with_card(renamed)], DataError, "")


def test_what_one_file_does_not_tell_is_no_difference_unless_asked():
    untold = Conditions("old.h5", "Delphes")
    check_same([CMS, untold, Conditions("older.h5")], DataError, "")
    assert "only one of them tells" in _differ(CMS, untold, told=True)
    check_same([untold, Conditions("older.h5")], DataError, "", told=True)
