"""K0S and Lambda of a gen jet, found by the masses of their decay products, which are lost together.

Generators decay them, metres from the vertex where they are hard: what they decay into beyond the tracker's
outer face enters no calorimeter. Half of the jets that lose a third of their pt hold a hard one.
"""

from __future__ import annotations

from typing import NamedTuple

import torch
import torch.nn.functional as F
from torch import Tensor, nn

from pyjetsim.models.cells.detector import Detector
from pyjetsim.models.cells.heads import mlp
from pyjetsim.models.cells.particles import CHARGED_HADRON, NEUTRAL_HADRON, PHOTON, Species
from pyjetsim.models.cells.tokens import Particles

_PION, _PROTON, _NEUTRON, _PI0 = 0.13957, 0.93827, 0.93957, 0.13498
_K0S, _LAMBDA = 0.49761, 1.11568
"""Masses in GeV (PDG 2022)."""
_FLIGHT = {_K0S: 0.026844, _LAMBDA: 0.07891}
"""c tau in m (PDG 2022)."""
_WINDOW = 0.4e-3
"""GeV about the mass: momenta in float32 give it to a tenth of that."""
_FAR = 1e4
FEATURES, JET_FEATURES = 6, 3
_HIDDEN = 16


class VZeros(NamedTuple):
    """What each gen particle (B, P) comes from."""

    number: Tensor
    """(B, P) int64: the first of the particles that come from the same V0; its own for others."""
    kind: Tensor
    """(B, P, 2) float: 1 for products of K0S, of Lambda."""
    momentum: Tensor
    """(B, P) of the V0 in GeV; 1 for others."""
    pt: Tensor
    """(B, P) of the V0 in GeV; 0 for others."""
    flights: Tensor
    """(B, P) mean flights that the V0 has to the edge of the tracker; 0 for others."""

    @property
    def member(self) -> Tensor:
        """(B, P) float: 1 for products of a V0."""
        return self.kind.sum(-1)

    @property
    def beyond(self) -> Tensor:
        """(B, P) chance that the V0 decays beyond the tracker; 0 for others."""
        return torch.exp(-self.flights) * self.member


def vzeros(gen: Particles, species: Species, vertex: Tensor, detector: Detector) -> VZeros:
    """K0S to two pions and Lambda to proton or neutron and pion, in jets of a vertex (B,) in m.

    Neutral pions are pairs of photons. Each particle belongs to one V0 at most: pairs are each other's best.
    """
    index = torch.arange(gen.pt.shape[1], device=gen.pt.device).expand(gen.pt.shape[0], -1)
    photon = gen.kind[..., PHOTON] > 0
    both = photon.unsqueeze(2) & photon.unsqueeze(1)
    massless = torch.zeros_like(gen.pt)
    miss = _miss(_masses(gen.momentum, massless), _PI0)
    twin = _partners(torch.where(both, miss, torch.full_like(miss, _FAR)))
    in_pair = (twin != index) & photon
    first = in_pair & (index < twin)
    pion = gen.momentum + _gathered(gen.momentum, twin)
    # One object a particle: itself, or for the first photon of a neutral pion that.
    momentum = torch.where(first.unsqueeze(-1), pion, gen.momentum)
    hadron = gen.kind[..., CHARGED_HADRON] > 0
    charged_pion, proton = hadron & (species.mass < 0.2), hadron & ((species.mass - _PROTON).abs() < 0.01)
    neutron = (gen.kind[..., NEUTRAL_HADRON] > 0) & ((species.mass - _NEUTRON).abs() < 0.01)
    mass = _PI0 * first.float() + _PION * charged_pion.float() + _PROTON * proton.float()
    mass = mass + _NEUTRON * neutron.float()
    opposite = gen.charge.unsqueeze(2) * gen.charge.unsqueeze(1) < 0
    kaon = _both(charged_pion, charged_pion) & opposite | _both(first, first)
    hyperon = _either(proton, charged_pion) & opposite | _either(neutron, first)
    masses = _masses(momentum, mass)
    of_kaon, of_hyperon = _miss(masses, _K0S), _miss(masses, _LAMBDA)
    far = torch.full_like(of_kaon, _FAR)
    score = torch.minimum(torch.where(kaon, of_kaon, far), torch.where(hyperon, of_hyperon, far))
    other = _partners(score)
    paired = (other != index).float()
    is_kaon = torch.gather(kaon.float(), 2, other.unsqueeze(-1)) * paired.unsqueeze(-1)
    kind = torch.cat([is_kaon, paired.unsqueeze(-1) - is_kaon], -1)
    parent = (momentum + _gathered(momentum, other)) * paired.unsqueeze(-1)
    number = torch.minimum(index, other)
    # The second photon of a neutral pion has what the first has.
    root = torch.where(in_pair, torch.minimum(index, twin), index)
    number, kind, parent = torch.gather(number, 1, root), _gathered(kind, root), _gathered(parent, root)
    number = torch.where(kind.sum(-1) > 0, number, index)
    return VZeros(number, kind, *_flight(parent, kind, vertex, detector))


