"""The compiled noise is NumPy's Philox, and it is standard normal."""

from __future__ import annotations

import hashlib

import numpy as np
import pytest

from pyjetsim.errors import InputError
from pyjetsim.jets.event_ids import EventId, JetIds, jet_ids
from pyjetsim.jets.noise import jet_noise, reference_noise, stream, stream_seed


def random_ids(n: int, seed: int) -> JetIds:
    rng = np.random.default_rng(seed)
    wide = [rng.integers(0, 2**64, n, np.uint64, endpoint=False) for _ in range(2)]
    narrow = [rng.integers(0, 2**32, n, np.uint32) for _ in range(2)]
    return jet_ids(n, EventId(*narrow, wide[0]), wide[1])


@pytest.mark.parametrize("size", [1, 2, 3, 4, 5, 20, 33])
@pytest.mark.parametrize("seed", [0, 1, 2**63, 2**64 - 1])
def test_compiled_is_the_reference_bit_for_bit(seed: int, size: int) -> None:
    ids = random_ids(1000, size)
    np.testing.assert_array_equal(jet_noise(seed, ids, size), reference_noise(seed, ids, size))


@pytest.mark.parametrize("copy", [1, 2**64 - 1])
def test_copies_of_a_jet_have_noise_of_their_own(copy: int) -> None:
    ids = random_ids(100, 1)
    found = jet_noise(5, ids, 20, copy)
    np.testing.assert_array_equal(found, reference_noise(5, ids, 20, copy))
    assert (found != jet_noise(5, ids, 20)).all()
    np.testing.assert_array_equal(jet_noise(5, ids, 20, copy=0), jet_noise(5, ids, 20))


def test_extreme_ids_agree_too() -> None:
    top = EventId(np.array([0, 2**32 - 1]), np.array([0, 2**32 - 1]), np.array([0, 2**64 - 1], np.uint64))
    ids = jet_ids(2, top, np.array([0, 2**64 - 1], np.uint64))
    np.testing.assert_array_equal(jet_noise(7, ids, 20), reference_noise(7, ids, 20))


def test_first_numbers_stay_what_they_are() -> None:
    # Written down once, so that a change of both implementations is seen. From numpy.random.Philox.
    found = jet_noise(1, jet_ids(1, EventId(2, 3, 4), [5]), 4)[0]
    raw = np.random.Philox(key=[1, (2 << 32) + 3], counter=[0, 5, 4, 0]).random_raw(4)
    u = ((raw >> np.uint64(11)).astype(np.float64) + 0.5) / 2**53
    radius, angle = np.sqrt(-2 * np.log(u[::2])), 2 * np.pi * u[1::2]
    expected = np.stack([radius * np.cos(angle), radius * np.sin(angle)], axis=1).ravel()
    np.testing.assert_allclose(found, expected, rtol=1e-6)
    np.testing.assert_allclose(found, [-0.043442719, -0.67814887, 1.34137, 0.5965181], rtol=1e-6)


