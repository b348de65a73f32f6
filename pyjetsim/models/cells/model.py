"""The model of calorimeter cells and tracks: the detector's response particle by particle, cell by cell."""

from __future__ import annotations

import math
from typing import Any, ClassVar, NamedTuple

import numpy as np
import torch
import torch.nn.functional as F
from numpy.typing import NDArray
from torch import Tensor

from pyjetsim.jets import Pairs
from pyjetsim.models.base import Batch, JetModel, LossConfig, NativeModel
from pyjetsim.models.cells.calorimeters import CalorimeterModel, Candidates, alone
from pyjetsim.models.cells.config import CellsConfig
from pyjetsim.models.cells.encoder import Encoder
from pyjetsim.models.cells.extras import CLASSES, SUMMARY, TRACK, Extras, ExtrasModel, outward, summary
from pyjetsim.models.cells.fates import Fates
from pyjetsim.models.cells.heads import Shared
from pyjetsim.models.cells.identity import IdentityModel
from pyjetsim.models.cells.native import native_cells
from pyjetsim.models.cells.noise import JetNoise, Noise, noise_size, split_noise
from pyjetsim.models.cells.particles import Species, SpeciesTable
from pyjetsim.models.cells.tokens import Particles, Tokeniser, Tokens, particles
from pyjetsim.models.cells.tracks import TrackModel, Tracks
from pyjetsim.models.cells.truth import truth_tensors
from pyjetsim.models.cells.vzeros import Survival, VZeros, vzeros

_jit: Any = torch.jit
_check: Any = torch._check
"""Both without types."""
_PLACE = 8
_MOVED = 0.02
"""How far an axis moves, in eta and phi, for particles to be asked who moved it."""
_HEADS = 8
"""Found; photon and neutral hadron, whether there is one; their energies; scale, residual, displaced."""
_TRACK_ID, _PHOTON_ID, _NEUTRAL_ID = 211, 22, 130


class RecoJets(NamedTuple):
    """Reco jets, constituents by falling pt, padded with zeros."""

    constituents: Tensor
    """(B, P, 3) px, py, pz in GeV."""
    pid: Tensor
    """(B, P) int32: a track's PDG hypothesis, 22 for photons, 130 for neutral hadrons."""


class _Known(NamedTuple):
    """A batch after the encoder."""

    gen: Particles
    tokens: Tokens
    origin: VZeros
    each: Tensor
    jet: Tensor


