"""The detector card: shipped figures, and every way a user's card can be wrong."""

from __future__ import annotations

import tomllib
from importlib.resources import files
from pathlib import Path

import pytest

from pyjetsim.errors import RecipeError
from pyjetsim.generate import load_card

CARDS = {name: files("pyjetsim.detector").joinpath(f"{name}.toml").read_text() for name in ("cms", "atlas")}
SHIPPED = CARDS["cms"]


def test_shipped_card_has_the_figures_of_the_reference_detector() -> None:
    card = load_card()
    assert (card.magnet.field, card.magnet.radius, card.magnet.half_length) == (3.8, 1.29, 3.0)
    ecal, hcal = card.ecal.edges(), card.hcal.edges()
    assert ecal[0] == pytest.approx(0.0174)
    assert ecal[169] == 2.958
    assert ecal[170:172] == [3.125, 3.3]
    assert ecal[-1] == 5.0
    assert hcal[0] == pytest.approx(0.087)
    assert hcal[18:20] == [1.653, 1.74]
    assert hcal[-3:] == [4.525, 4.7, 5.0]
    assert card.tracks.muon.decline is not None


def test_a_copy_of_the_card_is_the_same_detector(tmp_path: Path) -> None:
    path = tmp_path / "my.toml"
    path.write_text(SHIPPED)
    assert load_card(path) == load_card()


@pytest.mark.parametrize("card", CARDS)
def test_every_figure_is_needed(tmp_path: Path, card: str) -> None:
    """Take away the lines one by one; each time the card names what is missing."""
    path = tmp_path / "my.toml"
    lines = CARDS[card].splitlines()
    taken = 0
    for number, line in enumerate(lines):
        name = line.split("=")[0].strip()
        if "=" not in line or line.startswith(("#", " ")) or name.isdecimal() or line.rstrip().endswith("["):
            continue
        path.write_text("\n".join(lines[:number] + lines[number + 1 :]))
        with pytest.raises(RecipeError) as caught:
            load_card(path)
        # Cells can be given in two ways, and so name both.
        assert name in str(caught.value), line
        assert str(path) in str(caught.value)
        taken += 1
    assert taken > 70


def test_no_figure_may_be_negative(tmp_path: Path) -> None:
    path = tmp_path / "my.toml"
    lines = SHIPPED.splitlines()
    tried = 0
    for number, line in enumerate(lines):
        name, _, value = line.partition("=")
        value = value.split("#")[0].strip()
        if line.startswith(("#", " ")) or not value or value[0] not in "0123456789":
            continue
        path.write_text("\n".join([*lines[:number], f"{name} = -{float(value) or 1}", *lines[number + 1 :]]))
        with pytest.raises(RecipeError, match=r"is -[0-9]") as caught:
            load_card(path)
        assert name.strip() in str(caught.value)
        tried += 1
    assert tried > 70


@pytest.mark.parametrize(
    ("old", "new", "message"),
    [
        ("field = 3.8", "feild = 3.8", r"magnet\.field is missing"),
        ("field = 3.8", "field = 3.8\nfeild = 1", r"there is no figure magnet\.feild"),
        ("field = 3.8", 'field = "3.8"', r"magnet\.field is '3\.8'"),
        ("field = 3.8", "field = nan", r"magnet\.field is nan"),
        ("field = 3.8", "field = inf", r"magnet\.field is inf"),
        ("radius = 1.29", "radius = 0.0", r"magnet\.radius is 0\.0"),
        ("[0.70, 0.95]", "[0.70, 1.95]", r"efficiency\.1 is 1\.95"),
        ("[0.70, 0.95]", "[0.70]", "same number of figures"),
        ("[0.70, 0.95]", "[-0.70, 0.95]", r"efficiency\.0 is -0\.7"),
        ("pt_above = [0.1, 1.0]", "pt_above = [1.0, 0.1]", "pt_above must rise"),
        ("eta_max = 1.5\npt_above", "eta_max = 2.6\npt_above", "efficiency must go to rising eta"),
        ("phi_cells = 360", "phi_cells = 0", r"phi_cells is 0"),
        ("eta_edges = [4.7, 5.0]", "eta_edges = [4.7, 4.6]", "cells must go to rising eta"),
        ("eta_edges = [4.7, 5.0]", "eta_edges = [4.7, 5.5]", "resolution must reach as far"),
        ("11 = 1.0", "11 = 1.5", r"fractions\.11 is 1\.5"),
        ("field = 3.8", "field = ", "is no TOML"),
    ],
)
def test_a_wrong_figure_is_named_with_its_card(tmp_path: Path, old: str, new: str, message: str) -> None:
    path = tmp_path / "my.toml"
    assert old in SHIPPED
    path.write_text(SHIPPED.replace(old, new, 1))
    with pytest.raises(RecipeError, match=message) as caught:
        load_card(path)
    assert str(path) in str(caught.value)


def test_a_card_that_is_not_there_is_named(tmp_path: Path) -> None:
    with pytest.raises(RecipeError, match=r"nowhere\.toml cannot be read"):
        load_card(tmp_path / "nowhere.toml")


def test_the_shipped_card_is_plain_toml() -> None:
    assert tomllib.loads(SHIPPED)["name"] == "CMS"


def test_vertices_that_would_hardly_ever_be_drawn_are_refused(tmp_path: Path) -> None:
    path = tmp_path / "my.toml"
    path.write_text(SHIPPED.replace("max_z = 0.25", "max_z = 0.0"))
    with pytest.raises(RecipeError, match=r"max_z is below a tenth of sigma_z"):
        load_card(path)
