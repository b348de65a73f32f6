"""Columns to numbers and back."""

from __future__ import annotations

import pytest
import torch

from pyjetsim.models.flows.columns import ConditionColumn, TargetColumn

COLUMNS = {
    "plain": ({}, torch.linspace(-5, 5, 101)),
    "log": ({"range": (0.1, 100.0), "transform": "log"}, torch.logspace(-1, 2, 101)),
    "log of more": (
        {"range": (-1.0, 9.0), "transform": "log", "offset": 1.5},
        torch.linspace(-1, 9, 101),
    ),
    "logit": ({"range": (0.01, 0.99), "transform": "logit"}, torch.linspace(0.01, 0.99, 101)),
    "arctan": (
        {"range": (0.0, 3.0), "transform": "arctan", "scale": 10.0, "centre": 1.0},
        torch.linspace(0, 3, 101),
    ),
    "integer": ({"range": (1.0, 50.0), "integer": True, "transform": "log"}, torch.arange(1.0, 51)),
    "flags": ({"values": (0, 4, 6, -7)}, torch.tensor([0.0, 4, 6, -7]).repeat(20)),
    "point masses": (
        {"range": (0.1, 0.9), "below": 0.0, "above": 1.0, "transform": "logit"},
        torch.cat([torch.zeros(20), torch.linspace(0.1, 0.9, 61), torch.ones(20)]),
    ),
}


@pytest.mark.parametrize(("settings", "values"), COLUMNS.values(), ids=COLUMNS)
def test_what_is_done_is_undone(settings, values: torch.Tensor) -> None:
    column = TargetColumn(name="x", **settings)
    uniform = torch.rand(len(values), generator=torch.Generator().manual_seed(1)) * 0.999 + 0.0005
    categories = column.categories(values)
    assert categories.shape == (len(values), column.n_categories)
    assert (categories.sum(1) == 1).all()
    numbers = column.number(values, uniform) if column.has_number else None
    if numbers is not None:
        assert torch.isfinite(numbers).all()
        assert numbers.std() > 0
    tolerance = 0 if column.is_discrete else 1e-4
    torch.testing.assert_close(column.value(numbers, categories), values, rtol=tolerance, atol=tolerance)
    assert not column.saturated(values).any()


def test_whole_numbers_have_no_gaps() -> None:
    column = TargetColumn(name="x", integer=True, range=(0.0, 2.0))
    values = torch.tensor([0.0, 1, 2]).repeat_interleave(1000)
    numbers = (
        column.number(values, torch.rand(3000, generator=torch.Generator().manual_seed(1))).sort().values
    )
    assert numbers.diff().max() < 0.02
    assert numbers[0] == pytest.approx(-0.5, abs=0.01)
    assert numbers[-1] == pytest.approx(2.5, abs=0.01)


@pytest.mark.parametrize("settings", [each[0] for each in list(COLUMNS.values())[1:]], ids=list(COLUMNS)[1:])
def test_any_number_has_a_value_in_range(settings) -> None:
    column = TargetColumn(name="x", **settings)
    for category in range(column.n_categories):
        chosen = torch.zeros(6, column.n_categories)
        chosen[:, category] = 1
        numbers = torch.tensor([-1e30, -100.0, -1.6, 1.6, 100.0, 1e30])
        values = column.value(numbers if column.has_number else None, chosen)
        if not column.has_number:
            assert set(values.tolist()) == {column.values[category]}
        elif column.inside(chosen)[0] == 0:
            assert set(values.tolist()) <= {column.below, column.above}
        else:
            low, high = column.range
            assert ((values >= low) & (values <= high)).all()
            assert (values[0].item(), values[-1].item()) == pytest.approx((low, high))


def test_point_masses_are_categories() -> None:
    column = TargetColumn(name="x", **COLUMNS["point masses"][0])
    categories = column.categories(torch.tensor([0.0, 0.05, 0.1, 0.5, 0.9, 1.0]))
    assert categories.argmax(1).tolist() == [0, 0, 1, 1, 1, 2]
    assert column.inside(categories).tolist() == [0, 0, 1, 1, 1, 0]


def test_what_is_outside_is_counted_and_set_to_the_nearest() -> None:
    column = TargetColumn(name="x", range=(0.1, 0.9), below=0.0, transform="logit")
    values = torch.tensor([0.0, 0.05, 0.1, 0.5, 0.9, 0.95])
    assert column.saturated(values).tolist() == [False, True, False, False, False, True]
    back = column.value(column.number(values, torch.full((6,), 0.5)), column.categories(values))
    torch.testing.assert_close(back, torch.tensor([0.0, 0.0, 0.1, 0.5, 0.9, 0.9]))


def test_conditions() -> None:
    flavour = ConditionColumn(name="flavour", values=(1, 5, 21))
    torch.testing.assert_close(
        flavour.numbers(torch.tensor([5.0, 21, 2])), torch.tensor([[0.0, 1, 0], [0, 0, 1], [0, 0, 0]])
    )
    pt = ConditionColumn(name="pt", transform="log", offset=1.0)
    torch.testing.assert_close(pt.numbers(torch.tensor([0.0, 9.0])), torch.tensor([[0.0], [2.302585]]))
    assert torch.isfinite(pt.numbers(torch.tensor([-5.0, 1e30]))).all()
