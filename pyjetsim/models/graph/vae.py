"""The graph model: gen constituents are nodes, and each may survive, change, or be lost."""

from __future__ import annotations

from typing import Any, ClassVar, NamedTuple

import torch
from numpy.typing import NDArray
from pydantic import Field, model_validator
from torch import Tensor, nn
from torch.nn.functional import binary_cross_entropy_with_logits

from pyjetsim.jets import Pairs
from pyjetsim.models.base import Batch, JetModel, JetModelConfig, LossConfig
from pyjetsim.models.graph.geometry import Local, crowding, localised, momenta, node_features, pair_features
from pyjetsim.models.graph.layers import Affinity, MessagePassing, perceptron, pooled
from pyjetsim.models.graph.matching import match, unmatched
from pyjetsim.models.graph.posterior import Posterior
from pyjetsim.models.graph.target import EXTRA_UNIT, UNIT, target_of
from pyjetsim.models.loss import unit_gaussian_divergence
from pyjetsim.models.sampling import below, standard_normal

_OWN = 4
"""Noise of a slot beside its latent point: whether it is there, and three coordinates."""
_FEATURES = 9
_LOG_WIDTH = (-4.0, 2.0)
_LARGEST = 12.0


class GraphVAEConfig(JetModelConfig):
    """Sizes of the networks."""

    max_extras: int = Field(default=16, ge=1)
    """K: slots for reco constituents that come from no gen constituent."""
    width: int = Field(default=32, ge=1)
    heads: int = Field(default=2, ge=1)
    layers: int = Field(default=2, ge=1)
    """Message-passing layers before the latent points are known; one more comes after."""
    jet_latent: int = Field(default=8, ge=1)
    latent: int = Field(default=4, ge=1)
    """Of each constituent and each extra."""

    @model_validator(mode="after")
    def _divisible(self) -> GraphVAEConfig:
        if self.width % self.heads:
            raise ValueError("width is not a multiple of heads: every head has the same share")
        return self


class GraphLoss(LossConfig):
    """Weight of the divergences: with 1 the loss is minus the evidence lower bound."""

    beta: float = Field(default=1.0, ge=0)


class Slots(NamedTuple):
    """Output of the decoder for m slots."""

    logits: Tensor
    """(B, m): of the probability to be a constituent."""
    mean: Tensor
    """(B, m, 3)."""
    log_width: Tensor
    """(B, m, 3)."""


