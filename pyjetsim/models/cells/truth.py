"""What training needs of pairs: the vertex, and which reco particle came from which gen particle."""

from __future__ import annotations

from typing import Any

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor

from pyjetsim import _matching
from pyjetsim.errors import InputError
from pyjetsim.jets import VERTEX_Z, Jets, Pairs, delta_phi
from pyjetsim.models.cells.config import CellsConfig
from pyjetsim.models.cells.detector import Size, Voters
from pyjetsim.models.cells.extras import NEUTRAL, PHOTON, TRACK
from pyjetsim.models.cells.geometry import wrap_evenly
from pyjetsim.models.cells.particles import SpeciesTable
from pyjetsim.models.cells.tokens import Particles, Tokeniser, particles

_GRID_STEP, _GRID_STEPS = 0.002, 25
"""m between the vertices tried, and at least how many to a spread of the vertex density."""
_GRID_SPREADS = 3.8
"""How far the vertices tried reach, in spreads of the vertex density."""
_CLASS_NAMES = {TRACK: "tracks", PHOTON: "photons", NEUTRAL: "neutrals"}

Fields = dict[str, NDArray[Any]]


def truth_tensors(pairs: Pairs, config: CellsConfig) -> dict[str, Tensor]:
    """Tensors for `CellsModel.loss`, from pairs whose gen and reco particles have PDG ids.

    Parameters
    ----------
    pairs : Pairs
        N pairs; jets of one event must follow each other, because they share their vertex. It is that of the
        column ``reco/vertex_z`` where there is one, and fitted to the neutral particles otherwise.
    config : CellsConfig
        At most ``config.max_constituents`` gen particles of a jet are read.

    Returns
    -------
    dict of Tensor
        ``vertex`` (N,) in m; ``n_vertices`` (N,); ``axis`` (N, 2), eta and phi of reco minus gen; ``track_*``
        and ``candidate_*`` (N, P), the fields of `Tracks` and `Candidates`; ``extras_counts`` (N, 3) and
        ``extras_tracks``, ``extras_photons``, ``extras_neutrals`` (N, S, 3), of `Extras`, but with eta's own
        sign.

    Raises
    ------
    InputError
        For particles without ids or with momenta that are not finite, and events whose jets are apart.
    """
    gen = pairs.gen.padded_to(config.max_constituents)
    _check(gen, "gen")
    _check(pairs.reco, "reco")
    starts = event_starts(pairs.event)
    with torch.no_grad():
        return _Matching(gen, pairs.reco, config).tensors(
            starts, pairs.n_vertices, pairs.columns.get(VERTEX_Z)
        )


def event_starts(event: NDArray[np.int64]) -> NDArray[np.int64]:
    """Where events begin in ``event`` (N,), and N. An event in two places raises InputError."""
    change = np.flatnonzero(np.diff(event)) + 1
    starts = np.concatenate([[0], change, [len(event)]]) if len(event) else np.zeros(1)
    names = event[starts[:-1].astype(np.int64)]
    unique, count = np.unique(names, return_counts=True)
    if (count > 1).any():
        raise InputError(
            f"jets of event {unique[np.argmax(count)]} lie apart",
            "the jets of one event share their vertex and are fitted together",
            "sort the pairs by event",
        )
    return starts.astype(np.int64)


def _check(jets: Jets, side: str) -> None:
    if not np.isfinite(jets.constituents).all():
        jet = int(np.argmax(~np.isfinite(jets.constituents).all((1, 2))))
        raise InputError(
            f"{side} jet {jet} has momenta that are not finite",
            "nothing can be matched to them",
            "leave the jet out",
        )
    unknown = jets.present & (jets.pid == 0)
    if unknown.any():
        jet, row = (int(i) for i in np.argwhere(unknown)[0])
        raise InputError(
            f"pid of constituent {row} of {side} jet {jet} is 0",
            "what the detector does to a particle is learnt by its species",
            "use a file with PDG ids on both sides",
        )
    if (np.diff(jets.present.astype(np.int8), axis=1) > 0).any():
        raise InputError(
            f"{side} jets have padding before constituents", "rows are counted", "sort them by pt"
        )