def _flight(
    parent: Tensor, kind: Tensor, vertex: Tensor, detector: Detector
) -> tuple[Tensor, Tensor, Tensor]:
    """Momentum and pt of V0s (B, P, 3), and how many of their mean flights the tracker is deep."""
    member = kind.sum(-1)
    pt = torch.sqrt(parent[..., :2].square().sum(-1))
    z = parent[..., 2]
    momentum = torch.where(member > 0, torch.sqrt(pt.square() + z.square()), torch.ones_like(pt))
    momentum = momentum.clamp(min=1e-3)
    # Path to the barrel and to the endcap, m a GeV of momentum.
    barrel = detector.radius / pt.clamp(min=1e-3)
    depth = detector.half_length - torch.sign(z) * vertex.unsqueeze(1)
    endcap = depth / z.abs().clamp(min=1e-3)
    of_each = [mass / length for mass, length in _FLIGHT.items()]
    flights = torch.minimum(barrel, endcap) * (kind[..., 0] * of_each[0] + kind[..., 1] * of_each[1])
    return momentum, pt * member, flights.clamp(max=50.0)


def _miss(masses: Tensor, wanted: float) -> Tensor:
    """How far the masses of pairs (B, P, P) are from ``wanted``, in windows; beyond one: far."""
    miss = (masses - wanted).abs() / _WINDOW
    return torch.where(miss < 1, miss, torch.full_like(miss, _FAR))


def _masses(momentum: Tensor, mass: Tensor) -> Tensor:
    """Masses in GeV of all pairs (B, P, P) of momenta (B, P, 3) and masses (B, P).

    m^2 = m1^2 + m2^2 + 2 (E1 E2 - p1 p2), the last without the difference of two large numbers.
    """
    x, y, z = momentum.unbind(-1)
    square = momentum.square().sum(-1)
    energy = torch.sqrt(square + mass.square())
    cross = (_outer(x, y) - _outer(y, x)).square() + (_outer(y, z) - _outer(z, y)).square()
    cross = cross + (_outer(z, x) - _outer(x, z)).square()
    m2 = mass.square()
    along = momentum @ momentum.transpose(1, 2)
    both = _outer(energy, energy)
    above = _outer(m2, m2) + _outer(m2, square) + _outer(square, m2) + cross
    beyond = torch.where(along > 0, above / (both + along).clamp(min=1e-9), both - along)
    pair2 = m2.unsqueeze(2) + m2.unsqueeze(1) + 2 * beyond
    return torch.sqrt(pair2.clamp(min=0))


def _outer(a: Tensor, b: Tensor) -> Tensor:
    return a.unsqueeze(2) * b.unsqueeze(1)


def _both(a: Tensor, b: Tensor) -> Tensor:
    return a.unsqueeze(2) & b.unsqueeze(1)


def _either(a: Tensor, b: Tensor) -> Tensor:
    return _both(a, b) | _both(b, a)


