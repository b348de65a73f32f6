"""Views: which observables of a task's files are compared, how files are read, and the baselines."""

from __future__ import annotations

import json
from abc import ABC, abstractmethod
from collections.abc import Callable, Collection, Iterator, Mapping, Sequence
from contextlib import ExitStack
from dataclasses import asdict, dataclass, field, replace
from functools import cached_property
from pathlib import Path
from typing import Any, ClassVar, NamedTuple, Protocol

import h5py
import numpy as np
from numpy.typing import NDArray

from pyjetsim._utils.interrupts import held
from pyjetsim.errors import DataError, InputError
from pyjetsim.evaluate.baselines import Smearing, fit_smearing_to
from pyjetsim.evaluate.conditions import JetsOf, jets_of
from pyjetsim.evaluate.metrics.base import Need
from pyjetsim.evaluate.observables.classes import CLASSES
from pyjetsim.evaluate.observables.table import KINEMATIC, SHAPES, SUBSTRUCTURE, Observable, observables
from pyjetsim.evaluate.samples import MAX_PAIRS, JetCollector, Sample, ValueCollector
from pyjetsim.evaluate.weights import Chosen, paths_with_weights, refused
from pyjetsim.io import PairsFile, Split, open_pairs
from pyjetsim.io.dataset.index import Shard, is_dataset, read_index
from pyjetsim.io.dataset.reader import check_hash
from pyjetsim.io.inputs import PairsReader
from pyjetsim.io.jets_h5.layout import COPY
from pyjetsim.io.objects import ObjectsFile, task_of
from pyjetsim.jets import Jets
from pyjetsim.jets.event_ids import OrdinalCounter, jet_ids
from pyjetsim.jets.selection import SELECTIONS, Selection, selection_named
from pyjetsim.jets.weights import NO_WEIGHT

DEFAULT_SELECTION = "paper"


class Batch(Protocol):
    """N objects of one sample."""

    @property
    def event(self) -> NDArray[np.int64]:
        """(N,) the events they come from."""

    @property
    def reco(self) -> Any:
        """What :attr:`Observable.of` takes."""


@dataclass(frozen=True, slots=True)
class JetBatch:
    """N pairs of jets."""

    event: NDArray[np.int64]
    """(N,)."""
    whole_gen: Jets
    """As in the file, all constituents."""
    gen: Jets
    """After ``Selection.constituents``."""
    reco: Jets
    """After ``Selection.constituents``."""
    copy: NDArray[np.int32] | None = None
    """(N,) which simulation of its gen jet each is; None in files of one."""
    weight: NDArray[np.float64] | None = None
    """(N,) of the events, of either sign; None: each counts once."""

    def rows(self, index: NDArray[np.bool_]) -> JetBatch:
        """Some of them."""
        copy = None if self.copy is None else self.copy[index]
        weight = None if self.weight is None else self.weight[index]
        jets = self.whole_gen[index], self.gen[index], self.reco[index]
        return JetBatch(self.event[index], *jets, copy, weight)

    @staticmethod
    def concatenate(batches: Sequence[JetBatch]) -> JetBatch:
        """Join batches of one file, at least one."""

        def joined(name: str) -> Any:
            parts = [getattr(batch, name) for batch in batches]
            return None if parts[0] is None else np.concatenate(parts)

        def jets(name: str) -> Jets:
            parts: list[Jets] = [getattr(batch, name) for batch in batches]
            longest = max(part.constituents.shape[1] for part in parts)
            return Jets.concatenate([part.padded_to(longest) for part in parts])

        sides = jets("whole_gen"), jets("gen"), jets("reco")
        return JetBatch(joined("event"), *sides, joined("copy"), joined("weight"))

    def first(self) -> JetBatch:
        """The first simulation of each gen jet."""
        return self if self.copy is None else replace(self.rows(self.copy == 0), copy=None)


class Baseline(NamedTuple):
    """A simple prediction, which a useful model must beat."""

    of: Callable[[Any], Any]
    """A batch of the target to one with the same events and another ``reco``."""
    described: dict[str, Any]
    """For the report, as JSON."""


