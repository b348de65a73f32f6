"""Flows of clouds: the particles of a jet from its class, or from its class, multiplicity and mass.

B. Käch et al., "Mass conditioned and constrained normalizing flows for particle cloud generation": coupling
layers of rational-quadratic splines over all particles at once, with the multiplicity n and the mass m as
conditions, and a term of the loss that holds the mass of generated clouds to the one that was asked for.
"""

from __future__ import annotations

from typing import ClassVar, Literal, NamedTuple

import numpy as np
import torch
from numpy.typing import NDArray
from pydantic import Field
from torch import Tensor

from pyjetsim.io.clouds import CLASSES, PARTICLES
from pyjetsim.jets.noise import stream
from pyjetsim.models.base import LossConfig, Model, ModelConfig, Standardisation
from pyjetsim.models.flows import CouplingConfig, CouplingFlow
from pyjetsim.models.sampling import standard_normal, uniform

ANGLE = 0.05
"""Angles are taken as asinh(angle / ANGLE): near the axis as they are, far from it as logarithms, so that all
lie within the splines."""
NOISE = 1e-7
"""Of padding = "source": what is added to the zeros, in the units of the particles."""
LEAST_PT = 1e-5
"""Of padding = "source": a generated particle below this share of the jet's pt is none."""
ABSENT, ABSENT_WIDTH, LEAST = -4.0, 0.1, -3.5
"""Of padding = "apart", in widths of the logarithm of pt: where particles that are not there lie, how widely,
and the least of those that are."""

Variant = Literal["vanilla", "conditioned", "constrained"]
Padding = Literal["source", "apart"]


class CloudFlowConfig(ModelConfig):
    """Settings."""

    variant: Variant = "constrained"
    """"vanilla": given the class alone; "conditioned": given class, n and mass; "constrained": the same,
    with the mass in the loss."""
    padding: Padding = "apart"
    """What stands for particles that are not there. "source": zeros with noise of 1e-7. "apart": where n is a
    condition standard normal numbers, which the output leaves out; elsewhere pt far below that of all
    particles."""
    layers: int = Field(default=8, ge=1)
    """Coupling layers of the particles' flow, as in CouplingConfig; and their sizes:"""
    width: int = Field(default=160, ge=1)
    blocks: int = Field(default=1, ge=0)
    bins: int = Field(default=8, ge=2)


class CloudFlowLoss(LossConfig):
    """Settings of the loss: -log p of particles and mass, and the constraint."""

    mass_weight: float = Field(default=3e4, ge=0)
    """Lambda, of (m_gen - m_cond)² in units of the jet's pt; for the variant "constrained"."""


class CloudBatch(NamedTuple):
    """B clouds to train on."""

    jet_class: Tensor
    """(B,) int32."""
    particles: Tensor
    """(B, 30, 3) eta, phi, pt relative to the jet, zero rows where there is none."""
    n: Tensor
    """(B,) int32."""
    mass: Tensor
    """(B,) over the jet's pt."""


