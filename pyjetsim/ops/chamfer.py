"""Chamfer distance between two sets of points."""

from __future__ import annotations

from typing import Literal, overload

from torch import Tensor, nn

from pyjetsim.ops.checks import POINTS, check_alike, check_mask, checked_points, mask_fits, pair_fits
from pyjetsim.ops.lengths import mask_from_lengths
from pyjetsim.ops.reduction import Reduction, check_reduction, reduced
from pyjetsim.ops.results import ChamferResult
from pyjetsim.ops.torch_api import chamfer as ops


@overload
def chamfer_distance(
    x: Tensor,
    y: Tensor,
    x_mask: Tensor | None = None,
    y_mask: Tensor | None = None,
    *,
    x_lengths: Tensor | None = None,
    y_lengths: Tensor | None = None,
    reduction: Reduction = "none",
    return_nearest: Literal[False] = False,
) -> Tensor: ...
@overload
def chamfer_distance(
    x: Tensor,
    y: Tensor,
    x_mask: Tensor | None = None,
    y_mask: Tensor | None = None,
    *,
    x_lengths: Tensor | None = None,
    y_lengths: Tensor | None = None,
    reduction: Reduction = "none",
    return_nearest: Literal[True],
) -> ChamferResult: ...
def chamfer_distance(
    x: Tensor,
    y: Tensor,
    x_mask: Tensor | None = None,
    y_mask: Tensor | None = None,
    *,
    x_lengths: Tensor | None = None,
    y_lengths: Tensor | None = None,
    reduction: Reduction = "none",
    return_nearest: bool = False,
) -> Tensor | ChamferResult:
    r"""Sum of squared distances to the nearest point of the other set, both ways.

    Parameters
    ----------
    x : Tensor (B, N, D)
        Points: D from 1 to 8 (3 and 4 are fastest), N up to 2^24; float32 or float64, on CPU or CUDA.
    y : Tensor (B, M, D)
        Points of the same dtype, on the same device.
    x_mask : bool Tensor (B, N), optional
        True for points, False for rows to be left out. None: every row is a point.
    y_mask : bool Tensor (B, M), optional
        The same for ``y``.
    x_lengths : integer Tensor (B,), optional
        In place of ``x_mask``: the first ``x_lengths[b]`` rows of set b are points.
    y_lengths : integer Tensor (B,), optional
        In place of ``y_mask``.
    reduction : {"none", "mean", "sum"}
        "none" for one distance for each pair of sets, "mean" or "sum" for one number. The mean of an empty
        batch is NaN.
    return_nearest : bool
        Also return the row of the nearest point of each point.

    Returns
    -------
    Tensor (B,), or () after a reduction
        The distance, in the square of the points' unit.
    ChamferResult
        With ``return_nearest``: the distance and the rows, (B, N) and (B, M) int64.

    Raises
    ------
    InputError
        For other shapes, dtypes, devices, masks, lengths or reductions; and from autograd, for a second
        derivative or forward-mode differentiation.

    Notes
    -----
    .. math:: d(x, y) = \sum_i \min_j |x_i - y_j|^2 + \sum_j \min_i |x_i - y_j|^2

    Zero rows are points like others; padding needs a mask. A set without points is at distance 0 from
    anything, with zero gradients. Of equally near points the lowest row is taken, and the gradient
    holds the nearest points fixed. A NaN in a point reaches the distance; in a row that is left out it
    does not. Under autocast, half precision is converted to float32; without autocast it is an error.
    `pyjetsim.ops.reference.chamfer_distance` is the same in plain PyTorch.

    References
    ----------
    H. Fan, H. Su and L. Guibas, CVPR 2017, arXiv:1612.00603. As the reconstruction loss of jets:
    M. Touranakou et al., Mach. Learn.: Sci. Technol. 3 (2022) 035003, eq. 2.

    Examples
    --------
    >>> x, y = torch.randn(32, 50, 3), torch.randn(32, 40, 3)
    >>> chamfer_distance(x, y).shape
    torch.Size([32])
    >>> chamfer_distance(x, y, y_lengths=torch.full((32,), 30), reduction="mean").shape
    torch.Size([])
    """
    if reduction != "none":
        check_reduction(reduction)
    if not pair_fits(x, y, POINTS):
        x, y = checked_points("x", x, POINTS), checked_points("y", y, POINTS)
        check_alike("x", x, "y", y)
    if x_lengths is not None:
        x_mask = mask_from_lengths("x", x_lengths, x, x_mask)
    if y_lengths is not None:
        y_mask = mask_from_lengths("y", y_lengths, y, y_mask)
    if not mask_fits(x_mask, x):
        check_mask("x_mask", x_mask, x)
    if not mask_fits(y_mask, y):
        check_mask("y_mask", y_mask, y)
    if not return_nearest:
        return reduced(ops.distance(x, y, x_mask, y_mask), reduction)
    distance, x_nearest, y_nearest = ops.nearest(x, y, x_mask, y_mask)
    return ChamferResult(reduced(distance, reduction), x_nearest.long(), y_nearest.long())


class ChamferDistance(nn.Module):
    """`chamfer_distance` as a module.

    Parameters
    ----------
    reduction : {"none", "mean", "sum"}
        As in `chamfer_distance`.

    Examples
    --------
    >>> ChamferDistance(reduction="mean")(torch.randn(32, 50, 3), torch.randn(32, 40, 3)).shape
    torch.Size([])
    """

    def __init__(self, reduction: Reduction = "none") -> None:
        super().__init__()
        check_reduction(reduction)
        self.reduction: Reduction = reduction

    def forward(
        self, x: Tensor, y: Tensor, x_mask: Tensor | None = None, y_mask: Tensor | None = None
    ) -> Tensor:
        """Distance (B,), or () after a reduction.

        Parameters
        ----------
        x, y : Tensor (B, N, D) and (B, M, D)
            Points.
        x_mask, y_mask : bool Tensor (B, N) and (B, M), optional
            True for points.

        Returns
        -------
        Tensor
            See `chamfer_distance`.
        """
        return chamfer_distance(x, y, x_mask, y_mask, reduction=self.reduction)

    def extra_repr(self) -> str:
        """Show the reduction."""
        return f"reduction={self.reduction!r}"
