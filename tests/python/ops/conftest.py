"""Fixtures of the tests of ops: each puts back what it changed for the whole process."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
import torch

from pyjetsim import _ops


@pytest.fixture(params=_ops.cpu_paths())
def cpu_path(request: pytest.FixtureRequest) -> Iterator[str]:
    """Run with every set of instructions that this processor has."""
    before = _ops.cpu_path()
    _ops.use_cpu_path(request.param)
    assert _ops.cpu_path() == request.param
    yield request.param
    _ops.use_cpu_path(before)


@pytest.fixture
def threads() -> Iterator[None]:
    """Let a test set the number of threads."""
    before = torch.get_num_threads()
    yield
    torch.set_num_threads(before)