class CloudFlow(Model):
    """The three flows of the source, and a small model of n and mass given the class.

    Notes
    -----
    Particles are 90 numbers: for each place in the order of pt asinh(eta / ANGLE), asinh(phi / ANGLE) and
    log(pt), each standardised. Given the class, n is drawn by its frequencies in training, and log(mass) from
    a flow of one number.
    """

    task: ClassVar[str] = "cloud"
    Config, Loss = CloudFlowConfig, CloudFlowLoss
    config: CloudFlowConfig
    particles_mean: Tensor
    particles_width: Tensor
    padded_mean: Tensor
    padded_width: Tensor
    globals_mean: Tensor
    globals_width: Tensor
    n_shares: Tensor

    def __init__(self, config: CloudFlowConfig) -> None:
        super().__init__(config)
        sizes = CouplingConfig(
            layers=config.layers, width=config.width, blocks=config.blocks, bins=config.bins
        )
        conditions = len(CLASSES) + (2 if self.conditioned else 0)
        self.flow = CouplingFlow(3 * PARTICLES, conditions, sizes)
        for name, size in (("particles", 3 * PARTICLES), ("padded", 3 * PARTICLES), ("globals", 2)):
            self.register_buffer(f"{name}_mean", torch.zeros(size))
            self.register_buffer(f"{name}_width", torch.ones(size))
        if self.conditioned:
            self.register_buffer("n_shares", torch.zeros(len(CLASSES), PARTICLES))
            self.mass_flow = CouplingFlow(
                1, len(CLASSES) + 1, CouplingConfig(layers=1, width=48, blocks=1, bins=16)
            )

    @property
    def conditioned(self) -> bool:
        """Whether n and mass are conditions."""
        return self.config.variant != "vanilla"

    @property
    def noise_size(self) -> int:
        """One for each number of the particles, and for n and mass where they are drawn."""
        return 3 * PARTICLES + (2 if self.conditioned else 0)

    def set_standardisation(
        self,
        particles: Standardisation,
        padded: Standardisation,
        globals: Standardisation,
        classes_and_n: Standardisation,
    ) -> None:
        """Set mean and width of the particles, and of n and log(mass); and how frequent each n is.

        Parameters
        ----------
        particles, padded, globals : Standardisation
            (90,) of those that are there; (90,) of all, with the source's padding; (2,).
        classes_and_n : Standardisation
            (150,) of 1 for the class and n of a cloud and 0 for all others: its mean is their share.
        """
        for name, of in (("particles", particles), ("padded", padded), ("globals", globals)):
            getattr(self, f"{name}_mean").copy_(of.mean)
            getattr(self, f"{name}_width").copy_(of.width)
        self.globals_width[0].clamp_(min=1.0)  # where nearly all have one n, another is no wild number
        if self.conditioned:
            self.n_shares.copy_(classes_and_n.mean.reshape(self.n_shares.shape))

    # Particles and the numbers of the flow.

    def _standardised(self, batch: CloudBatch) -> Tensor:
        """What the flow is trained on, (B, 90), with padding drawn anew."""
        there = batch.particles[:, :, 2:] > 0
        shape = batch.particles.shape
        if self.config.padding == "source":
            particles = torch.where(
                there, batch.particles, NOISE * standard_normal(*shape, device=self.device)
            )
            return (transformed(particles).flatten(1) - self.padded_mean) / self.padded_width
        noise = standard_normal(*shape, device=self.device)
        numbers = (transformed(batch.particles).flatten(1) - self.particles_mean) / self.particles_width
        numbers = numbers.reshape(shape)
        if not self.conditioned:
            numbers = torch.cat((numbers[:, :, :2], numbers[:, :, 2:].clamp(min=LEAST + 0.1)), 2)
            noise = torch.cat((noise[:, :, :2], ABSENT + ABSENT_WIDTH * noise[:, :, 2:]), 2)
        return torch.where(there, numbers, noise).flatten(1)

    def _particles(self, numbers: Tensor, n: Tensor | None) -> Tensor:
        """The flow's numbers (B, 90) as particles (B, 30, 3), and those that are there."""
        of = "padded" if self.config.padding == "source" else "particles"
        mean, width = getattr(self, f"{of}_mean"), getattr(self, f"{of}_width")
        shape = (-1, PARTICLES, 3)
        values = (numbers * width + mean).reshape(shape)
        angles = ANGLE * torch.sinh(values[:, :, :2].clamp(-5, 5))
        pt = torch.exp(values[:, :, 2:].clamp(max=0.0))
        if n is not None:
            there = torch.arange(PARTICLES, device=numbers.device)[None, :, None] < n[:, :, None]
        elif self.config.padding == "source":
            there = pt > LEAST_PT
        else:
            there = numbers.reshape(shape)[:, :, 2:] > LEAST
        return torch.cat((angles, pt), 2) * there.to(pt.dtype)

    def _one_hot(self, jet_class: Tensor) -> Tensor:
        classes = torch.arange(len(CLASSES), device=jet_class.device, dtype=jet_class.dtype)
        return (jet_class.reshape(-1, 1) == classes).float()

    def _conditions(self, classes: Tensor, n: Tensor, log_mass: Tensor) -> Tensor:
        """(B, C) of one-hot classes (B, K), n (B, 1) and log(mass) (B, 1)."""
        numbers = (torch.cat((n.float(), log_mass), 1) - self.globals_mean) / self.globals_width
        return torch.cat((classes, numbers), 1)

    # What is given out.

    def forward(
        self, jet_class: Tensor, noise: Tensor, n: Tensor | None = None, mass: Tensor | None = None
    ) -> Tensor | tuple[Tensor, Tensor, Tensor]:
        """Draw clouds.

        Parameters
        ----------
        jet_class : int32 Tensor (B, 1)
            Places in :data:`pyjetsim.io.clouds.CLASSES`.
        noise : Tensor (B, Z)
            Standard normal numbers.
        n : int32 Tensor (B, 1), optional
            Multiplicity, 0 where it is to be drawn. This and the mass are given to flows that have them as
            conditions, and to no others.
        mass : Tensor (B, 1), optional
            Over the jet's pt, 0 where it is to be drawn.

        Returns
        -------
        Tensor (B, 30, 3)
            Particles: eta, phi, pt relative to the jet, zero rows where there is none, not yet ordered. Of
            flows with conditions a tuple: these, and n int32 (B, 1) and mass (B, 1) that they were given.
        """
        classes = self._one_hot(jet_class)
        if n is None or mass is None:
            return self._particles(self.flow.sample(noise, classes), None)
        below = torch.cumsum(classes @ self.n_shares, 1)
        # Of a class without shares n is 30.
        drawn = 1 + (uniform(noise[:, -2:-1]) * below[:, -1:] >= below[:, :-1]).sum(1, keepdim=True)
        n = torch.where(n > 0, n, drawn.to(n.dtype))
        known = self._conditions(classes, n, torch.zeros_like(mass))[:, :-1]
        number = self.mass_flow.sample(noise[:, -1:], known)
        log_mass = number * self.globals_width[1] + self.globals_mean[1]
        mass = torch.where(mass > 0, mass, torch.exp(log_mass))
        conditions = self._conditions(classes, n, torch.log(mass))
        particles = self._particles(self.flow.sample(noise[:, :-2], conditions), n)
        return particles, n, mass

    # The loss.

    def loss(self, batch: CloudBatch, settings: CloudFlowLoss) -> dict[str, Tensor]:
        r"""Negative log-likelihoods, and the constraint.

        Parameters
        ----------
        batch : CloudBatch
            Clouds of the data.
        settings : CloudFlowLoss
            The weight of the constraint.

        Returns
        -------
        dict of Tensor
            ``particles``, and with conditions ``mass``: -log p, of the numbers standardised;
            with the constraint ``constraint``: the mean of :math:`(m_{gen} - m_{cond})^2` of clouds drawn
            with the batch's n and mass; ``total``: the sum, the constraint times its weight.
        """
        classes = self._one_hot(batch.jet_class)
        if not self.conditioned:
            particles = -self.flow.log_prob(self._standardised(batch), classes).mean()
            return {"total": particles, "particles": particles}
        n, log_mass = batch.n.reshape(-1, 1), torch.log(batch.mass.reshape(-1, 1))
        conditions = self._conditions(classes, n, log_mass)
        parts = {
            "particles": -self.flow.log_prob(self._standardised(batch), conditions).mean(),
            "mass": -self.mass_flow.log_prob(conditions[:, -1:], conditions[:, :-1]).mean(),
        }
        total = parts["particles"] + parts["mass"]
        if self.config.variant == "constrained":
            noise = standard_normal(len(batch.n), 3 * PARTICLES, device=self.device)
            drawn = self._particles(self.flow.sample(noise, conditions), n)
            parts["constraint"] = torch.square(mass_of(drawn) - batch.mass).mean()
            total = total + settings.mass_weight * parts["constraint"]
        return {"total": total, **parts}


