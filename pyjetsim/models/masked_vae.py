"""The paper's autoencoder with a learnable mask, which predicts how many constituents there are."""

from __future__ import annotations

from typing import ClassVar, NamedTuple

import torch
from pydantic import Field
from torch import Tensor, nn
from torch.nn.functional import binary_cross_entropy_with_logits, leaky_relu

from pyjetsim.models.base import Batch, JetModel, JetModelConfig, LossConfig
from pyjetsim.models.loss import masked_reconstruction_loss, unit_gaussian_divergence
from pyjetsim.models.sampling import below, standard_normal
from pyjetsim.models.vae import KERNEL, LOG_VARIANCE_MAX, SLOPE, VAEConfig, decoder, flat_size

_ROWS = 4
"""px, py, pz, and whether the constituent is there."""


class MaskedLoss(LossConfig):
    """The weights of :class:`~pyjetsim.models.loss.ReconstructionLoss`, and one for the mask."""

    beta: float = Field(default=1 / 9, ge=0, lt=1)
    reconstruction_weight: float = Field(default=1.0, ge=0)
    alpha_mass: float = Field(default=1.0, ge=0)
    alpha_pt: float = Field(default=0.1, ge=0)
    alpha_momentum: float = Field(default=0.0, ge=0)
    mask_weight: float = Field(default=50.0, gt=0)
    """GeV² a nat: the other terms are in GeV²."""


class MaskedPrediction(NamedTuple):
    """Output of the decoder, for the loss."""

    constituents: Tensor
    """(B, P, 3) GeV, all slots."""
    logits: Tensor
    """(B, P): of the probability that a slot is a constituent."""
    latent_mean: Tensor
    """(B, L)."""
    latent_log_variance: Tensor
    """(B, L)."""


class MaskedVAE(JetModel):
    """:class:`~pyjetsim.models.VAE` with a learnable mask: absent constituents are zero rows.

    Parameters
    ----------
    config : VAEConfig, optional
        Sizes; None: the paper's.

    Notes
    -----
    The table has a fourth row, 1 where there is a constituent; padding is zero after standardisation and
    after every convolution, so that beyond the last constituent a kernel sees only zeros. The decoder has
    the fourth row too: the logit of each slot's probability to be a constituent. The noise is the latent
    point, then one number for each slot that decides it; an absent slot is a zero row.

    Slots are ordered by pt as the target is, so slot i is a constituent where the target has more than i.
    The mask learns that by cross entropy; the other terms compare as many slots as the target has
    constituents. (An expected distance under the mask is the alternative, but it becomes smaller when slots
    that are hard to place are hidden, and the multiplicity would be wrong.)
    """

    Config: ClassVar[type[JetModelConfig]] = VAEConfig
    Loss = MaskedLoss
    uses_ops = True
    uses_weights = True

    def __init__(self, config: VAEConfig | None = None) -> None:
        config = config or VAEConfig()
        super().__init__(config)
        first, second, third = config.channels
        self._slots = config.max_constituents
        self._latent = config.latent
        self.convolutions = nn.ModuleList(
            [
                nn.Conv2d(1, first, (_ROWS, KERNEL)),
                nn.Conv2d(first, second, (1, KERNEL)),
                nn.Conv2d(second, third, (1, KERNEL)),
            ]
        )
        self.pool = nn.MaxPool2d((1, 2))
        self.encoder = nn.Sequential(
            nn.Flatten(),
            nn.Linear(flat_size(config), config.hidden),
            nn.LeakyReLU(SLOPE),
            nn.Dropout(config.dropout),
        )
        self.latent_mean = nn.Linear(config.hidden, config.latent)
        self.latent_log_variance = nn.Linear(config.hidden, config.latent)
        self.decoder = decoder(config, rows=_ROWS)

    @property
    def noise_size(self) -> int:
        """Z: the size of the latent space, and one number for each slot."""
        return self._latent + self._slots

    def predict(self, constituents: Tensor, noise: Tensor) -> MaskedPrediction:
        """Encode gen jets, sample their latent points, and decode all slots.

        Parameters
        ----------
        constituents : Tensor (B, P, 3)
            Gen constituents in GeV.
        noise : Tensor (B, L)
            Standard normal numbers, which sample the latent points.

        Returns
        -------
        MaskedPrediction
            All slots, and their logits.
        """
        hidden = self.encoder(self._convolved(constituents))
        mean = self.latent_mean(hidden)
        log_variance = self.latent_log_variance(hidden).clamp(max=LOG_VARIANCE_MAX)
        decoded = self.decoder(mean + (0.5 * log_variance).exp() * noise).squeeze(1)
        reco = decoded[:, :3].transpose(1, 2) * self.reco_width + self.reco_mean
        return MaskedPrediction(reco, decoded[:, 3], mean, log_variance)

    def forward(self, constituents: Tensor, noise: Tensor) -> Tensor:
        """Simulate gen constituents.

        Parameters
        ----------
        constituents : Tensor (B, P, 3)
            px, py, pz in GeV.
        noise : Tensor (B, Z)
            Standard normal numbers.

        Returns
        -------
        Tensor (B, P, 3)
            Reco constituents in GeV; zero rows where there is none.
        """
        predicted = self.predict(constituents, noise[:, : self._latent])
        there = below(noise[:, self._latent :], predicted.logits)
        return predicted.constituents * there.unsqueeze(2)

    def loss(self, batch: Batch, settings: MaskedLoss) -> dict[str, Tensor]:
        """Equation 1 of the paper over constituents that are there, and the mask's cross entropy.

        Parameters
        ----------
        batch : Batch
            B pairs.
        settings : MaskedLoss
            Weights.

        Returns
        -------
        dict of Tensor
            Means over the batch; see :meth:`Model.loss`.
        """
        noise = standard_normal(len(batch.gen), self._latent, device=batch.gen.device)
        predicted = self.predict(batch.gen, noise)
        there = (batch.reco != 0).any(2)
        reconstruction, means = masked_reconstruction_loss(
            predicted.constituents * there.unsqueeze(2),
            batch.reco,
            there,
            mean=batch.mean,
            chamfer_weight=settings.reconstruction_weight,
            alpha_mass=settings.alpha_mass,
            alpha_pt=settings.alpha_pt,
            alpha_momentum=settings.alpha_momentum,
        )
        mask = binary_cross_entropy_with_logits(predicted.logits, there.float(), reduction="none")
        mask = batch.mean(mask.sum(1))
        kl = batch.mean(unit_gaussian_divergence(predicted.latent_mean, predicted.latent_log_variance))
        total = (1 - settings.beta) * (reconstruction + settings.mask_weight * mask)
        if settings.beta > 0:
            total = total + settings.beta * kl
        return {"total": total, **means, "mask": mask, "kl": kl}

    def _convolved(self, constituents: Tensor) -> Tensor:
        there = (constituents != 0).any(2).to(constituents.dtype).unsqueeze(1)
        table = ((constituents - self.gen_mean) / self.gen_width).transpose(1, 2) * there
        hidden = torch.cat([table, there], 1).unsqueeze(1)
        there = there.unsqueeze(1)
        for index, convolution in enumerate(self.convolutions):
            if index > 0:
                hidden, there = self.pool(hidden), self.pool(there)
            # Constituents come first: an output is of one where its first input is.
            there = there[..., : 1 - KERNEL]
            hidden = leaky_relu(convolution(hidden), SLOPE) * there
        return hidden
