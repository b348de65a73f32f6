"""R and detector of the files to compare, from their provenance; whether both are the same."""

from __future__ import annotations

from dataclasses import dataclass

from pyjetsim.detector import check_same, conditions_of
from pyjetsim.errors import DataError
from pyjetsim.io.inputs import PairsReader
from pyjetsim.jets import R


@dataclass(frozen=True)
class JetsOf:
    """What metrics take from the files' provenance."""

    radius: float = R
    """R of the jets."""
    candidate_pt_min: float = 0.0
    """GeV: the detector reconstructs nothing softer."""
    notes: tuple[str, ...] = ()
    """What is missing in the files' provenance, in words."""


def jets_of(target: PairsReader, prediction: PairsReader, *, mix_detectors: bool = False) -> JetsOf:
    """R and detector threshold of two files, first of the target.

    Parameters
    ----------
    target, prediction : PairsReader
        The files.
    mix_detectors : bool
        Whether they may be of different detectors.

    Returns
    -------
    JetsOf
        With notes on what the files do not tell.

    Raises
    ------
    DataError
        For files of different detectors, pileup or R, unless ``mix_detectors``.
    """
    both = [
        conditions_of(file.provenance, f"{name} {file.path}")
        for name, file in (("target", target), ("prediction", prediction))
    ]
    if not mix_detectors:
        check_same(
            both, DataError, "give files of one detector, or compare them all the same with --mix-detectors"
        )
    notes = []
    radius = next((each.radius for each in both if each.radius is not None), None)
    if radius is None:
        notes.append(f"neither file tells R of its jets: R = {R:g} is taken")
    known = [each for each in both if each.figures is not None]
    if len(known) == 1:
        other = next(each for each in both if each.figures is None)
        notes.append(
            f"{other.source} does not tell the figures of its detector, {other}: "
            f"whether they are those of {known[0]} was not checked"
        )
    return JetsOf(R if radius is None else radius, both[0].candidate_pt_min or 0.0, tuple(notes))
