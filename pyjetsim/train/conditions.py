"""The detector of a training's data, from their provenance or as the recipe names it."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path

from pyjetsim.detector import Conditions, DetectorCard, check_same, conditions_of, load_card
from pyjetsim.errors import TrainingError
from pyjetsim.io.inputs import provenance_of
from pyjetsim.train.recipe import Recipe


def training_conditions(recipe: Recipe, files: Sequence[Path]) -> Conditions:
    """The detector, pileup and R that all files share.

    Parameters
    ----------
    recipe : Recipe
        ``data.detector`` names the detector of files that do not tell its figures, or its mean pileup. With
        ``data.mix_detectors`` the files may differ, and ``data.detector`` is the detector of all.
    files : sequence of Path
        The data.

    Returns
    -------
    Conditions
        None in the fields that are not known.

    Raises
    ------
    TrainingError
        For files of different detectors, and a named detector that is not the files'.
    RecipeError
        For a card that cannot be read, or lacks a figure.
    """
    found = [conditions_of(provenance_of(path), str(path)) for path in files]
    named = None if recipe.data.detector is None else load_card(recipe.data.detector)
    together = Conditions(", ".join(map(str, files)))
    if named is not None:
        found = [_with(named, each) for each in found]
        together = together.with_card(named)
    if recipe.data.mix_detectors:
        try:
            check_same(found, TrainingError, "", told=True)
        except TrainingError:
            return together
    else:
        check_same(
            found,
            TrainingError,
            "train on them one by one, name the detector of files that do not tell theirs (--detector), or "
            "mix them (--mix-detectors)",
            told=True,
        )
        if named is not None:
            # Pileup and R are the data's.
            claim = Conditions(f"the card {recipe.data.detector} that is named").with_card(named)
            check_same(
                [found[0], replace(claim, mean_pileup=None)],
                TrainingError,
                "leave --detector (data.detector) out: the data tell their own",
            )
    return replace(found[0], source=together.source)


def _with(card: DetectorCard, found: Conditions) -> Conditions:
    """What a file tells, and what the card does where it does not."""
    completed = found.with_card(card)
    return completed if found.figures is None else replace(found, mean_pileup=completed.mean_pileup)
