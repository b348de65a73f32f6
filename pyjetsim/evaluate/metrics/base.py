"""The interface of a metric: it gathers from batches, computes a result, draws it, and gives scores."""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Collection, Iterator, Mapping
from dataclasses import asdict, dataclass, field
from typing import TYPE_CHECKING, Any, ClassVar, Generic, Literal, NamedTuple, Protocol, TypeVar, get_args

if TYPE_CHECKING:
    from matplotlib.figure import Figure

    from pyjetsim.evaluate.metrics.history import History
    from pyjetsim.evaluate.metrics.tagger_closure import Processes
    from pyjetsim.evaluate.samples import Sample
    from pyjetsim.evaluate.view import View

Need = Literal["values", "constituents", "columns", "clouds"]
Test = Literal["trees", "sets", "distances"]
TESTS: tuple[Test, ...] = get_args(Test)
"""Metrics that take long and can be skipped."""


class ToJson(Protocol):
    """The result of a metric: typed, and convertible to JSON."""

    def to_json(self) -> Any:
        """Mappings, lists, numbers, text and None; infinity and NaN become None in the file."""


R = TypeVar("R", bound=ToJson)

Effective = Mapping[str, float]
"""The effective numbers of what a figure is of, by sample: see :mod:`pyjetsim.jets.weights`."""


def fields_of(result: Any) -> dict[str, Any]:
    """A dataclass as JSON; fields ``effective`` only where there are weights, elsewhere they are None."""

    def known(fields: list[tuple[str, Any]]) -> dict[str, Any]:
        return {name: value for name, value in fields if name != "effective" or value is not None}

    return asdict(result, dict_factory=known)


@dataclass(frozen=True)
class Context:
    """What all metrics share when their results are computed."""

    view: View
    samples: Mapping[str, Sample]
    """Observables and event numbers of ``target``, ``prediction`` and the baselines, in acceptance; baselines
    with too few objects are left out.
    """
    wide: Mapping[str, Sample]
    """The same samples in the widest acceptance."""
    skip: Collection[Test] = ()
    history: History | None = None
    """Losses of the training, where its folder was given."""
    copies: Mapping[str, Sample] = field(default_factory=dict)
    """Of files with several simulations of each gen jet: all of them, in the widest acceptance.

    ``samples`` and ``wide`` have the first one of each, and so has what :meth:`Metric.add` is given.
    """
    processes: Processes | None = None
    """Files of a signal and of a background, where a tagger is to tell them apart."""

    @property
    def others(self) -> list[str]:
        """Names of the samples that are compared with the target."""
        return [name for name in self.samples if name != "target"]


class Drawing(NamedTuple):
    """A figure of the report, and its caption."""

    figure: Figure
    caption: str


class Score(NamedTuple):
    """One number of the report's flat scores; None where it was not measured."""

    name: str
    value: float | None
    uncertainty: float | None = None
    floor: float | None = None
    """What a perfect simulation would score."""


class Metric(ABC, Generic[R]):
    """A comparison of samples with the target; a new instance for every comparison.

    Parameters
    ----------
    view : View
        What is compared.

    Notes
    -----
    ``add`` is called for each batch of each sample, ``result`` once at the end. A metric that needs only
    values of observables does not override ``add``: these are gathered once for all metrics, and are in the
    context.
    """

    protocol: ClassVar[int]
    """:data:`pyjetsim._utils.plugins.PROTOCOL`, for metrics of other packages."""
    name: ClassVar[str]
    needs: ClassVar[Need] = "values"
    """``constituents``: batches are :class:`~pyjetsim.evaluate.view.JetBatch`. ``columns``: they
    have ``gen`` and ``reco``, columns by name. ``clouds``: those of :mod:`pyjetsim.io.clouds`. ``values``: of
    any view."""
    samples: tuple[str, ...] | None = None
    """Names of the samples that ``add`` is called for; None: all."""
    every_pair: bool = False
    """Whether ``add`` is given every pair of long files too, and not only those of some events.

    For metrics that count, and hold nothing of a pair; baselines have those of some events all the same.
    """
    place: ClassVar[tuple[str, ...]] = ()
    """Keys of the result in ``report.json``, from the top; empty for what is only drawn."""

    def __init__(self, view: View) -> None:
        self.view = view

    def add(self, sample: str, batch: Any) -> None:
        """Gather from a batch.

        Parameters
        ----------
        sample : str
            Name of the sample: "target", "prediction" or a baseline.
        batch : Batch
            Objects of that sample, as the view reads them.
        """

    def merge(self, other: Any) -> None:
        """Add what another instance gathered from a later part of the files.

        The shards of a dataset are read by several processes where every metric that has :meth:`add` has
        this, and can be pickled.
        """

    @property
    def can_merge(self) -> bool:
        """Whether nothing is lost by merging."""
        return type(self).add is Metric.add or type(self).merge is not Metric.merge

    @abstractmethod
    def result(self, context: Context) -> R | None:
        """Compute the result; None where there is nothing to report."""

    def draw(self, result: R) -> dict[str, Drawing]:
        """Draw figures by name, inside :func:`pyjetsim.evaluate.panels.style`."""
        return {}

    def scores(self, result: R, sample: str) -> Iterator[Score]:
        """Give the scores of one sample.

        Parameters
        ----------
        result : ToJson
            What :meth:`result` returned.
        sample : str
            "prediction" or a baseline.

        Yields
        ------
        Score
            Names do not depend on the sample, or on what was measured.
        """
        yield from ()