def transformed(particles: Tensor) -> Tensor:
    """Particles (..., 3) as the numbers of the flow, not yet standardised; absolute values of pt."""
    pt = particles[..., 2:].abs().clamp(min=1e-12)
    return torch.cat((torch.asinh(particles[..., :2] / ANGLE), torch.log(pt)), -1)


def features_of(
    jet_class: NDArray[np.int32],
    particles: NDArray[np.float32],
    n: NDArray[np.int32],
    mass: NDArray[np.float32],
) -> dict[str, NDArray[np.float64]]:
    """What :meth:`CloudFlow.set_standardisation` is given the mean and width of.

    Parameters
    ----------
    jet_class : int32 array (N,)
        Places in :data:`pyjetsim.io.clouds.CLASSES`.
    particles : float32 array (N, 30, 3)
        With zero rows where there is none.
    n : int32 array (N,)
        How many there are, at least 1.
    mass : float32 array (N,)
        Over the jet's pt, above 0.

    Returns
    -------
    dict of array (N, ...)
        ``particles`` (90): those that are not there replaced by the mean of their place. ``padded`` (90):
        with the noise of the source instead. ``globals`` (2): n and log(mass). ``classes_and_n`` (150): 1 for
        the cloud's own.
    """
    there = particles[:, :, 2:] > 0
    noise = NOISE * stream("padding of clouds", 0).standard_normal(particles.shape)
    numbers = transformed(torch.from_numpy(particles.astype(np.float64))).numpy()
    padded = transformed(torch.from_numpy(np.where(there, particles, noise))).numpy()
    counts = np.maximum(there.sum(0), 1)
    mean = np.where(there, numbers, 0).sum(0) / counts
    # Of a place that nobody fills: as the data's smallest pt, which keeps it finite.
    mean[:, 2] = np.where(
        there[:, :, 0].any(0), mean[:, 2], np.log(particles[there[:, :, 0]][:, 2].min(initial=1))
    )
    filled = np.where(there, numbers, mean)
    both = np.zeros((len(n), len(CLASSES), PARTICLES))
    both[np.arange(len(n)), jet_class, n - 1] = 1
    return {
        "particles": filled.reshape(len(n), -1),
        "padded": padded.reshape(len(n), -1),
        "globals": np.stack([n, np.log(mass)], axis=1),
        "classes_and_n": both.reshape(len(n), -1),
    }


def mass_of(particles: Tensor) -> Tensor:
    r"""Mass (B,) of massless particles (B, P, 3), over the jet's pt, with gradients.

    Notes
    -----
    :math:`m^2 = \sum_{ij} p_i p_j (\cosh(\eta_i - \eta_j) - \cos(\phi_i - \phi_j))`, in sums over one
    particle that lose nothing where the mass is small against the energy.
    """
    eta, phi, pt = particles.unbind(2)
    # cosh(a - b) - cos(c - d), in sums over i and j apart; 1 is taken off both first.
    ch, sh = 2 * torch.sinh(eta / 2) ** 2, torch.sinh(eta)
    co, si = 2 * torch.sin(phi / 2) ** 2, torch.sin(phi)
    total = pt.sum(1)
    above, across = (pt * ch).sum(1), (pt * co).sum(1)
    squared = (
        2 * total * (above + across) + above**2 - across**2 - (pt * sh).sum(1) ** 2 - (pt * si).sum(1) ** 2
    )
    return torch.sqrt(squared.clamp(min=1e-10))
