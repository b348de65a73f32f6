"""Detectors: cards, and the conditions of a dataset from its provenance."""

from __future__ import annotations

from importlib import import_module
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from pyjetsim.detector.card import SHIPPED, DetectorCard, card_file, load_card, parse_card
    from pyjetsim.detector.conditions import Conditions, check_same, conditions_of

__all__ = [
    "SHIPPED",
    "Conditions",
    "DetectorCard",
    "card_file",
    "check_same",
    "conditions_of",
    "load_card",
    "parse_card",
]

# Conditions are read where cards are not, without pydantic.
_OF_CONDITIONS = ("Conditions", "check_same", "conditions_of")


def __getattr__(name: str) -> Any:
    if name not in __all__:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    home = "conditions" if name in _OF_CONDITIONS else "card"
    return getattr(import_module(f"{__name__}.{home}"), name)
