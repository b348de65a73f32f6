"""Pairs with every optional column, and one of each kind that nobody knows."""

from __future__ import annotations

from dataclasses import replace

import numpy as np

from pyjetsim.jets import Pairs


def with_columns(pairs: Pairs) -> Pairs:
    n = len(pairs)
    rng = np.random.default_rng(3)
    weight = np.stack([rng.normal(1, 2, n), np.full(n, 1 / 3)], axis=1)
    columns = {
        "run": np.full(n, 2**31 + 7),
        "luminosity_block": 1 + np.arange(n, dtype=np.int64) // 10,
        "weight": weight,
        "gen/parton_flavour": rng.choice(np.array([-5, 0, 21], np.int32), n),
        "gen/hadron_flavour": rng.choice(np.array([0, 4, 5], np.int32), n),
        "gen/own_pt": (1.02 * pairs.gen.pt).astype(np.float32),
        "reco/own_pt": (1.1 * pairs.reco.pt).astype(np.float32),
        "copy": np.zeros(n, np.int32),
        "extra/number": np.arange(n, dtype=np.int16),
        "extra/table": rng.normal(size=(n, 2, 3)).astype(np.float32),
        "reco/is_good": rng.random(n) > 0.5,
    }
    return replace(pairs, columns=columns, weight_names=("nominal", "scale up"))


def assert_same_columns(found: Pairs, expected: Pairs) -> None:
    assert set(found.columns) == set(expected.columns)
    for name, values in expected.columns.items():
        np.testing.assert_array_equal(found.columns[name], values, err_msg=name)
    assert found.weight_names == expected.weight_names