class Panels(NamedTuple):
    """A figure of spectra."""

    observables: Sequence[str]
    shape: tuple[int, int]
    """Rows and columns."""
    caption: str


class FileFacts(NamedTuple):
    """What the report says of a file."""

    n: int
    """Objects in it."""
    provenance: dict[str, Any]


class View(ABC):
    """What `evaluate` compares in files of one task.

    Notes
    -----
    A subclass needs at least ``observables`` and :meth:`read`. Metrics that need only values of observables
    and event numbers work with any view; others are left out.

    Batches that have ``rows(index)`` and ``concatenate(batches)``, as :class:`JetBatch` has, are thinned
    where a file is long; others are compared whole.
    """

    name: ClassVar[str] = "objects"
    """As the report calls what is compared."""
    items: ClassVar[str] = "objects"
    """Several of them, in messages."""
    gives: ClassVar[frozenset[Need]] = frozenset({"values"})
    """What metrics may need: see :attr:`pyjetsim.evaluate.metrics.base.Metric.needs`."""
    metrics: Collection[str] | None = None
    """Names of those of this package's metrics that apply; None for all that need no more than is given."""

    @property
    @abstractmethod
    def observables(self) -> Mapping[str, Observable]:
        """Observables by name, in the order of the report, computed from ``batch.reco``."""

    @abstractmethod
    def read(self, path: Path, split: Split) -> Iterator[Batch]:
        """Read all objects of a split of a file, piece by piece.

        Parameters
        ----------
        path : Path
            The file.
        split : str
            Which events.

        Yields
        ------
        Batch
            A piece.

        Raises
        ------
        DataError
            For a file that cannot be read.
        """

    def pieces(self, path: Path) -> Sequence[tuple[Any, int]]:
        """What a file can be cut into for several processes.

        Parameters
        ----------
        path : Path
            The file.

        Returns
        -------
        sequence of tuple
            What :meth:`read_piece` is given, and how many objects it has; empty where a file is not cut. The
            view must be picklable then, with baselines and collectors.
        """
        return ()

    def read_piece(self, path: Path, split: Split, piece: Any) -> Iterator[Batch]:
        """Read all objects of a split of a piece; see :meth:`read`.

        Parameters
        ----------
        path : Path
            The file.
        split : str
            Which events.
        piece : any
            One of :meth:`pieces`; None: the whole file.

        Yields
        ------
        Batch
            A piece of it.
        """
        yield from self.read(path, split)

    def prepared(self, target: Path, prediction: Path, selection: str, *, mix_detectors: bool) -> View:
        """The view for two files.

        Parameters
        ----------
        target, prediction : Path
            The files.
        selection : str
            Name of the cuts. A view without cuts refuses any but the default.
        mix_detectors : bool
            Whether the files may be of different detectors.

        Returns
        -------
        View
            With what it takes from the files.

        Raises
        ------
        InputError
            For a selection that does not apply.
        DataError
            For files of different detectors.
        """
        if selection != DEFAULT_SELECTION:
            raise InputError(
                f"selection {selection!r} does not apply to {self.items}",
                "it cuts on jets and their constituents",
                "leave it out",
            )
        return self

    def weighted(self, target: Path, prediction: Path, weight: str | int | None) -> View:
        """The view that counts by weights.

        Parameters
        ----------
        target, prediction : Path
            The files.
        weight : str or int, optional
            Name or place; None: the first, where there are weights; "none": no weight.

        Returns
        -------
        View
            Its batches have ``weight`` (N,) where a file's weights differ.

        Raises
        ------
        InputError
            For a weight that is not there, and by views without weights.
        """
        if weight not in (None, NO_WEIGHT):
            raise refused(weight, self.items)
        return self

    def thinned(self, max_pairs: int) -> View:
        """The view whose baselines keep no more than about so many pairs."""
        return self

    def told_weights(
        self, files: Mapping[str, Path], samples: Mapping[str, Sample]
    ) -> dict[str, dict[str, Any]]:
        """What the report says of the weights of target and prediction.

        Parameters
        ----------
        files : mapping of Path
            Target and prediction.
        samples : mapping of Sample
            Accepted objects of both.

        Returns
        -------
        dict
            By file, as JSON; empty without weights.
        """
        return {}

    def baselines(self, target: Path) -> Mapping[str, Baseline]:
        """Baselines by name; made anew for every comparison."""
        return {}

    @property
    def shapes(self) -> Sequence[str]:
        """Names of the observables that distances and classifiers use, and that have flat scores."""
        return [name for name, one in self.observables.items() if one.level == "jet"]

    @property
    def summed(self) -> Sequence[str]:
        """Names of the observables whose KL divergences are added up."""
        return self.shapes

    @property
    def figures(self) -> Mapping[str, Panels]:
        """Figures of spectra by name."""
        names = list(self.observables)
        columns = min(3, len(names))
        rows = -(-len(names) // columns)
        return {"observables": Panels(names, (rows, columns), f"Observables of {self.items}.")}

    def described(self, path: Path) -> FileFacts:
        """Number of reco objects of this view, or of all kinds, in an object table, and its provenance.

        Of other HDF5: the length of ``event``, and the root attribute.
        """
        if task_of(path) is not None:
            with ObjectsFile(path) as table:
                kinds = [self.items] if self.items in table.kinds else table.kinds
                return FileFacts(sum(table.length(kind, "reco") for kind in kinds), table.provenance)
        try:
            with held(), h5py.File(path, "r") as file:
                told = json.loads(file.attrs.get("provenance", "{}"))
                return FileFacts(len(file["event"]), told if isinstance(told, dict) else {})
        except (OSError, KeyError, TypeError, ValueError, RuntimeError) as error:
            raise DataError(
                f"{path} cannot be read: {error}",
                "a report says what it compares",
                "give a file that `pyjetsim simulate` wrote",
            ) from error

    def pairing(self, batch: Any) -> Sequence[NDArray[Any]]:
        """Arrays (N, ...) that are equal for two batches of the same gen objects, beside their events."""
        gen = getattr(batch, "gen", None)
        return [np.asarray(gen[name]) for name in sorted(gen)] if isinstance(gen, Mapping) else []

    def collector(self) -> Any:
        """Collector of a :class:`Sample`: it has ``add(reco, event)``, ``merge(other)`` and ``sample()``.

        ``add`` is given weights (N,), too, where batches have them.
        """
        return ValueCollector(self.observables)

    def accepted(self, sample: Sample) -> Sample:
        """The objects of a sample that pass the cuts."""
        return sample

    def told(self, split: Split) -> str:
        """Selection and split, for messages."""
        return f"split {split}"

    def to_json(self) -> dict[str, Any]:
        """Top-level entries of the report."""
        return {"view": {"name": self.name, "items": self.items, "summed": list(self.summed)}}


def _figures() -> dict[str, Panels]:
    spectra = [f"{of}_{what}" for of in CLASSES for what in ("pt", "deta", "dphi")]
    return {
        "figure_4": Panels(
            ("constituent_px", "constituent_py", "constituent_pz"),
            (1, 3),
            "Momentum components of the constituents.",
        ),
        "figure_5": Panels(("pt", "mass"), (1, 2), "Jet pt and mass."),
        "figure_6": Panels(
            ("px", "py", "pz", "energy", "eta", "phi"),
            (2, 3),
            "Jet momentum components, energy, eta and phi.",
        ),
        "figure_7": Panels(
            ("flow1", "flow2", "flow3", "flow4"),
            (2, 2),
            "Momentum flows: the share of the jet's pt in four rings around its axis, "
            "from the core outwards.",
        ),
        "multiplicity": Panels(
            ("multiplicity",),
            (1, 1),
            "Constituents in a jet, after the selection, which keeps the hardest ones only.",
        ),
        "substructure": Panels(
            SUBSTRUCTURE, (2, 3), "Width, ptD, leading share, N-subjettiness ratios and D2."
        ),
        "spectra": Panels(spectra, (3, 3), "Constituents by class: pt, and direction from the jet axis."),
    }


def widened(selection: Selection) -> Selection:
    """The selection, with its cut on jet pt no higher than that of the paper's appendix."""
    return replace(selection, jet_pt_min=min(selection.jet_pt_min, SELECTIONS["paper-all"].jet_pt_min))


@dataclass(frozen=True)
class ConstituentsView(View):
    """Jets with constituents, of jets.h5, after the cuts of a selection."""

    name = "constituents"
    items = "jets"
    gives = frozenset({"values", "constituents"})

    selection_name: str = DEFAULT_SELECTION
    jets: JetsOf = field(default_factory=JetsOf)
    weights: Mapping[Path, Chosen] = field(default_factory=dict)
    """By the files that have weights."""
    max_pairs: int = MAX_PAIRS
    """That the smearing baseline is fitted to."""

    @cached_property
    def selection(self) -> Selection:
        """The cuts, made on both files independently."""
        return selection_named(self.selection_name)

    @cached_property
    def wide(self) -> Selection:
        """The selection with the widest acceptance that is gathered."""
        return widened(self.selection)

    @cached_property
    def observables(self) -> Mapping[str, Observable]:
        """Observables for jets of the files' R."""
        return observables(self.jets.radius)

    shapes = SHAPES
    summed = KINEMATIC

    @property
    def figures(self) -> Mapping[str, Panels]:
        """Figures by the paper's numbers."""
        return _figures()

    def prepared(
        self, target: Path, prediction: Path, selection: str, *, mix_detectors: bool
    ) -> ConstituentsView:
        """The view with R and the detector's threshold from the files; see :func:`jets_of` for errors."""
        with open_pairs(target) as one, open_pairs(prediction) as other:
            return ConstituentsView(selection, jets_of(one, other, mix_detectors=mix_detectors))

    def weighted(self, target: Path, prediction: Path, weight: str | int | None) -> ConstituentsView:
        """The view with the weights of both files; see :meth:`View.weighted`."""
        return self.weighing({"the target": target, "the prediction": prediction}, weight)

    def thinned(self, max_pairs: int) -> ConstituentsView:
        """The view whose smearing is fitted to no more than about so many pairs."""
        return replace(self, max_pairs=max_pairs)

    def weighing(self, files: Mapping[str, Path], weight: str | int | None) -> ConstituentsView:
        """The view with the weights of two more files.

        Parameters
        ----------
        files : mapping of Path
            By what notes call them.
        weight : str or int, optional
            See :meth:`View.weighted`, also for errors.

        Returns
        -------
        ConstituentsView
            With notes of a file without weights where the other one has some.
        """
        with ExitStack() as stack:
            opened = {path: stack.enter_context(open_pairs(path)) for path in files.values()}
            found = paths_with_weights(opened, weight)
        notes = [
            f"{which} has no weights, which the other file has: each of its jets counts once"
            for which, path in files.items()
            if found and path not in found
        ]
        jets = replace(self.jets, notes=(*self.jets.notes, *notes))
        return replace(self, weights={**self.weights, **found}, jets=jets)

    def told_weights(
        self, files: Mapping[str, Path], samples: Mapping[str, Sample]
    ) -> dict[str, dict[str, Any]]:
        """Name, and of the accepted jets the effective number and the share with a negative weight."""
        if not any(path in self.weights for path in files.values()):
            return {}
        told = {}
        for name, path in files.items():
            chosen, weight = self.weights.get(path), samples[name].weight
            told[name] = {
                "name": None if chosen is None else chosen.name,
                "effective_jets": samples[name].effective_jets,
                "negative_share": 0.0 if weight is None else float((weight < 0).mean()),
            }
        return told

    def __reduce__(self) -> tuple[Any, ...]:
        """Without observables, which are functions: they are made again where they are needed."""
        return ConstituentsView, (self.selection_name, self.jets, self.weights, self.max_pairs)

    def read(self, path: Path, split: Split) -> Iterator[JetBatch]:
        """Pairs after the cuts on constituents; those on jets come with the values."""
        with open_pairs(path) as file:
            yield from self._batches(file, path, split)

    def pieces(self, path: Path) -> Sequence[tuple[Shard, int]]:
        """The shards of a dataset."""
        return [(shard, shard.pairs) for shard in read_index(path).shards] if is_dataset(path) else []

    def read_piece(self, path: Path, split: Split, piece: Shard | None) -> Iterator[JetBatch]:
        """A shard, or all."""
        if piece is None:
            yield from self.read(path, split)
            return
        check_hash(path, piece)
        with PairsFile(path / piece.name) as file:
            yield from self._batches(file, path, split)

    def _batches(self, file: PairsReader, path: Path, split: Split) -> Iterator[JetBatch]:
        chosen = self.weights.get(path)
        for pairs in file.batches(split):
            gen, reco = (self.selection.constituents(side) for side in (pairs.gen, pairs.reco))
            weight = None if chosen is None else chosen.of(pairs)
            yield JetBatch(pairs.event, pairs.gen, gen, reco, pairs.columns.get(COPY), weight)

    def baselines(self, target: Path) -> Mapping[str, Baseline]:
        """The gen jet unchanged, and a Gaussian smearing of its pt that is fitted to the target."""
        with open_pairs(target) as file:
            smearing = fit_smearing_to(file, self.selection, self.max_pairs)
        smeared = _Smeared(smearing, self.selection)
        return {"identity": Baseline(_identity, {}), "smearing": Baseline(smeared, smearing.to_json())}

    def described(self, path: Path) -> FileFacts:
        """Number of jets and provenance of a jets.h5."""
        with open_pairs(path) as file:
            return FileFacts(len(file), file.provenance)

    def pairing(self, batch: JetBatch) -> Sequence[NDArray[Any]]:
        """The kinematics of the gen jets."""
        return [batch.whole_gen.jet]

    def collector(self) -> JetCollector:
        """Collector that also makes the cuts on jets."""
        return JetCollector(self.wide, self.selection, radius=self.jets.radius)

    def accepted(self, sample: Sample) -> Sample:
        """Jets inside the selection."""
        return sample.accepted(self.selection)

    def told(self, split: Split) -> str:
        """Selection and split."""
        return f"selection {self.selection_name}, split {split}"

    def to_json(self) -> dict[str, Any]:
        """The cuts, and R and threshold from the files."""
        return {
            "selection": {"name": self.selection_name, **asdict(self.selection)},
            "jets": asdict(self.jets),
        }


def _identity(batch: JetBatch) -> JetBatch:
    return replace(batch, reco=batch.gen)


class _Smeared:
    """Smears the gen jets of a file, batch by batch."""

    def __init__(self, smearing: Smearing, selection: Selection) -> None:
        self._smearing, self._selection = smearing, selection
        # An event may go on in the next batch.
        self._places = OrdinalCounter()

    def __call__(self, batch: JetBatch) -> JetBatch:
        # Any int64 is a fine key, negative ones too.
        ids = jet_ids(len(batch.event), batch.event.view(np.uint64), self._places.of(batch.event))
        return replace(batch, reco=self._smearing(batch.gen, self._selection, ids))


def view_of(target: Path, prediction: Path) -> View:
    """The view of two files, by their content.

    Parameters
    ----------
    target, prediction : Path
        jets.h5, or tables of objects of one task.

    Returns
    -------
    View
        That of the task.

    Raises
    ------
    DataError
        For files of two tasks.
    """
    tasks = {name: task_of(path) for name, path in (("target", target), ("prediction", prediction))}
    if tasks["target"] != tasks["prediction"]:
        told = {name: task or "jets with constituents" for name, task in tasks.items()}
        raise DataError(
            f"target {target} is of {told['target']} and prediction {prediction} of {told['prediction']}",
            "only answers to the same task can be compared",
            "give two files of one task",
        )
    if tasks["prediction"] is None:
        return ConstituentsView()
    # Here, because tasks that select a model import metrics.
    from pyjetsim.tasks import TASKS

    view: View = TASKS[tasks["prediction"]]().view()
    return view
