"""Detectors: cards, and the conditions of a dataset from its provenance."""

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
