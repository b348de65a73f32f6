"""The two prongs of a jet, one of which a reco jet may lose, or be."""

from __future__ import annotations

import torch
import torch.nn.functional as F
from torch import Tensor

FEATURES = 8
_ROUNDS = 3


def features(pt: Tensor, eta: Tensor, phi: Tensor) -> list[Tensor]:
    """Where the prongs are, in numbers about 1, from two-means weighted by pt.

    Two-means (S. P. Lloyd, IEEE Trans. Inf. Theory 28 (1982) 129) begins at the particle of the largest pt
    and that of the largest pt times squared distance from it; three rounds follow.

    Parameters
    ----------
    pt : Tensor (B, P)
        Of particles, as shares of the jet's; 0 for padding.
    eta, phi : Tensor (B, P)
        From the jet axis, for jets of R 0.5.

    Returns
    -------
    list of Tensor (B,)
        FEATURES numbers: share of the softer prong; eta and phi of the harder and of the softer one; their
        distance, twice; log of the share.
    """
    hardest = pt.argmax(1, keepdim=True)
    first = eta.gather(1, hardest), phi.gather(1, hardest)
    far = (pt * _square(eta, phi, first)).argmax(1, keepdim=True)
    second = eta.gather(1, far), phi.gather(1, far)
    shares = pt.sum(1, keepdim=True), torch.zeros_like(pt[:, :1])
    for _ in range(_ROUNDS):
        nearer = (_square(eta, phi, first) <= _square(eta, phi, second)).float()
        mine, others = pt * nearer, pt * (1 - nearer)
        shares = mine.sum(1, keepdim=True), others.sum(1, keepdim=True)
        first, second = _middle(mine, shares[0], eta, phi), _middle(others, shares[1], eta, phi)
    swap = shares[1] > shares[0]
    share = torch.minimum(*shares)
    hard = [torch.where(swap, b, a) for a, b in zip(first, second, strict=True)]
    soft = [torch.where(swap, a, b) for a, b in zip(first, second, strict=True)]
    distance = torch.sqrt((hard[0] - soft[0]).square() + (hard[1] - soft[1]).square() + 1e-9)
    numbers = [
        4 * share - 1,
        *(8 * place for place in hard),
        *(4 * place for place in soft),
        4 * distance - 1,
        F.relu(distance - 0.4) * 10,
        torch.log(share + 1e-3) / 2 + 1,
    ]
    return [number.squeeze(1).clamp(-4, 4) for number in numbers]


def _square(eta: Tensor, phi: Tensor, place: tuple[Tensor, Tensor]) -> Tensor:
    return (eta - place[0]).square() + (phi - place[1]).square()


def _middle(pt: Tensor, total: Tensor, eta: Tensor, phi: Tensor) -> tuple[Tensor, Tensor]:
    total = total.clamp(min=1e-6)
    return (pt * eta).sum(1, keepdim=True) / total, (pt * phi).sum(1, keepdim=True) / total
