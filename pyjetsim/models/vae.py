"""The paper's convolutional variational autoencoder."""

from __future__ import annotations

from typing import Annotated, ClassVar

from pydantic import Field, model_validator
from torch import Tensor, nn

from pyjetsim.models.base import Batch, JetModel, JetModelConfig
from pyjetsim.models.loss import Prediction, ReconstructionLoss, loss_components
from pyjetsim.models.sampling import standard_normal

_Positive = Annotated[int, Field(ge=1)]
SLOPE = 0.1
KERNEL = 5
LOG_VARIANCE_MAX = 20.0
"""No training comes near it; far outside the domain it keeps the answer finite."""


class VAEConfig(JetModelConfig):
    """Sizes, those of the paper (section 4) by default."""

    latent: int = Field(default=20, ge=1)
    hidden: int = Field(default=150, ge=1)
    channels: tuple[_Positive, _Positive, _Positive] = (32, 64, 128)
    dropout: float = Field(default=0.2, ge=0, lt=1)

    @model_validator(mode="after")
    def _long_enough(self) -> VAEConfig:
        if self.max_constituents < 32:
            raise ValueError("max_constituents below 32 leaves the third convolution nothing to look at")
        return self


def _lengths(config: VAEConfig) -> tuple[int, int, int]:
    """How many columns the table has after each convolution."""
    first = config.max_constituents - KERNEL + 1
    second = first // 2 - KERNEL + 1
    return first, second, second // 2 - KERNEL + 1


def flat_size(config: VAEConfig) -> int:
    """Numbers that the convolutions leave of a jet."""
    return config.channels[2] * _lengths(config)[2]


def decoder(config: VAEConfig, rows: int) -> nn.Sequential:
    """Latent points (B, L) to tables (B, 1, ``rows``, P), by the way the encoder came."""
    first, second, third = config.channels
    length1, length2, length3 = _lengths(config)
    return nn.Sequential(
        nn.Linear(config.latent, config.hidden),
        nn.LeakyReLU(SLOPE),
        nn.Dropout(config.dropout),
        nn.Linear(config.hidden, flat_size(config)),
        nn.LeakyReLU(SLOPE),
        nn.Dropout(config.dropout),
        nn.Unflatten(1, (third, 1, length3)),
        nn.ConvTranspose2d(third, second, (1, KERNEL)),
        nn.LeakyReLU(SLOPE),
        nn.Upsample((1, length2), mode="bilinear"),
        nn.ConvTranspose2d(second, first, (1, KERNEL)),
        nn.LeakyReLU(SLOPE),
        nn.Upsample((1, length1), mode="bilinear"),
        nn.ConvTranspose2d(first, 1, (rows, KERNEL)),
    )


class VAE(JetModel):
    """The paper's convolutional variational autoencoder.

    Parameters
    ----------
    config : VAEConfig, optional
        Sizes; None: the paper's.

    Notes
    -----
    A jet is a single-channel 3 x P table. Three convolutions without padding, 3x5, 1x5 and 1x5,
    the first two followed by 1x2 max pooling, then dense layers to the mean and log-variance of
    the latent space. The decoder mirrors it: bilinear upsampling undoes each pooling, to exactly
    the length the encoder had there. Leaky ReLU except on the two outputs. With P = 50 the
    flattened encoder output is 640 numbers, and the model has 305,661 parameters.

    References
    ----------
    M. Touranakou et al., Mach. Learn.: Sci. Technol. 3 (2022) 035003, section 4 and figure 1.
    """

    Config: ClassVar[type[JetModelConfig]] = VAEConfig
    Loss = ReconstructionLoss
    uses_ops = True
    uses_weights = True

    def __init__(self, config: VAEConfig | None = None) -> None:
        config = config or VAEConfig()
        super().__init__(config)
        first, second, third = config.channels
        self._latent = config.latent
        self.encoder = nn.Sequential(
            nn.Conv2d(1, first, (3, KERNEL)),
            nn.LeakyReLU(SLOPE),
            nn.MaxPool2d((1, 2)),
            nn.Conv2d(first, second, (1, KERNEL)),
            nn.LeakyReLU(SLOPE),
            nn.MaxPool2d((1, 2)),
            nn.Conv2d(second, third, (1, KERNEL)),
            nn.LeakyReLU(SLOPE),
            nn.Flatten(),
            nn.Linear(flat_size(config), config.hidden),
            nn.LeakyReLU(SLOPE),
            nn.Dropout(config.dropout),
        )
        self.latent_mean = nn.Linear(config.hidden, config.latent)
        self.latent_log_variance = nn.Linear(config.hidden, config.latent)
        self.decoder = decoder(config, rows=3)

    @property
    def noise_size(self) -> int:
        """Z: the size of the latent space."""
        return self._latent

    def predict(self, constituents: Tensor, noise: Tensor) -> Prediction:
        """Encode gen jets, sample their latent points, and decode them as reco jets.

        Parameters
        ----------
        constituents : Tensor (B, P, 3)
            Gen constituents in GeV.
        noise : Tensor (B, Z)
            Standard normal numbers, which sample the latent points.

        Returns
        -------
        Prediction
            Reco constituents in GeV, and mean and log-variance of the latent points.
        """
        table = ((constituents - self.gen_mean) / self.gen_width).transpose(1, 2).unsqueeze(1)
        hidden = self.encoder(table)
        mean = self.latent_mean(hidden)
        log_variance = self.latent_log_variance(hidden).clamp(max=LOG_VARIANCE_MAX)
        decoded = self.decoder(mean + (0.5 * log_variance).exp() * noise)
        reco = decoded.squeeze(1).transpose(1, 2) * self.reco_width + self.reco_mean
        return Prediction(reco, mean, log_variance)

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
            Reco constituents in GeV.
        """
        return self.predict(constituents, noise).constituents

    def loss(self, batch: Batch, settings: ReconstructionLoss) -> dict[str, Tensor]:
        """Equation 1 of the paper and its terms; see :meth:`Model.loss`.

        Parameters
        ----------
        batch : Batch
            B pairs.
        settings : ReconstructionLoss
            Weights.

        Returns
        -------
        dict of Tensor
            Means over the batch.
        """
        noise = standard_normal(len(batch.gen), self.noise_size, device=batch.gen.device)
        prediction = self.predict(batch.gen, noise)
        return loss_components(self, prediction, batch.reco, settings, mean=batch.mean)
