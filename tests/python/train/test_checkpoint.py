"""Checkpoints on a disk that fills: the error is told, and the one before stays."""

import resource

import pytest
import torch

from pyjetsim.errors import StorageError
from pyjetsim.train.checkpoint import Checkpoint, load_checkpoint, save_checkpoint


@pytest.fixture
def limited():
    """Files may grow to 200 kB: less than a checkpoint, more than what torch writes at first."""
    before = resource.getrlimit(resource.RLIMIT_FSIZE)
    resource.setrlimit(resource.RLIMIT_FSIZE, (200_000, before[1]))
    yield
    resource.setrlimit(resource.RLIMIT_FSIZE, before)


def a_checkpoint(epoch):
    return Checkpoint(epoch, {}, {"weights": torch.arange(100_000.0)}, None, {}, {})


def test_what_is_saved_is_loaded(tmp_path):
    path = tmp_path / "checkpoints" / "last.pt"
    save_checkpoint(path, a_checkpoint(1))
    save_checkpoint(path, a_checkpoint(2))
    loaded = load_checkpoint(path)
    assert loaded.epoch == 2
    assert torch.equal(loaded.model["weights"], torch.arange(100_000.0))
    assert [entry.name for entry in path.parent.iterdir()] == ["last.pt"]


def test_a_disk_that_fills_in_the_middle(tmp_path, request):
    path = tmp_path / "last.pt"
    save_checkpoint(path, a_checkpoint(1))
    before = path.read_bytes()
    request.getfixturevalue("limited")
    with pytest.raises(StorageError, match="cannot write"):
        save_checkpoint(path, a_checkpoint(2))
    assert path.read_bytes() == before
    assert [entry.name for entry in tmp_path.iterdir()] == ["last.pt"]
