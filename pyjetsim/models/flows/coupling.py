"""The conditional coupling flow: a density of D numbers, given C others, that can be drawn from at once."""

from __future__ import annotations

import math

import torch
from pydantic import BaseModel, ConfigDict, Field
from torch import Tensor, nn
from torch.nn import functional

from pyjetsim.jets.noise import stream
from pyjetsim.models.flows.splines import inverse_spline, parameters_of, spline


class CouplingConfig(BaseModel):
    """Sizes of a coupling flow."""

    model_config = ConfigDict(extra="forbid", frozen=True, strict=True)

    layers: int = Field(default=10, ge=1)
    """Coupling layers; each changes half of the numbers, given the other half."""
    width: int = Field(default=96, ge=1)
    """Of the hidden layers of a conditioner."""
    blocks: int = Field(default=1, ge=0)
    """Residual blocks of a conditioner, two linear layers each."""
    bins: int = Field(default=16, ge=2)
    """K, of a spline."""


class ResidualConditioner(nn.Module):
    """Numbers to parameters, with residual blocks between; SiLU, and no normalisation of batches.

    Parameters
    ----------
    inputs, outputs : int
        How many numbers are given and taken. The last layer begins at 0.
    width, blocks : int
        As in :class:`CouplingConfig`.

    Notes
    -----
    Every item is worked on alone, so that its answer does not hang on the others of a batch.
    """

    def __init__(self, inputs: int, outputs: int, width: int, blocks: int) -> None:
        super().__init__()
        self.first = nn.Linear(inputs, width)
        self.inner = nn.ModuleList(nn.Linear(width, width) for _ in range(blocks))
        self.outer = nn.ModuleList(nn.Linear(width, width) for _ in range(blocks))
        self.last = nn.Linear(width, outputs)
        nn.init.zeros_(self.last.weight)
        nn.init.zeros_(self.last.bias)

    def forward(self, given: Tensor) -> Tensor:
        """Parameters (B, outputs) of numbers (B, inputs)."""
        hidden = self.first(given)
        for inner, outer in zip(self.inner, self.outer, strict=True):
            hidden = hidden + outer(functional.silu(inner(functional.silu(hidden))))
        parameters: Tensor = self.last(functional.silu(hidden))
        return parameters


class CouplingLayer(nn.Module):
    """Changes some of the numbers by splines whose parameters hang on the others and on the conditions.

    Parameters
    ----------
    kept, changed : list of int
        Places of the numbers, each in one of the two.
    conditions : int
        C.
    config : CouplingConfig
        Sizes.
    """

    def __init__(self, kept: list[int], changed: list[int], conditions: int, config: CouplingConfig) -> None:
        super().__init__()
        self.kept, self.changed, self.bins = kept, changed, config.bins
        size = len(changed) * parameters_of(config.bins)
        self.conditioner = ResidualConditioner(len(kept) + conditions, size, config.width, config.blocks)
        order = kept + changed
        self._back = [order.index(place) for place in range(len(order))]

    def forward(self, values: Tensor, conditions: Tensor) -> tuple[Tensor, Tensor]:
        """Towards the noise: numbers (B, D), and the logarithm of the volume's change (B,)."""
        kept, splines = self._splines(values, conditions)
        changed, log_slope = spline(values[:, self.changed], splines, self.bins)
        return self._whole(kept, changed), log_slope.sum(1)

    def inverse(self, values: Tensor, conditions: Tensor) -> Tensor:
        """From the noise: the numbers (B, D) that :meth:`forward` was given."""
        kept, splines = self._splines(values, conditions)
        return self._whole(kept, inverse_spline(values[:, self.changed], splines, self.bins))

    def _splines(self, values: Tensor, conditions: Tensor) -> tuple[Tensor, Tensor]:
        kept = values[:, self.kept]
        splines = self.conditioner(torch.cat((kept, conditions), 1))
        return kept, splines.unflatten(1, (len(self.changed), parameters_of(self.bins)))

    def _whole(self, kept: Tensor, changed: Tensor) -> Tensor:
        return torch.cat((kept, changed), 1)[:, self._back]


