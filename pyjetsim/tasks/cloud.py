"""The task ``cloud``: from the class of a jet, its multiplicity and mass, to its particles; no gen jet."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from contextlib import AbstractContextManager, contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Any, ClassVar, NamedTuple

import numpy as np
from numpy.typing import NDArray

from pyjetsim.errors import InputError
from pyjetsim.io.clouds import CLASSES, PARTICLES, TASK, CloudsWriter, described, read_clouds
from pyjetsim.io.objects import Columns, Objects, ObjectsFile
from pyjetsim.io.splits import Split, in_split
from pyjetsim.jets.event_ids import jet_ids, ordinal_in_event
from pyjetsim.jets.selection import Selection
from pyjetsim.tasks.base import Answer, Arrays, Examples, Feature, Task, TensorSpec

if TYPE_CHECKING:
    from torch import Tensor

    from pyjetsim.io.formats import GenBatch, Reading, Source

_SCORED = ("mass", "eta", "phi", "pt")


class CloudBatch(NamedTuple):
    """N jets to draw clouds for."""

    gen: Columns
    """``jet_class`` int32 (N,), and what else is known of them."""
    event: NDArray[np.int64]
    jet: NDArray[np.uint64]
    """(N,) place in the event."""
    n_events: int
    """Events that begin in this batch."""


class Cloud(Task):
    """Clouds of up to 30 particles, relative to their jet; :mod:`pyjetsim.io.clouds` has the columns."""

    name: ClassVar[str] = TASK
    tolerance: ClassVar[tuple[float, float]] = (2e-5, 1e-4)  # the softest particles have pt of 1e-3
    score_name: ClassVar[str] = "w1"
    score_label: ClassVar[str] = "W1 of mass, eta, phi and pt in widths"

    def inputs(self, model: Any) -> tuple[TensorSpec, ...]:
        """The class, n and mass where they are conditions (0: to be drawn), and noise."""
        given = (
            TensorSpec("n", (1,), "number, 0 to draw it", "int32"),
            TensorSpec("mass", (1,), "jet pt, 0 to draw it"),
        )
        return (
            TensorSpec("jet_class", (1,), "number", "int32"),
            TensorSpec("noise", (model.noise_size,), "standard normal", role="noise"),
            *(given if model.conditioned else ()),
        )

    def outputs(self, model: Any) -> tuple[TensorSpec, ...]:
        """The particles, and n and mass that they were given."""
        given = (
            TensorSpec("given_n", (1,), "number", "int32", "answer"),
            TensorSpec("given_mass", (1,), "jet pt", role="answer"),
        )
        particles = TensorSpec("particles", (PARTICLES, 3), "rad, rad, jet pt", role="answer")
        return (particles, *(given if model.conditioned else ()))

    # Training.

    def examples(
        self, path: Path, split: Split, cuts: Selection, model: Any, padding: bool
    ) -> Iterator[Examples]:
        """Clouds of a split; there are no cuts on them."""
        from pyjetsim.models.cloud_flow import features_of

        for clouds in read_clouds(path, split):
            reco = clouds.reco
            keep = (reco["n"] > 0) & (reco["mass"] > 0)
            jet_class = clouds.gen["jet_class"][keep].astype(np.int32)
            particles, n, mass = (reco[name][keep] for name in ("particles", "n", "mass"))
            if not len(n):
                continue
            n = n.astype(np.int32)
            features = features_of(jet_class, particles, n, mass)
            yield Examples(
                {"jet_class": jet_class, "particles": particles, "n": n, "mass": mass},
                {name: Feature(values, len(values)) for name, values in features.items()},
                {"jet_class": jet_class, "n": n, "mass": mass},
            )

    def batch(self, columns: Mapping[str, Tensor], longest: int | None) -> Any:
        """What :meth:`pyjetsim.models.cloud_flow.CloudFlow.loss` takes."""
        from pyjetsim.models.cloud_flow import CloudBatch as Batch

        return Batch(*(columns[name] for name in Batch._fields))

    def score(
        self, model: Any, batches: Iterable[Any], cuts: Selection, seed: int
    ) -> dict[str, float] | None:
        """W1 of the mass and of the particles' eta, phi and pt, class by class, in widths of the target."""
        import torch

        from pyjetsim.evaluate.metrics.binned import wasserstein

        generator = torch.Generator().manual_seed(seed)
        found: dict[int, list[tuple[NDArray[Any], NDArray[Any]]]] = {}
        for batch in batches:
            given = [torch.zeros(len(batch.n), 1, dtype=kind) for kind in (torch.int32, torch.float32)]
            noise = torch.randn(len(batch.n), model.noise_size, generator=generator)
            inputs = (batch.jet_class[:, None], noise, *(given if model.conditioned else ()))
            answer = model(*(each.to(model.device) for each in inputs))
            drawn = (answer[0] if model.conditioned else answer).cpu().numpy()
            target, jet_class = batch.particles.cpu().numpy(), batch.jet_class.cpu().numpy()
            for of in np.unique(jet_class):
                found.setdefault(int(of), []).append((target[jet_class == of], drawn[jet_class == of]))
        distances: dict[str, list[float]] = {name: [] for name in _SCORED}
        for pieces in found.values():
            sides = [_scored(np.concatenate(side)) for side in zip(*pieces, strict=True)]
            for name, target, drawn in zip(_SCORED, *sides, strict=True):
                width = float(target.std())
                if not len(drawn):
                    return None  # of an untrained model all may be absent
                distances[name].append(wasserstein(np.sort(target), np.sort(drawn)) / width if width else 0.0)
        scores = {name: float(np.mean(values)) for name, values in distances.items()}
        return {**scores, "sum": sum(scores.values())}

    # Bundles.

    def golden(self, domain: Mapping[str, tuple[float, float]], model: Any) -> Arrays:
        """All classes trained on, twice: with n and mass drawn, and given."""
        low, high = domain["jet_class"]
        jet_class = np.arange(int(low), int(high) + 1, dtype=np.int32).repeat(2)[:, None]
        if not model.conditioned:
            return {"jet_class": jet_class}
        given = np.arange(len(jet_class)) % 2 == 1
        n = np.where(given, int(np.mean(domain["n"])), 0).astype(np.int32)
        mass = np.where(given, np.sqrt(np.prod(domain["mass"])), 0).astype(np.float32)
        return {"jet_class": jet_class, "n": n[:, None], "mass": mass[:, None]}

    def trials(self, domain: Mapping[str, tuple[float, float]], model: Any, size: int) -> dict[str, Arrays]:
        """Random classes, with n and mass drawn, and given."""
        rng = np.random.default_rng(size)
        low, high = (int(limit) for limit in domain["jet_class"])
        jet_class = rng.integers(low, high + 1, (size, 1)).astype(np.int32)
        if not model.conditioned:
            return {"": {"jet_class": jet_class}}
        n = rng.integers(int(domain["n"][0]), int(domain["n"][1]) + 1, (size, 1)).astype(np.int32)
        lightest, heaviest = (float(np.log(limit)) for limit in domain["mass"])
        mass = np.exp(rng.uniform(lightest, heaviest, (size, 1))).astype(np.float32)
        return {
            "": {"jet_class": jet_class, "n": np.zeros_like(n), "mass": np.zeros_like(mass)},
            " with n and mass given": {"jet_class": jet_class, "n": n, "mass": mass},
        }

    # Simulation.

    def simulator(self, graph: Any) -> CloudSimulator:
        """Draws clouds by their class."""
        return CloudSimulator(graph)

    def source(self, path: Path, reading: Reading, simulator: Any) -> AbstractContextManager[Source]:
        """Open a table of clouds: a cloud is drawn for the class of each."""
        return _source(path, reading)

    def answer(self, simulator: CloudSimulator, source: Source, batch: GenBatch, seed: int) -> Answer:
        """One cloud for each jet, of its class."""
        of: Any = batch
        known = {name: of.gen[name] for name in ("jet_class",)}
        drawn, outside = simulator.drawn(
            known, jet_ids(len(of.event), of.event.view(np.uint64), of.jet), seed
        )
        objects = Objects(of.gen, drawn, of.event)
        return Answer(objects, {"outside_domain": outside, "empty": int((drawn["n"] == 0).sum())})

    def writer(
        self, output: Path, provenance: dict[str, Any], source: Source, simulator: Any
    ) -> AbstractContextManager[Any]:
        """Another table of clouds."""
        return CloudsWriter(output, provenance)

    def told(self, counts: Mapping[str, int]) -> str:
        """The counts, where there are any."""
        return ", ".join(
            f"{counts[name]} {text}"
            for name, text in (
                ("outside_domain", "of classes not trained on"),
                ("empty", "without particles"),
            )
            if counts[name]
        )

    def view(self) -> Any:
        """The view of clouds."""
        from pyjetsim.evaluate.clouds import CloudsView

        return CloudsView()