def _partners(score: Tensor) -> Tensor:
    """(B, P) int64: the best partner by score (B, P, P), where that is mutual, or the particle itself."""
    n = score.shape[1]
    index = torch.arange(n, device=score.device)
    score = torch.where(index.unsqueeze(1) == index.unsqueeze(0), torch.full_like(score, _FAR), score)
    best, partner = score.min(-1)
    back = torch.gather(partner, 1, partner)
    mutual = (back == index) & (best < 1)
    return torch.where(mutual, partner, index.expand_as(partner))


def _gathered(values: Tensor, index: Tensor) -> Tensor:
    """Rows of (B, P, N) by number (B, P)."""
    return torch.gather(values, 1, index.unsqueeze(-1).expand(-1, -1, values.shape[-1]))


def features(found: VZeros, gen: Particles) -> Tensor:
    """Of each particle (B, P, FEATURES), of the order of 1."""
    return torch.cat(
        [
            found.kind,
            torch.stack(
                [
                    found.beyond,
                    torch.exp(-found.flights / 4) * found.member,
                    torch.log(found.momentum) / 3,
                    4 * found.pt / gen.jet_pt.unsqueeze(1),
                ],
                -1,
            ),
        ],
        -1,
    )


def jet_features(found: VZeros, share: Tensor) -> list[Tensor]:
    """Of jets, three of (B,), from the shares of pt (B, P) of their particles."""
    lost = share * found.beyond
    return [6 * lost.sum(1), 4 * (share * found.member).sum(1), 8 * lost.amax(1)]


class Survival(nn.Module):
    """Whether a V0 decays where its products can be seen; all of them share the draw.

    With the chance s that it does, learnt from flight and momentum, products are seen or not each by itself;
    otherwise none is.
    """

    def __init__(self) -> None:
        super().__init__()
        self.chance = mlp(5, _HIDDEN, 1, 1)

    def forward(self, found: VZeros) -> Tensor:
        """Logit of s (B, P), the same for all products of a V0."""
        numbers = torch.stack(
            [found.beyond, torch.log(found.flights + 1e-2) / 3, torch.log(found.momentum) / 3], -1
        )
        # A guess to start from: that of the exponential law.
        guess = torch.log((1 - found.beyond).clamp(min=1e-3) / found.beyond.clamp(min=1e-3))
        learnt: Tensor = self.chance(torch.cat([numbers, found.kind], -1)).squeeze(-1)
        return guess + learnt

    def nll(self, found: VZeros, members: Tensor, each: Tensor, seen: Tensor) -> Tensor:
        """-log likelihoods (B, K) of which particles were seen.

        Parameters
        ----------
        found : VZeros
            Of B jets with P particles.
        members : float Tensor (B, P)
            1 for products of V0s that share their fate.
        each : Tensor (B, P, K)
            -log likelihoods if each were by itself and all V0s survive; 0 for particles that are not asked.
        seen : float Tensor (B, P)
            1 for those that were seen.
        """
        own = each * (1 - members).unsqueeze(-1)
        rows = (found.number.unsqueeze(1) == _index(members).unsqueeze(-1)).float() * members.unsqueeze(1)
        together, any_seen = rows @ each, rows @ seen.unsqueeze(-1)
        there = (rows.sum(-1, keepdim=True) > 0).float()
        survival = self(found).unsqueeze(-1)
        lost = torch.where(any_seen > 0, torch.full_like(any_seen, -_FAR), F.logsigmoid(-survival))
        joint = -torch.logaddexp(F.logsigmoid(survival) - together, lost)
        return (own + joint * there).sum(1)

    def draw(self, found: VZeros, u: Tensor) -> Tensor:
        """(B, P) float: 0 for the products of V0s that decay too late; u (B, P) uniform."""
        shared = torch.gather(u, 1, found.number)
        return torch.where(
            found.member > 0, (shared < torch.sigmoid(self(found))).float(), torch.ones_like(u)
        )


def _index(of: Tensor) -> Tensor:
    return torch.arange(of.shape[1], device=of.device).expand(of.shape[0], -1)
