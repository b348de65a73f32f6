"""Chamfer distance between two sets of points: the definition, in plain PyTorch."""

from __future__ import annotations

import torch
from torch import Tensor

from pyjetsim.errors import InputError


def chamfer_distance(x: Tensor, y: Tensor) -> Tensor:
    r"""Sum of squared distances to the nearest point of the other set, both ways (paper, eq. 2).

    .. math:: \sum_i \min_j |x_i - y_j|^2 + \sum_j \min_i |x_i - y_j|^2

    Args:
        x: points (B, N, D).
        y: points (B, M, D), same dtype and device.

    Returns:
        Distance (B,) in the square of the points' unit. Every row is a point, zero rows too: the
        paper counts padding as particles.

    Raises:
        InputError: for other shapes, or a set without points.

    Of equally near points the first is taken. A NaN in a set reaches its distance.
    """
    if x.ndim != 3 or y.ndim != 3 or x.shape[0] != y.shape[0] or x.shape[2] != y.shape[2]:
        raise InputError(
            f"point sets have shapes {tuple(x.shape)} and {tuple(y.shape)}",
            "a distance needs (B, N, D) and (B, M, D)",
            "give both the same batch size and dimension",
        )
    if x.shape[1] == 0 or y.shape[1] == 0:
        raise InputError("a point set is empty", "there is no nearest point in it", "give at least one point")
    # Which point is nearest has no gradient; the distances are taken again from differences,
    # because those of cdist have an infinite gradient where two points coincide.
    with torch.no_grad():
        distance = torch.cdist(x, y, compute_mode="donot_use_mm_for_euclid_dist")
        nearest_y, nearest_x = distance.argmin(2), distance.argmin(1)
    to_y = x - y.gather(1, nearest_y[..., None].expand(-1, -1, y.shape[2]))
    to_x = y - x.gather(1, nearest_x[..., None].expand(-1, -1, x.shape[2]))
    return to_y.square().sum((1, 2)) + to_x.square().sum((1, 2))