class CloudSimulator:
    """A loaded bundle of clouds.

    Parameters
    ----------
    graph : Graph
        The bundle as :class:`pyjetsim.simulate.Graph` runs it.
    """

    def __init__(self, graph: Any) -> None:
        self.graph = graph
        self.task, self.manifest, self.backend = graph.task, graph.manifest, graph.backend
        self._takes = {spec.name for spec in self.manifest.inputs}

    def draw(
        self,
        jet_class: str | Any,
        size: int | None = None,
        seed: int = 0,
        *,
        n: Any = None,
        mass: Any = None,
    ) -> dict[str, NDArray[Any]]:
        """Draw clouds.

        Parameters
        ----------
        jet_class : str or integer array (N,)
            A name or places in :data:`pyjetsim.io.clouds.CLASSES`.
        size : int, optional
            How many, where one class is named.
        seed : int
            0 to 2^64 - 1. Cloud i of a call is that of event i.
        n, mass : array (N,), optional
            Multiplicity, 1 to 30, and mass over the jet's pt that are asked for; 0 and None: drawn. Only for
            flows that have them as conditions.

        Returns
        -------
        dict of array
            ``particles`` float32 (N, 30, 3), ``n`` int32 (N,) and ``mass`` float32 (N,), those of the cloud.

        Raises
        ------
        InputError
            For an unknown class, and n or mass that are out of range or no conditions of this bundle.

        Examples
        --------
        >>> tops = pyjetsim.load("bundle").draw("top", 1000, seed=1)
        """
        if isinstance(jet_class, str):
            if jet_class not in CLASSES:
                raise _unknown_class(repr(jet_class))
            jet_class = np.full(1 if size is None else size, CLASSES.index(jet_class), np.int32)
        known = {"jet_class": np.asarray(jet_class)}
        known.update({name: np.asarray(of) for name, of in (("n", n), ("mass", mass)) if of is not None})
        return self.drawn(known, jet_ids(len(known["jet_class"])), seed)[0]

    def drawn(self, known: Mapping[str, NDArray[Any]], ids: Any, seed: int) -> tuple[Arrays, int]:
        """Clouds for given columns, and how many of them are outside what the model was trained on.

        Parameters
        ----------
        known : mapping of array (N,)
            ``jet_class``, and ``n`` and ``mass`` where they are given.
        ids : JetIds
            Of N jets.
        seed : int
            Of the noise.

        Returns
        -------
        dict of array
            As of :meth:`draw`.
        int
            Clouds whose class, n or mass was not in the training's range; they are answered all the same.

        Raises
        ------
        InputError
            As of :meth:`draw`.
        """
        rows = len(ids.event)
        conditions: Arrays = {}
        outside = np.zeros(rows, bool)
        for name, kind in (("jet_class", np.int32), ("n", np.int32), ("mass", np.float32)):
            if name not in self._takes:
                if name in known:
                    raise InputError(
                        f"{name} is given, which is no condition of this bundle",
                        "its flow draws clouds from their class alone",
                        "leave it out, or train the variant conditioned or constrained",
                    )
                continue
            values = np.broadcast_to(known.get(name, np.zeros(1, kind)), (rows,)).astype(np.float64)
            _check_given(name, values)
            low, high = self.manifest.domain[name]
            outside |= (
                (values < low) | (values > high)
                if name == "jet_class"
                else (values != 0) & ((values < low) | (values > high))
            )
            conditions[name] = values.astype(kind)[:, None]
        particles = self.graph(conditions, ids, seed)["particles"]
        order = np.argsort(-particles[:, :, 2], axis=1, kind="stable")
        return described(np.take_along_axis(particles, order[:, :, None], axis=1)), int(outside.sum())


