"""What the native backend needs of a model of variables; csrc/backends/native/variables runs it."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np

from pyjetsim.models.base import NativeModel
from pyjetsim.models.flows.columns import TargetColumn

if TYPE_CHECKING:
    from pyjetsim.models.flows.variables import VariablesFlow


def native_variables(model: VariablesFlow) -> NativeModel:
    """Settings and weights of the model as the native backend reads them.

    Parameters
    ----------
    model : VariablesFlow
        The model.

    Returns
    -------
    NativeModel
        All of it.
    """
    config = model.config
    settings = {
        "width": config.flow.width,
        "blocks": config.flow.blocks,
        "bins": config.flow.bins,
        "efficiency_width": config.efficiency_width,
        "categories_width": config.categories_width,
        "conditions": [
            {"values": column.values, "transform": column.transform, "offset": column.offset}
            for column in config.conditions
        ],
        "targets": [_target(column) for column in config.targets],
        "layers": [{"kept": layer.kept, "changed": layer.changed} for layer in model.flow.layers],
    }
    tensors = {name: tensor.detach().cpu().numpy() for name, tensor in model.state_dict().items()}
    return NativeModel(
        "variables_flow", settings, {name: np.asarray(each, "<f4") for name, each in tensors.items()}
    )


def _target(column: TargetColumn) -> dict[str, Any]:
    if column.values is not None:
        return {"values": column.values}
    limits = column.limits()
    if column.range is None or limits is None:
        return {"limited": False}
    low, high = column.range
    return {
        "limited": True,
        "whole": column.integer,
        "transform": column.transform,
        "low": low,
        "high": high,
        "low_number": limits[0],
        "high_number": limits[1],
        "below": column.below,
        "above": column.above,
        "offset": column.offset,
        "scale": column.scale,
        "centre": column.centre,
    }