class GraphVAE(JetModel):
    """A conditional variational autoencoder on the graph of all gen constituents of a jet.

    Parameters
    ----------
    config : GraphVAEConfig, optional
        Sizes; None: the defaults.

    Notes
    -----
    Nodes are the gen constituents, edges all pairs with their distances. A latent point of the jet holds what
    its constituents have in common, such as the response, and a latent point of each constituent what happens
    to it; one more message passing after these are known makes neighbours agree. A constituent survives with
    a predicted probability, with Gaussian changes of log pt, eta and phi around a predicted mean; K further
    slots are the extras, reco constituents that come from no gen constituent. The posterior, which sees the
    matched reco jet, is used in training alone.

    Reco row i comes from gen row i, and the last K rows are the extras: the output is equivariant. The noise
    is the jet's latent point, then, for each extra and then for each constituent, a latent point, a decision
    and three coordinates. Padding neither sends messages nor enters sums.

    References
    ----------
    M. Touranakou et al., Mach. Learn.: Sci. Technol. 3 (2022) 035003, section 8, for why a graph;
    K. Sohn, H. Lee and X. Yan, NeurIPS 2015, for conditional autoencoders.
    """

    Config: ClassVar[type[JetModelConfig]] = GraphVAEConfig
    Loss = GraphLoss
    uses_weights = True

    unit: Tensor
    extra_unit: Tensor

    def __init__(self, config: GraphVAEConfig | None = None) -> None:
        config = config or GraphVAEConfig()
        super().__init__(config)
        width, latent = config.width, config.latent
        self._slots = config.max_constituents + config.max_extras
        self._extras = config.max_extras
        self._jet_latent, self._latent = config.jet_latent, latent
        # Not of the weights: constants of the code, as the target has them.
        self.register_buffer("unit", torch.tensor(UNIT), persistent=False)
        self.register_buffer("extra_unit", torch.tensor(EXTRA_UNIT), persistent=False)
        self.embed = perceptron(_FEATURES, width, width)
        self.affinity = Affinity(config.heads)
        self.messages = nn.ModuleList([MessagePassing(width, config.heads) for _ in range(config.layers)])
        self.jet = perceptron(width + 3, width, width)
        self.slots = nn.Parameter(torch.randn(1, config.max_extras, width))
        self.posterior = Posterior(width, config.jet_latent, latent)
        self.known = nn.Linear(width + config.jet_latent, width)
        self.entered = nn.Linear(latent, width)
        self.entered_extra = nn.Linear(latent, width)
        self.agree = MessagePassing(width, config.heads)
        self.fate = perceptron(width, width, 7)
        self.extra = perceptron(width, 2 * width, 7)

    @property
    def noise_size(self) -> int:
        """Z: latent point of the jet, and latent point, decision and three coordinates of each slot."""
        return self._jet_latent + self._slots * (self._latent + _OWN)

    @property
    def max_reco_constituents(self) -> int:
        """R: P and the extras."""
        return self._slots

    def forward(self, constituents: Tensor, noise: Tensor) -> Tensor:
        """Simulate gen constituents.

        Parameters
        ----------
        constituents : Tensor (B, n, 3)
            px, py, pz in GeV; n may be less than P.
        noise : Tensor (B, Z)
            Standard normal numbers; those of constituents beyond n are not used.

        Returns
        -------
        Tensor (B, n + K, 3)
            Reco constituents in GeV; zero rows where there is none.
        """
        local = localised(constituents)
        nodes, affinity, jet = self._encode(local)
        size, own = self._latent, self._latent + _OWN
        slots = noise[:, self._jet_latent :].reshape(noise.shape[0], -1, own)
        extra = slots[:, : self._extras]
        node = slots[:, self._extras : self._extras + constituents.shape[1]]
        fates, extras = self._decode(
            local, nodes, affinity, jet, noise[:, : self._jet_latent], node[..., :size], extra[..., :size]
        )
        change = _drawn(fates, node[..., size + 1 :]) * self.unit
        place = _drawn(extras, extra[..., size + 1 :]) * self.extra_unit
        survivors = momenta(
            local.log_pt + change[..., 0],
            local.eta + change[..., 1],
            local.delta_phi + change[..., 2],
            local.axis,
        )
        others = momenta(place[..., 0], local.axis[:, :1] + place[..., 1], place[..., 2], local.axis)
        kept = below(node[..., size], fates.logits) * local.there
        # Nothing comes of a jet without constituents.
        added = below(extra[..., size], extras.logits) * local.there.amax(1, keepdim=True)
        return torch.cat([survivors * kept.unsqueeze(2), others * added.unsqueeze(2)], 1)

    def training_tensors(self, pairs: Pairs) -> dict[str, NDArray[Any]]:
        """Match reco to gen constituents; see :meth:`JetModel.training_tensors`.

        Parameters
        ----------
        pairs : Pairs
            N pairs.

        Returns
        -------
        dict of int16 array
            ``matched`` (N, P): the reco constituent of each gen constituent; ``extras`` (N, K): reco
            constituents that are matched to none.
        """
        matched = match(pairs.gen, pairs.reco)
        return {"matched": matched, "extras": unmatched(matched, pairs.reco, self._extras)}

    def loss(self, batch: Batch, settings: GraphLoss) -> dict[str, Tensor]:
        """Minus the evidence lower bound, in nats for each jet, and its parts.

        Parameters
        ----------
        batch : Batch
            B pairs.
        settings : GraphLoss
            Weight of the divergences.

        Returns
        -------
        dict of Tensor
            Means over the batch; see :meth:`Model.loss`.
        """
        local = localised(batch.gen[:, : batch.rows()])
        target = target_of(batch, local, self.unit, self.extra_unit)
        nodes, affinity, jet = self._encode(local)
        points = self.posterior(nodes, local.there, jet, self.slots, target)
        drawn = [
            mean + (0.5 * spread).exp() * standard_normal(*mean.shape, device=mean.device)
            for mean, spread in points
        ]
        fates, extras = self._decode(local, nodes, affinity, jet, *drawn)
        every = torch.ones_like(target.extra)
        parts = {
            "fate": _unlikelihood(fates, target.kept, local.there),
            "change": _gaussian(fates, target.change, target.kept),
            "extra": _unlikelihood(extras, target.extra, every),
            "place": _gaussian(extras, target.place, target.extra),
            "kl_jet": unit_gaussian_divergence(*points[0]),
            "kl_constituents": (unit_gaussian_divergence(*points[1]) * local.there).sum(1)
            + unit_gaussian_divergence(*points[2]).sum(1),
        }
        means = {name: batch.mean(part) for name, part in parts.items()}
        likelihood = means["fate"] + means["change"] + means["extra"] + means["place"]
        return {"total": likelihood + settings.beta * (means["kl_jet"] + means["kl_constituents"]), **means}

    def _encode(self, local: Local) -> tuple[Tensor, Tensor, Tensor]:
        """Nodes (B, n, w), affinities (B, H, n, n) and the jet (B, w)."""
        nearness = pair_features(local)
        affinity = self.affinity(nearness, local.there)
        nodes = self.embed(torch.cat([node_features(local), crowding(local, nearness)], 2))
        for layer in self.messages:
            nodes = layer(nodes, affinity)
        count = torch.log1p(local.there.sum(1, keepdim=True)) - 3
        known = torch.cat([local.jet_log_pt - 5, local.axis[:, :1].abs() - 1, count], 1)
        return nodes, affinity, self.jet(torch.cat([pooled(nodes, local.there), known], 1))

    def _decode(
        self,
        local: Local,
        nodes: Tensor,
        affinity: Tensor,
        jet: Tensor,
        whole: Tensor,
        own: Tensor,
        extra: Tensor,
    ) -> tuple[Slots, Slots]:
        """Latent points of the jet, its constituents and its extras, to what becomes of them."""
        known = self.known(torch.cat([jet, whole], 1)).unsqueeze(1)
        nodes = self.agree(nodes + known + self.entered(own), affinity)
        slots = torch.relu(self.slots + known + self.entered_extra(extra))
        return _slots(self.fate(nodes)), _slots(self.extra(slots))


def _slots(values: Tensor) -> Slots:
    return Slots(
        values[..., 0],
        values[..., 1:4].clamp(-_LARGEST, _LARGEST),
        values[..., 4:].clamp(*_LOG_WIDTH),
    )


def _drawn(slots: Slots, noise: Tensor) -> Tensor:
    return (slots.mean + torch.exp(slots.log_width) * noise).clamp(-_LARGEST, _LARGEST)


def _unlikelihood(slots: Slots, there: Tensor, counted: Tensor) -> Tensor:
    """Minus log-likelihood (B,) of which slots are there."""
    each = binary_cross_entropy_with_logits(slots.logits, there, reduction="none")
    return (each * counted).sum(1)


def _gaussian(slots: Slots, value: Tensor, there: Tensor) -> Tensor:
    """Minus log-likelihood (B,) of the values of those that are there, but for a constant."""
    each = 0.5 * ((value - slots.mean) * torch.exp(-slots.log_width)).square() + slots.log_width
    return (each.sum(2) * there).sum(1)
