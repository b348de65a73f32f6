"""Fixtures of all tests."""

from __future__ import annotations

import pytest
from synthetic import MakePairs, synthetic_pairs


@pytest.fixture(scope="session")
def make_pairs() -> MakePairs:
    """Give ``make_pairs(n, seed, *, response=1.0, first_event=0)``."""
    return synthetic_pairs
