"""What is known of a detector: its card, and what a dataset's provenance tells of it."""

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