class CellsModel(JetModel):
    """Particles are propagated to the calorimeters and grouped by cell; tracks and cells are sampled.

    Parameters
    ----------
    config : CellsConfig
        Sizes, and the detector.

    Notes
    -----
    Training maximises the likelihood of reco particles matched to gen particles,
    `pyjetsim.models.cells.truth`. Sampling is one pass from the noise: the jet's axis and what pileup and
    neighbouring jets add, then tracks, then the candidates of the calorimeters, then the momenta of the
    tracks. What the model knows of the detector beforehand is in `pyjetsim.models.cells.detector.Detector`,
    taken from the card of the data.
    """

    Config: ClassVar[type[CellsConfig]] = CellsConfig
    Loss: ClassVar[type[LossConfig]] = LossConfig
    uses_pid: ClassVar[bool] = True
    uses_weights: ClassVar[bool] = True
    event_noise_size: int = 2
    """Vertex and pileup."""
    config: CellsConfig

    def __init__(self, config: CellsConfig) -> None:
        super().__init__(config)
        width = config.width
        self.known = known = config.known
        self.species = SpeciesTable()
        self.identity = IdentityModel()
        self.tokeniser = Tokeniser(known.detector)
        self.encoder = Encoder(width, config.blocks, config.heads, known)
        self.extras = ExtrasModel(width, config.extras, known.radius, known.candidate_pt_min)
        self.shared = Shared(width + _PLACE, width + SUMMARY, width, _HEADS)
        self.survival = Survival()
        self.fates = Fates(width + SUMMARY, width)
        self.tracks = TrackModel(width)
        self.calorimeters = CalorimeterModel(width, self.tokeniser.cells, known)

    @property
    def noise_size(self) -> int:
        """Z: standard normal numbers that each jet takes."""
        return noise_size(self.config.max_constituents, sum(self.config.extras))

    def native(self) -> NativeModel | None:
        """See :func:`pyjetsim.models.cells.native.native_cells`."""
        return native_cells(self)

    def training_tensors(self, pairs: Pairs) -> dict[str, NDArray[Any]]:
        """Matched reco particles; see `pyjetsim.models.cells.truth.truth_tensors`."""
        return {name: tensor.numpy() for name, tensor in truth_tensors(pairs, self.config).items()}

    def loss(self, batch: Batch, settings: LossConfig) -> dict[str, Tensor]:
        """Components of `nll`, and ``total``, their sum; see :meth:`JetModel.loss`."""
        means = {name: batch.mean(nll) for name, nll in self.nll(batch).items()}
        return {"total": torch.stack(list(means.values())).sum(), **means}

    def nll(self, batch: Batch) -> dict[str, Tensor]:
        """Minus log-likelihoods of a batch.

        Parameters
        ----------
        batch : Batch
            B pairs, with the tensors of `training_tensors`.

        Returns
        -------
        dict of Tensor (B,)
            By what is sampled: axis, counts, tracks, candidates and so on.
        """
        # Padding that all jets share costs time and teaches nothing.
        length = batch.rows()
        truth = {
            name: tensor[:, :length] if name.startswith(("track_", "candidate_")) else tensor
            for name, tensor in batch.tensors.items()
        }
        constituents = batch.gen[:, :length]
        species = self.species(batch.gen_pid[:, :length])
        gen = particles(constituents, species)
        known = self._encode(gen, species, truth["vertex"], truth["n_vertices"])
        extras = Extras(
            truth["extras_counts"],
            (
                outward(truth["extras_tracks"], gen.jet_eta),
                outward(truth["extras_photons"], gen.jet_eta),
                outward(truth["extras_neutrals"], gen.jet_eta),
            ),
        )
        axis = outward(truth["axis"], gen.jet_eta)
        tracks = Tracks(*(truth[f"track_{name}"] for name in Tracks._fields))
        candidates = Candidates(*(truth[f"candidate_{name}"] for name in Candidates._fields))
        jet = self._jet(known, extras)
        shared = self._shared(known, axis, jet)
        neutral = self._neutral_energy(known.tokens, candidates)
        charged, origin = gen.charge.abs(), known.origin
        found = self.tracks.nll_found(shared[0], charged, tracks.found)
        hit, measured = self.calorimeters.nll(
            shared[1:5], gen, known.tokens, origin, tracks.found, candidates
        )
        seen = self.survival.nll(origin, origin.member * charged, found, tracks.found)
        single = alone(gen, known.tokens, origin)
        seen = seen + self.survival.nll(origin, single, hit, candidates.hit * known.tokens.leads)
        return {
            "identity": self.identity.nll(constituents, gen.kind),
            **self.extras.nll(known.jet, axis, extras),
            "seen": self.fates.nll(jet, seen),
            **measured,
            **self.tracks.nll((shared[5], shared[6], shared[7]), gen, known.tokens, neutral, tracks),
        }

    def log_prob(self, pairs: Pairs, batch_size: int = 256) -> NDArray[np.float64]:
        """Log of the matched likelihood of reco jets; see :meth:`JetModel.log_prob`.

        Parameters
        ----------
        pairs : Pairs
            N pairs with PDG ids on both sides; jets of one event follow each other.
        batch_size : int
            How many are worked on at a time.

        Returns
        -------
        float64 array (N,)
            log p(reco, match | gen, vertex, vertices).

        Raises
        ------
        InputError
            For particles without ids or with momenta that are not finite, and events whose jets are apart.

        Notes
        -----
        The limits: which reco particle came from which gen particle is decided once, by
        `pyjetsim.models.cells.truth`, and not summed over; the vertex is that of ``reco/vertex_z``, or
        fitted, and neither it nor the pileup is integrated over. Where in its cell a photon or neutral hadron
        is seen, and the direction of tracks that point to the vertex, have a fixed density, which is left
        out. Extras beyond the most that the model has are not counted.
        """
        gen = pairs.gen.padded_to(self.config.max_constituents)
        tensors = {name: torch.from_numpy(values) for name, values in self.training_tensors(pairs).items()}
        sides = torch.from_numpy(gen.constituents), torch.from_numpy(pairs.reco.constituents)
        pid = torch.from_numpy(gen.pid.astype(np.int32))
        answer = np.empty(len(pairs))
        # Jets of like length together: padding costs time.
        order = np.argsort(gen.n_constituents, kind="stable")
        training = self.training
        self.eval()
        try:
            for start in range(0, len(pairs), batch_size):
                rows = torch.from_numpy(order[start : start + batch_size])
                gen_rows, reco_rows, ids = (each[rows].to(self.device) for each in (*sides, pid))
                own = {name: tensor[rows].to(self.device) for name, tensor in tensors.items()}
                with torch.no_grad():
                    nll = self.nll(Batch(gen_rows, reco_rows, ids, own))
                # Of the gen particles, which are given.
                del nll["identity"]
                answer[rows.numpy()] = -torch.stack(list(nll.values())).double().sum(0).cpu().numpy()
        finally:
            self.train(training)
        return answer

    def forward(
        self, constituents: Tensor, noise: Tensor, pid: Tensor | None = None
    ) -> tuple[Tensor, Tensor]:
        """Simulate gen constituents.

        Parameters
        ----------
        constituents : Tensor (B, P, 3)
            px, py, pz in GeV.
        noise : Tensor (B, Z)
            Standard normal numbers.
        pid : int32 Tensor (B, P), optional
            PDG ids, 0 where unknown; None: all unknown.

        Returns
        -------
        RecoJets
            Reco constituents (B, P, 3) in GeV and their PDG ids (B, P).
        """
        parts = split_noise(noise, self.config.max_constituents, sum(self.config.extras))
        if pid is None:
            pid = torch.zeros(constituents.shape[:2], dtype=torch.int32, device=noise.device)
        length = self._longest(constituents)
        tokens = Noise(parts.tokens.normal[:, :length], parts.tokens.uniform[:, :length])
        parts = parts._replace(tokens=tokens)
        constituents = constituents[:, :length]
        pid = self.identity.complete(constituents, pid[:, :length], tokens)
        species = self.species(pid)
        gen = particles(constituents, species)
        vertex, vertices = self._draw_collision(parts)
        known = self._encode(gen, species, vertex, vertices)
        axis = self.extras.draw_axis(known.jet, _part(parts, slice(5, 8)))
        counts = parts.jet.uniform[:, 2:5]
        extras = self.extras.draw(known.jet, gen.jet_pt, axis, counts, parts.extras)
        jet = self._jet(known, extras)
        shared = self._shared(known, axis, jet)
        state = self.fates.draw(jet, parts.jet.uniform[:, 8])
        survives = self.survival.draw(known.origin, tokens.pick("survival").uniform[..., 0])
        found = self.tracks.draw_found(shared[0], gen.charge.abs(), survives, state, tokens)
        candidates = self.calorimeters.draw(
            shared[1:5], gen, known.tokens, known.origin, found, survives, state, tokens
        )
        neutral = self._neutral_energy(known.tokens, candidates)
        tracks = self.tracks.draw(
            (shared[5], shared[6], shared[7]), gen, known.tokens, neutral, found, parts.tokens
        )
        answers = [
            _tracks(gen, tracks, pid),
            _candidates(known.tokens, candidates),
            *self._extras(gen, extras, parts),
        ]
        # Without particles there is no jet to answer, and nothing that the networks know.
        there = gen.present.any(1).float()[:, None, None]
        return self._reconstructed(torch.cat(answers, 1) * there)

    def _longest(self, constituents: Tensor) -> Any:
        """How many rows the longest jet needs: padding common to all jets costs time and changes nothing.

        At least what the answer's rows are taken from. A number, but a tensor where a trace would freeze it.
        """
        rows, extras = self.config.max_constituents, sum(self.config.extras)
        least = max(1, (rows - extras + 1) // 2)
        there = (constituents[..., :2] != 0).any(-1)
        last = (there.to(torch.int64) * torch.arange(1, rows + 1, device=there.device)).amax(1).amax(0)
        length = last.clamp(min=least)
        if _jit.is_tracing():
            return length
        number = length.item()
        _check(number >= least)
        _check(number <= rows)
        return number

    def _draw_collision(self, noise: JetNoise) -> tuple[Tensor, Tensor]:
        """Vertex (B,) in m and the number of collisions (B,)."""
        detector = self.known.detector
        vertex = (detector.vertex_spread * noise.jet.normal[:, 0]).clamp(
            -detector.vertex_max, detector.vertex_max
        )
        pileup = detector.mean_pileup + math.sqrt(detector.mean_pileup) * noise.jet.normal[:, 1]
        return vertex, 1 + torch.round(pileup).clamp(min=0)

    def _encode(self, gen: Particles, species: Species, vertex: Tensor, vertices: Tensor) -> _Known:
        tokens = self.tokeniser(gen, vertex)
        origin = vzeros(gen, species, vertex, self.known.detector)
        return _Known(gen, tokens, origin, *self.encoder(gen, tokens, origin, vertex, vertices))

    @staticmethod
    def _jet(known: _Known, extras: Extras) -> Tensor:
        return torch.cat([known.jet, summary(extras, known.gen.jet_pt)], 1)

    def _shared(self, known: _Known, axis: Tensor, jet: Tensor) -> tuple[Tensor, ...]:
        """The first layer of all heads, once the outward reco axis (B, 2) is known."""
        each = torch.cat([known.each, self._places(known, axis)], -1)
        shared: tuple[Tensor, ...] = self.shared(each, jet)
        return shared

    def _places(self, known: _Known, axis: Tensor) -> Tensor:
        """Where particles are seen from the reco axis (B, P, 8): what decides whether they are in the jet.

        The last is a particle's share of what moved the axis: one that is lost pulls no more.
        """
        tokens, gen = known.tokens, known.gen
        d_eta, d_phi = outward(axis, gen.jet_eta).unsqueeze(1).unbind(-1)
        r = torch.sqrt((tokens.d_eta - d_eta).square() + (tokens.d_phi - d_phi).square() + 1e-9)
        at = (tokens.at_d_eta - d_eta).square() + (tokens.at_d_phi - d_phi).square()
        at = torch.sqrt(at + 1e-9).clamp(max=3)
        r, at = r * (0.5 / self.known.radius), at * (0.5 / self.known.radius)
        moved = torch.sqrt(d_eta.square() + d_phi.square() + 1e-9) + _MOVED
        pull = (tokens.d_eta * d_eta + tokens.d_phi * d_phi) / moved * (gen.pt / gen.jet_pt.unsqueeze(1))
        return torch.stack(
            [
                4 * r - 1,
                (F.relu(r - 0.4) * 20).clamp(max=6),
                4 * at - 1,
                (F.relu(at - 0.4) * 20).clamp(max=6),
                (at > 0.55).float(),
                torch.tanh((r - 0.5) * 60),
                torch.tanh((at - 0.5) * 40),
                (40 * pull).clamp(-4, 4),
            ],
            -1,
        )

    @staticmethod
    def _neutral_energy(tokens: Tokens, candidates: Candidates) -> Tensor:
        """Energy (B, P) in GeV of the neutral hadron of each particle's HCAL cell."""
        energy = torch.exp(candidates.log_energy) * candidates.hit * tokens.leads * tokens.hcal.float()
        return tokens.cell_sum(energy)

    def _extras(self, gen: Particles, extras: Extras, noise: JetNoise) -> list[Tensor]:
        charges = torch.split(noise.extras.uniform[..., 4], list(self.config.extras), 1)
        answers = []
        for which in CLASSES:
            eta, phi, log_pt = outward(extras.coordinates[which], gen.jet_eta).unbind(-1)
            pid = torch.full_like(eta, (_TRACK_ID, _PHOTON_ID, _NEUTRAL_ID)[which])
            if which == TRACK:
                pid = torch.where(charges[which] < 0.5, pid, -pid)
            pt = torch.exp(log_pt) * extras.there(which)
            place = (eta + gen.jet_eta.unsqueeze(1), phi + gen.jet_phi.unsqueeze(1))
            answers.append(torch.stack([pt, *place, pid], -1))
        return answers

    def _reconstructed(self, answers: Tensor) -> tuple[Tensor, Tensor]:
        """The hardest P of candidates (B, ., 4): pt in GeV, eta, phi, PDG id."""
        pt, eta = answers[..., 0], answers[..., 1]
        eta_max = self.known.candidate_eta_max
        kept = (pt > self.known.candidate_pt_min) & (eta.abs() < eta_max)
        pt, index = torch.topk(torch.where(kept, pt, torch.zeros_like(pt)), self.config.max_constituents)
        index = index.unsqueeze(-1).expand(-1, -1, 3)
        eta, phi, pid = torch.gather(answers[..., 1:], 1, index).unbind(-1)
        eta = eta.clamp(-eta_max, eta_max)
        constituents = torch.stack([torch.cos(phi), torch.sin(phi), torch.sinh(eta)], -1)
        pid = torch.where(pt > 0, pid, torch.zeros_like(pid)).to(torch.int32)
        return RecoJets(constituents * pt.unsqueeze(-1), pid)


def _part(noise: JetNoise, which: slice) -> Noise:
    return Noise(noise.jet.normal[:, which], noise.jet.uniform[:, which])


def _tracks(gen: Particles, tracks: Tracks, pid: Tensor) -> Tensor:
    pt = gen.pt * torch.exp(tracks.log_ratio) * tracks.found
    ids = torch.where(tracks.found > 0, pid, torch.zeros_like(pid)).float()
    return torch.stack([pt, gen.eta + tracks.d_eta, gen.phi + tracks.d_phi, ids], -1)


def _candidates(tokens: Tokens, candidates: Candidates) -> Tensor:
    pt = torch.exp(candidates.log_energy) / torch.cosh(candidates.eta) * candidates.hit
    photon, neutral = torch.full_like(pt, _PHOTON_ID), torch.full_like(pt, _NEUTRAL_ID)
    return torch.stack([pt, candidates.eta, candidates.phi, torch.where(tokens.ecal, photon, neutral)], -1)