class CouplingFlow(nn.Module):
    """A density of D numbers given C conditions: standard normal noise through coupling layers of splines.

    Parameters
    ----------
    features : int
        D, at least 1.
    conditions : int
        C, at least 1.
    config : CouplingConfig, optional
        Sizes.

    Notes
    -----
    Numbers and conditions are standardised: mean near 0, width near 1. Beyond 5 widths the splines leave
    numbers as they are, and the noise's tails are the tails.

    The layers come in pairs: of a division of the numbers into halves, drawn at random once and for all, each
    half is changed given the other. An untrained flow is the identity. All of one item's numbers are made of
    its own, in both directions without a loop over dimensions.

    References
    ----------
    C. Durkan et al., Neural Spline Flows, NeurIPS 2019, arXiv:1906.04032.

    Examples
    --------
    >>> flow = CouplingFlow(features=17, conditions=14)
    >>> flow.log_prob(targets, conditions).mean()
    >>> flow.sample(torch.randn(len(conditions), 17), conditions)
    """

    def __init__(self, features: int, conditions: int, config: CouplingConfig | None = None) -> None:
        super().__init__()
        self.features, self.conditions = features, conditions
        self.config = config or CouplingConfig()
        self.layers = nn.ModuleList(
            CouplingLayer(kept, changed, conditions, self.config)
            for kept, changed in divisions(features, self.config.layers)
        )

    def to_noise(self, targets: Tensor, conditions: Tensor) -> tuple[Tensor, Tensor]:
        """The noise that gives these targets.

        Parameters
        ----------
        targets : Tensor (B, D)
            Standardised.
        conditions : Tensor (B, C)
            Standardised.

        Returns
        -------
        Tensor (B, D)
            Noise, of which :meth:`sample` makes the targets again.
        Tensor (B,)
            Logarithm of the determinant of its derivative by the targets.
        """
        noise, log_volume = targets, torch.zeros_like(targets[:, 0])
        for layer in self.layers:
            noise, change = layer(noise, conditions)
            log_volume = log_volume + change
        return noise, log_volume

    def log_prob(self, targets: Tensor, conditions: Tensor) -> Tensor:
        """Natural logarithm of the density.

        Parameters
        ----------
        targets : Tensor (B, D)
            Standardised.
        conditions : Tensor (B, C)
            Standardised.

        Returns
        -------
        Tensor (B,)
            Of the density in the standardised targets.
        """
        noise, log_volume = self.to_noise(targets, conditions)
        return log_volume - 0.5 * (noise * noise + math.log(2 * math.pi)).sum(1)

    def sample(self, noise: Tensor, conditions: Tensor) -> Tensor:
        """Targets made of given noise: the exact inverse of :meth:`to_noise`.

        Parameters
        ----------
        noise : Tensor (B, D)
            Standard normal numbers.
        conditions : Tensor (B, C)
            Standardised.

        Returns
        -------
        Tensor (B, D)
            Standardised targets.
        """
        targets = noise
        for layer in reversed(self.layers):
            targets = layer.inverse(targets, conditions)  # type: ignore[operator]
        return targets

    def forward(self, noise: Tensor, conditions: Tensor) -> Tensor:
        """The same as :meth:`sample`."""
        return self.sample(noise, conditions)


def divisions(features: int, layers: int) -> list[tuple[list[int], list[int]]]:
    """Which numbers each layer keeps and which it changes, in two sorted lists of places.

    Parameters
    ----------
    features : int
        D. A single number is changed by every layer, given the conditions alone.
    layers : int
        How many layers.

    Returns
    -------
    list of tuple
        Of each layer: kept, changed. The same for the same sizes, everywhere.
    """
    if features == 1:
        return [([], [0])] * layers
    found = []
    for layer in range(layers):
        order = stream("coupling", features, layer // 2).permutation(features).tolist()
        halves = sorted(order[: features // 2]), sorted(order[features // 2 :])
        found.append(halves if layer % 2 == 0 else halves[::-1])
    return found
