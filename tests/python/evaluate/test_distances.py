"""Physics distances, by hand and against JetNet."""

import numpy as np
import pytest

from pyjetsim.evaluate.metrics.physics_distances import (
    frechet_physics_distance,
    gaussian_frechet,
    kernel_physics_distance,
    normalised,
    squared_mmd,
)


def samples(shift):
    rng = np.random.default_rng(7)
    mixing = rng.normal(size=(6, 6))
    return rng.normal(size=(3000, 6)) @ mixing, rng.normal(size=(2500, 6)) @ mixing * 1.1 + shift


def test_frechet_of_gaussians_by_hand():
    rng = np.random.default_rng(0)
    x = rng.normal(size=(200_000, 3)) * [1, 2, 3]
    # A shift of the mean alone: its square. Widths alone: the sum of squared differences.
    assert gaussian_frechet(x, x + np.array([0.3, 0, 0.4])) == pytest.approx(0.25, rel=1e-6)
    assert gaussian_frechet(x, x * [2, 1, 1]) == pytest.approx(1.0, rel=0.02)
    assert gaussian_frechet(x, x) == pytest.approx(0, abs=1e-9)


def test_the_extrapolation_takes_off_what_finite_samples_add():
    rng = np.random.default_rng(1)
    x, same, moved = (rng.normal(size=(20_000, 5)) for _ in range(3))
    moved[:, 0] += 0.5
    scale = np.abs(x[:, 0]).max()
    none = frechet_physics_distance(x, same, 2000, 8000)
    found = frechet_physics_distance(x, moved, 2000, 8000)
    # What the 20,000 themselves add stays: a tenth of what 2,000 do.
    assert none.value < 0.2 * gaussian_frechet(*(part[:2000] for part in normalised(x, same)))
    assert found.value == pytest.approx((0.5 / scale) ** 2, rel=0.1)


def test_mmd_by_hand():
    x, y = np.array([[1.0], [2.0]]), np.array([[0.0], [1.0]])
    # (x y + 1)^4: 81 for the pair of x, 1 for that of y, and 1, 16, 1, 81 across.
    assert squared_mmd(x, y) == pytest.approx(81 + 1 - 2 * (1 + 16 + 1 + 81) / 4)


def test_mmd_of_many_rows_is_that_of_the_whole_matrix():
    rng = np.random.default_rng(2)
    x, y = rng.normal(size=(1100, 4)), rng.normal(size=(700, 4))

    def kernel(a, b):
        return (a @ b.T / 4 + 1) ** 4

    expected = (
        (kernel(x, x).sum() - np.trace(kernel(x, x))) / (1100 * 1099)
        + (kernel(y, y).sum() - np.trace(kernel(y, y))) / (700 * 699)
        - 2 * kernel(x, y).mean()
    )
    assert squared_mmd(x, y) == pytest.approx(expected, rel=1e-9)


@pytest.mark.parametrize(
    ("shift", "fpd", "kpd"),
    [
        (0.0, (0.005005420867073932, 0.0004306576241161196), (0.0004658476349299, 0.0002962719552172)),
        (0.4, (0.025909462425832412, 0.0009346266516290798), (0.0161077814323975, 0.0028592833925960)),
    ],
)
def test_numbers_are_those_of_jetnet(shift, fpd, kpd):
    """Value and error of jetnet 0.2.5: ``fpd(x, y, 800, 2000, 20, 10)`` and ``kpd(x, y, 10, 1500)``."""
    x, y = samples(shift)
    ours = frechet_physics_distance(x, y, 800, 2000), kernel_physics_distance(x, y, 10, 1500)
    for found, (value, error) in zip(ours, (fpd, kpd), strict=True):
        assert found.value == pytest.approx(value, rel=1e-5)
        assert found.uncertainty == pytest.approx(error, rel=1e-4)
