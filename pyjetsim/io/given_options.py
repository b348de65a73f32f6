"""Options that a verb was given: refused where they mean nothing for a format; cuts are made of all."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from dataclasses import replace
from pathlib import Path
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

from pyjetsim import _core
from pyjetsim.errors import InputError
from pyjetsim.io.formats import Format, GenBatch, PairReading, Reading, Source
from pyjetsim.jets import Jets


class _Option(NamedTuple):
    """An option that not all formats have a use for."""

    flag: str
    means_something: Callable[[Format], bool]
    why: str
    """Why it means nothing for the others."""


_PAIRED = "its jets are paired already, and are taken as they are"
_OPTIONS: Mapping[str, _Option] = {
    "mapping": _Option("--map", lambda of: of.takes_mapping, "what it holds is known without one"),
    "collections": _Option(
        "--collections",
        lambda of: of.named_collections,
        "its collections have names of their own; those of EDM4hep are free",
    ),
    "number_events": _Option(
        "--number-events", lambda of: not of.holds_pairs, "its jets have the numbers of their events"
    ),
    "jets": _Option(
        "--jets", lambda of: of.clusters, "its jets are taken as they are, and none are clustered"
    ),
    "radius": _Option("--radius", lambda of: not of.holds_pairs, _PAIRED),
    "detector": _Option("--detector", lambda of: not of.holds_pairs, _PAIRED),
    "max_constituents": _Option("--max-constituents", lambda of: not of.holds_pairs, _PAIRED),
    "max_events": _Option("--max-events", lambda of: not of.holds_pairs, _PAIRED),
}
"""Cuts on jets are not among them: they are made of every format's."""


def check_options(path: Path, format: Format, reading: Reading) -> None:
    """Refuse what was given and means nothing for a file.

    Parameters
    ----------
    path : Path
        The file.
    format : Format
        Its format.
    reading : Reading
        What is asked for.

    Raises
    ------
    InputError
        For the first option that the format has no use for.
    DataError
        Where the file cannot be used anyway.
    """
    used = {
        "mapping": reading.mapping is not None,
        "collections": bool(reading.collections),
        "number_events": reading.number_events,
    }
    for name, option in _OPTIONS.items():
        if (name in reading.given or used.get(name)) and not option.means_something(format):
            nothing: dict[str, Any] = {"mapping": None, "collections": {}, "number_events": False}
            without = {name: nothing[name]} if name in nothing else {}
            with format.open(path, replace(reading, **without)):
                pass  # what is damaged, or no such file at all, is told first
            raise InputError(
                f"{option.flag} is given for {path}, which is {format.name}",
                option.why,
                f"leave out {option.flag}",
            )
    if reading.collections and "gen" not in reading.collections and not isinstance(reading, PairReading):
        raise InputError(
            f"--collections names no gen particles of {path}",
            "reco is not read here",
            "name those of gen=NAME, or leave out --collections",
        )


class Cuts(NamedTuple):
    """Cuts on gen jets that were asked for; those that were not cut nothing."""

    pt_min: float = -np.inf
    """GeV."""
    eta_max: float = np.inf

    def accept(self, gen: Jets) -> NDArray[np.bool_]:
        """(N,) true for jets that pass. Without a cut a jet of nothing passes, too."""
        return np.asarray((gen.pt > self.pt_min) & (np.abs(gen.eta) < self.eta_max))

    def told(self, provenance: Mapping[str, Any]) -> dict[str, Any]:
        """The provenance with the cuts, on top of those that are in it."""
        before = provenance.get("gen_cuts")
        before = before if isinstance(before, Mapping) else {}
        cuts = dict(before)
        if np.isfinite(self.pt_min):
            cuts["pt_min"] = max(self.pt_min, before.get("pt_min", self.pt_min))
        if np.isfinite(self.eta_max):
            cuts["eta_max"] = min(self.eta_max, before.get("eta_max", self.eta_max))
        return {**provenance, "gen_cuts": cuts} if cuts else dict(provenance)


def given_cuts(reading: Reading) -> Cuts:
    """The cuts on gen jets that were given.

    Parameters
    ----------
    reading : Reading
        What is asked for.

    Returns
    -------
    Cuts
        Without those that have their default.
    """
    asked = {name.removeprefix("gen_"): getattr(reading, name) for name in ("gen_pt_min", "gen_eta_max")
             if name in reading.given}  # fmt: skip
    return Cuts(**asked)


def within_cuts(path: Path, source: Source, reading: Reading) -> Source:
    """The gen jets of a source that pass the cuts that were given.

    Parameters
    ----------
    path : Path
        The file, for messages.
    source : Source
        Gen jets that a file has as such.
    reading : Reading
        What is asked for.

    Returns
    -------
    Source
        The same, where no cuts were given. Jets keep their places in their events, and so their noise.
    """
    cuts = given_cuts(reading)
    return source if cuts == Cuts() else _Within(str(path), source, cuts)


class _Within:
    """Gen jets that pass cuts."""

    def __init__(self, name: str, source: Source, cuts: Cuts) -> None:
        self._name, self._source, self._cuts = name, source, cuts
        self.max_constituents = source.max_constituents
        self.provenance: dict[str, Any] = cuts.told(source.provenance)
        self.n_jets: int | None = None
        self._hardest: list[tuple[float, float]] = []  # pt, eta of jets that fail the cuts

    def batches(self) -> Iterator[GenBatch]:
        """Those of all batches."""
        for batch in self._source.batches():
            inside = self._cuts.accept(batch.gen)
            if len(batch.gen) and not inside.any():
                self._find_hardest(batch.gen)
            yield batch._replace(
                gen=batch.gen[inside],
                event=batch.event[inside],
                jet=batch.jet[inside],
                n_vertices=batch.n_vertices[inside],
                columns={name: values[inside] for name, values in batch.columns.items()},
            )

    def _find_hardest(self, gen: Jets) -> None:
        for jets in (gen, gen[np.abs(gen.eta) < self._cuts.eta_max]):
            if len(jets):
                hardest = int(jets.pt.argmax())
                self._hardest.append((float(jets.pt[hardest]), float(jets.eta[hardest])))

    def no_jets(self) -> str:
        """Tell the hardest jet, and the cuts that it fails."""
        if not self._hardest:
            return self._source.no_jets()
        pt, eta = (list(each) for each in zip(*self._hardest, strict=True))
        return str(_core.no_jets(self._name, pt, eta, max(self._cuts.pt_min, 0.0), self._cuts.eta_max))
