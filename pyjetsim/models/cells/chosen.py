"""Some of a batch's tokens: in training the others have no loss, and need not be computed."""

from __future__ import annotations

from torch import Tensor


class Chosen:
    """The tokens where ``mask`` (B, P) is true, one after the other."""

    def __init__(self, mask: Tensor) -> None:
        self._jets, self._size = len(mask), mask.numel()
        self._rows = mask.flatten().nonzero().squeeze(1)
        self._jet = self._rows.div(mask.shape[1], rounding_mode="floor")

    def __call__(self, values: Tensor) -> Tensor:
        """(B, P, ...) to (n, ...)."""
        return values.flatten(0, 1).index_select(0, self._rows)

    def sum(self, values: Tensor) -> Tensor:
        """The sums (B, ...) over each jet of ``values`` (n, ...)."""
        return values.new_zeros(self._jets, *values.shape[1:]).index_add(0, self._jet, values)

    def spread(self, values: Tensor) -> Tensor:
        """(n, ...) to (B, P, ...), with zeros for the tokens that were not chosen."""
        whole = values.new_zeros(self._size, *values.shape[1:]).index_copy(0, self._rows, values)
        return whole.reshape(self._jets, -1, *values.shape[1:])