def test_large_sample_is_standard_normal() -> None:
    n, size = 200_000, 5
    noise = jet_noise(3, jet_ids(n, np.arange(n) // 2), size).astype(np.float64)
    total = noise.size
    # Five standard deviations of each moment's estimate.
    assert abs(noise.mean()) < 5 / total**0.5
    assert abs((noise**2).mean() - 1) < 5 * (2 / total) ** 0.5
    assert abs((noise**3).mean()) < 5 * (15 / total) ** 0.5
    assert abs((noise**4).mean() - 3) < 5 * (96 / total) ** 0.5
    correlation = np.corrcoef(np.concatenate([noise[::2].T, noise[1::2].T]))
    assert np.abs(correlation - np.eye(2 * size)).max() < 5 / (n / 2) ** 0.5


@pytest.mark.parametrize("field", ["seed", "run", "luminosity_block", "event", "jet"])
def test_every_part_of_the_key_matters(field: str) -> None:
    parts = {"run": 1, "luminosity_block": 2, "event": 3, "jet": 4, "seed": 5}

    def noise(**changed: int) -> np.ndarray:
        p = parts | changed
        ids = jet_ids(1, EventId(p["run"], p["luminosity_block"], p["event"]), [p["jet"]])
        return jet_noise(p["seed"], ids, 20)

    assert (noise() == noise()).all()
    assert (noise() != noise(**{field: parts[field] + 1})).all()


def test_a_jet_does_not_see_the_others() -> None:
    ids = random_ids(100, 0)
    together = jet_noise(11, ids, 20)
    order = np.random.default_rng(0).permutation(100)
    np.testing.assert_array_equal(jet_noise(11, JetIds(*(part[order] for part in ids)), 20), together[order])
    alone = [jet_noise(11, JetIds(*(part[i : i + 1] for part in ids)), 20)[0] for i in range(100)]
    np.testing.assert_array_equal(alone, together)
    # More dimensions only add to what was there.
    np.testing.assert_array_equal(jet_noise(11, ids, 24)[:, :20], together)


@pytest.mark.parametrize("seed", [-1, 2**64])
def test_seed_out_of_range(seed: int) -> None:
    with pytest.raises(InputError, match=f"seed is {seed} "):
        jet_noise(seed, jet_ids(1), 4)


def test_copy_out_of_range() -> None:
    with pytest.raises(InputError, match="copy is -1 "):
        jet_noise(1, jet_ids(1), 4, copy=-1)


def test_seed_must_be_whole() -> None:
    with pytest.raises(InputError, match="seed has type float64"):
        jet_noise(1.5, jet_ids(1), 4)  # type: ignore[arg-type]


def test_ids_of_different_lengths() -> None:
    run, block, event, jet = jet_ids(4)
    with pytest.raises(InputError, match=r"run \(4,\), luminosity_block \(3,\), event \(4,\)"):
        jet_noise(1, JetIds(run, block[:3], event, jet), 4)
    with pytest.raises(InputError, match=r"jet \(2, 2\)"):
        jet_noise(1, JetIds(*(part.reshape(2, 2) for part in (run, block, event, jet))), 4)


def test_a_stream_is_philox_keyed_by_seed_and_purpose() -> None:
    word = int.from_bytes(hashlib.sha256(b"detector").digest()[:8], "little")
    philox = np.random.Philox(
        key=np.array([7, word], np.uint64), counter=np.array([0, 11, 12, 13], np.uint64)
    )
    assert stream("detector", 7, 11, 12, 13).random() == np.random.Generator(philox).random()


def test_streams_differ_in_purpose_seed_and_each_id() -> None:
    streams = [("detector", 1), ("PYTHIA", 1), ("detector", 2), ("detector", 1, 1), ("detector", 1, 0, 1)]
    streams.append(("detector", 1, 0, 0, 1))
    drawn = [tuple(stream(*key).random(3)) for key in streams]  # type: ignore[arg-type]
    assert len(set(drawn)) == len(drawn)
    assert tuple(stream("detector", 1).random(3)) == drawn[0]


def test_the_seed_of_a_stream_is_one_that_torch_takes() -> None:
    seeds = {stream_seed("weights", seed) for seed in range(100)}
    assert len(seeds) == 100
    assert min(seeds) >= 0
    assert max(seeds) < 2**63


@pytest.mark.parametrize("key", [(-1,), (2**64,), (1, -1), (1, 2**64), (1, 2, 3, 4, 5)])
def test_a_stream_has_up_to_three_ids_of_64_bits(key: tuple[int, ...]) -> None:
    with pytest.raises(InputError):
        stream("detector", *key)


def test_jets_of_an_event_share_its_numbers() -> None:
    ids = jet_ids(4, np.array([5, 5, 6, 5], np.uint64))
    own, shared = jet_noise(3, ids, 7), jet_noise(3, ids, 7, of_event=2)
    np.testing.assert_array_equal(shared, reference_noise(3, ids, 7, of_event=2))
    np.testing.assert_array_equal(shared[:, 2:], own[:, 2:])
    np.testing.assert_array_equal(shared[[1, 3], :2], shared[[0, 0], :2])
    assert (shared[2, :2] != shared[0, :2]).all()
    assert (shared[:, :2] != own[:, :2]).all()
    # Another copy is another collision.
    assert (jet_noise(3, ids, 7, 1, of_event=2)[:, :2] != shared[:, :2]).all()