class _Matching:
    """Both sides of a batch, and what relates them."""

    def __init__(self, gen: Jets, reco: Jets, config: CellsConfig) -> None:
        self.config, self.known = config, config.known
        self.tokeniser = Tokeniser(self.known.detector)
        species = SpeciesTable()
        self.pid = _tensor(gen.pid)
        self.constituents = _tensor(gen.constituents)
        self.gen = particles(self.constituents, species(self.pid))
        self.reco_pid = _tensor(reco.pid)
        self.reco = particles(_tensor(reco.constituents), species(self.reco_pid))
        self.reco_class = torch.full_like(self.reco_pid, TRACK)
        self.reco_class[self.reco_pid == 22] = PHOTON
        self.reco_class[self.reco_pid == 130] = NEUTRAL

    def tensors(
        self,
        starts: NDArray[np.int64],
        n_vertices: NDArray[np.int32],
        vertex_z: NDArray[np.floating] | None,
    ) -> dict[str, Tensor]:
        gen, reco = _fields(self.gen), _fields(self.reco)
        gen["kind"] = self.gen.kind.argmax(-1).to(torch.int8).numpy()
        reco["kind"] = self.reco_class.to(torch.int8).numpy()
        vertex = self._vertices(starts, gen, reco) if vertex_z is None else _tensor(vertex_z).float()
        gen |= self._at_calorimeter(vertex)
        reco |= self._reco_cells()
        detector = self.known.detector
        found = _matching.match_pairs(gen, reco, _pair(detector.photon_reach), _pair(detector.neutral_reach))
        match = {name: torch.from_numpy(found[name]).long() for name in ("track", "photon", "neutral")}
        d_phi = delta_phi(self.reco.jet_phi.numpy(), self.gen.jet_phi.numpy())
        axis = torch.stack([self.reco.jet_eta - self.gen.jet_eta, torch.from_numpy(np.asarray(d_phi))], 1)
        return {
            "vertex": vertex,
            "n_vertices": _tensor(n_vertices).float(),
            "axis": axis,
            **self._tracks(match["track"]),
            **self._candidates(torch.maximum(match["photon"], match["neutral"])),
            **self._extras(torch.from_numpy(found["reco"]) < 0),
        }

    def _vertices(self, starts: NDArray[np.int64], gen: Fields, reco: Fields) -> Tensor:
        detector = self.known.detector
        step = min(_GRID_STEP, detector.vertex_unit / _GRID_STEPS)
        reach = round(min(_GRID_SPREADS * detector.vertex_spread, detector.vertex_max) / step)
        grid = np.linspace(-reach * step, reach * step, 2 * reach + 1, dtype=np.float64)
        vertex, _ = _matching.fit_vertices(
            starts,
            gen,
            reco,
            detector.radius,
            detector.half_length,
            grid,
            detector.vertex_unit,
            _voters(detector.photon_voters),
            _voters(detector.neutral_voters),
        )
        return torch.from_numpy(vertex).float()

    def _at_calorimeter(self, vertex: Tensor) -> Fields:
        # By the model's own arithmetic, so that a particle on an edge is in the same cell in training.
        tokens = self.tokeniser(self.gen, vertex)
        cells = self.tokeniser.cells
        number = cells.number(tokens.cell, tokens.ecal).numpy()
        return {
            "pid": self.pid.numpy(),
            "energy": self.gen.energy.double().numpy(),
            "calorimeter_eta": tokens.eta.double().numpy(),
            "calorimeter_phi": tokens.phi.double().numpy(),
            "ecal_cell": number,
            "hcal_cell": number,
        }

    def _reco_cells(self) -> Fields:
        cells, ecal = self.tokeniser.cells, self.reco_class == PHOTON
        number = cells.number(cells.at(self.reco.eta, self.reco.phi, ecal), ecal).numpy()
        return {"pid": self.reco_pid.numpy(), "ecal_cell": number, "hcal_cell": number}

    def _tracks(self, match: Tensor) -> dict[str, Tensor]:
        found = (match >= 0).float()
        index = match.clamp(min=0)
        d_phi = torch.gather(self.reco.phi, 1, index) - self.gen.phi
        return {
            "track_found": found,
            "track_log_ratio": torch.log(torch.gather(self.reco.pt, 1, index) / self.gen.pt) * found,
            "track_d_eta": (torch.gather(self.reco.eta, 1, index) - self.gen.eta) * found,
            "track_d_phi": wrap_evenly(d_phi) * found,
        }

    def _candidates(self, match: Tensor) -> dict[str, Tensor]:
        hit = (match >= 0).float()
        index = match.clamp(min=0)
        eta = torch.gather(self.reco.eta, 1, index)
        energy = torch.gather(self.reco.pt, 1, index) * torch.cosh(eta)
        return {
            "candidate_hit": hit,
            "candidate_log_energy": torch.log(energy) * hit,
            "candidate_eta": eta * hit,
            "candidate_phi": torch.gather(self.reco.phi, 1, index) * hit,
        }

    def _extras(self, free: Tensor) -> dict[str, Tensor]:
        d_eta = self.reco.eta - self.gen.jet_eta.unsqueeze(1)
        d_phi = self.reco.phi - self.gen.jet_phi.unsqueeze(1)
        log_pt = torch.log(self.reco.pt.clamp(min=self.known.candidate_pt_min))
        coordinates = torch.stack([d_eta, wrap_evenly(d_phi), log_pt], -1)
        free = free & self.reco.present
        answer: dict[str, Tensor] = {}
        counts = []
        for (which, name), size in zip(_CLASS_NAMES.items(), self.config.extras, strict=True):
            mine = free & (self.reco_class == which)
            # Rows fall in pt: those of this class first, in their order.
            order = torch.argsort((~mine).to(torch.int8), dim=1, stable=True)[:, :size]
            count = mine.sum(1).clamp(max=size)
            there = torch.arange(order.shape[1]) < count.unsqueeze(1)
            rows = torch.gather(coordinates, 1, order.unsqueeze(-1).expand(-1, -1, 3)) * there.unsqueeze(-1)
            answer[f"extras_{name}"] = torch.nn.functional.pad(rows, (0, 0, 0, size - rows.shape[1]))
            counts.append(count)
        answer["extras_counts"] = torch.stack(counts, 1)
        return answer


def _pair(size: Size) -> tuple[float, float]:
    return size.eta, size.phi


def _voters(voters: Voters) -> tuple[float, float, float]:
    return voters.pt_min, *_pair(voters.window)


def _tensor(array: NDArray[Any]) -> Tensor:
    # PyTorch has no views that run backwards.
    return torch.from_numpy(np.ascontiguousarray(array))


def _fields(side: Particles) -> Fields:
    arrays = {"pt": side.pt, "eta": side.eta, "phi": side.phi}
    fields: Fields = {name: array.double().numpy() for name, array in arrays.items()}
    fields["count"] = side.present.sum(1).to(torch.int32).numpy()
    return fields