def _check_given(name: str, values: NDArray[np.float64]) -> None:
    if name == "jet_class":
        known = np.isin(values, np.arange(len(CLASSES)))
        if not known.all():
            raise _unknown_class(f"{values[np.argmin(known)]:g}")
        return
    good = np.isfinite(values) & (values >= 0)
    if name == "n":
        good &= (values <= PARTICLES) & (values == np.round(values))
    if not good.all():
        raise InputError(
            f"{name} of cloud {int(np.argmin(good))} is {values[np.argmin(good)]:g}",
            "no cloud has it",
            f"give whole numbers from 1 to {PARTICLES}, or 0 to draw them"
            if name == "n"
            else "give masses over the jet's pt, above 0, or 0 to draw them",
        )


def _unknown_class(told: str) -> InputError:
    return InputError(
        f"the class of a jet is {told}",
        "the model knows no such jets",
        f"use 0 to {len(CLASSES) - 1}, or a name: {', '.join(CLASSES)}",
    )


def _scored(particles: NDArray[np.float32]) -> tuple[NDArray[np.float64], ...]:
    there = particles[:, :, 2] > 0
    return described(particles)["mass"].astype(np.float64), *(particles[there].astype(np.float64).T)


class _Source:
    """The jets of a table of clouds."""

    max_constituents = PARTICLES

    def __init__(self, path: Path, reading: Reading) -> None:
        self._path, self._reading = path, reading
        with ObjectsFile(path) as file:
            self.provenance = file.provenance
        numbers = [clouds.event for clouds in read_clouds(path, "all")]
        event = np.concatenate([np.zeros(0, np.int64), *numbers])
        if reading.number_events:
            event = np.arange(len(event), dtype=np.int64)
        inside = in_split(event, reading.split)
        self._event, self._place = event, ordinal_in_event(event)
        self.n_jets = int(inside.sum())

    def batches(self) -> Iterator[Any]:
        """Those of the split."""
        start = 0
        seen: set[int] = set()
        for clouds in read_clouds(self._path, "all"):
            rows = slice(start, start + len(clouds))
            start += len(clouds)
            event, place = self._event[rows], self._place[rows]
            inside = in_split(event, self._reading.split)
            if not inside.any():
                continue
            new = set(event[inside].tolist()) - seen
            seen |= new
            gen = {name: values[inside] for name, values in clouds.gen.items()}
            yield CloudBatch(gen, event[inside], place[inside], len(new))

    def no_jets(self) -> str:
        """What to tell."""
        return f"{self._path} has no jets in the split {self._reading.split}: the output has none"


@contextmanager
def _source(path: Path, reading: Reading) -> Iterator[Any]:
    yield _Source(path, reading)
