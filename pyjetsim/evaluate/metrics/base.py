"""What a metric is: how it gathers, what it finds, and how that is drawn and scored."""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Collection, Iterator, Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, ClassVar, Generic, Literal, NamedTuple, Protocol, TypeVar, get_args

if TYPE_CHECKING:
    from matplotlib.figure import Figure

    from pyjetsim.evaluate.metrics.history import History
    from pyjetsim.evaluate.samples import Sample
    from pyjetsim.evaluate.view import View

Need = Literal["values", "constituents"]
Test = Literal["trees", "sets", "distances"]
TESTS: tuple[Test, ...] = get_args(Test)
"""What takes long and can be left out."""


class ToJson(Protocol):
    """What a metric finds: typed, and able to be written to a report."""

    def to_json(self) -> Any:
        """Mappings, lists, numbers, text and None; infinity and NaN become None in the file."""


R = TypeVar("R", bound=ToJson)


@dataclass(frozen=True)
class Context:
    """What is common to all metrics when their results are asked for."""

    view: View
    samples: Mapping[str, Sample]
    """Values of the observables and event numbers of what is compared: ``target``, ``prediction`` and those
    baselines that have enough in acceptance.
    """
    wide: Mapping[str, Sample]
    """The same in the widest acceptance that is gathered."""
    skip: Collection[Test] = ()
    history: History | None = None
    """Of the training, where its folder was given."""

    @property
    def others(self) -> list[str]:
        """The samples that are held against the target."""
        return [name for name in self.samples if name != "target"]


class Drawing(NamedTuple):
    """A figure of the report and what it shows."""

    figure: Figure
    caption: str


class Score(NamedTuple):
    """A figure of merit, flat; None where it was not measured."""

    name: str
    value: float | None
    uncertainty: float | None = None
    floor: float | None = None
    """What a perfect simulation would score."""


class Metric(ABC, Generic[R]):
    """Holds samples against the target; made anew for every comparison.

    ``add`` is called for each batch of each sample, ``result`` once at the end. What needs no more than
    values of observables adds nothing: they are gathered once, for all metrics, and are in the context.
    """

    protocol: ClassVar[int]
    """:data:`pyjetsim._utils.plugins.PROTOCOL`, for metrics of other packages."""
    name: ClassVar[str]
    needs: ClassVar[Need] = "values"
    """``constituents``: batches have to be :class:`~pyjetsim.evaluate.view.JetBatch`. ``values``: any do."""
    samples: tuple[str, ...] | None = None
    """Names of the samples that are added; None for all."""
    place: ClassVar[tuple[str, ...]] = ()
    """Where the result stands in ``report.json``, from the top; empty for what is only drawn."""

    def __init__(self, view: View) -> None:
        self.view = view

    def add(self, sample: str, batch: Any) -> None:
        """Gather from a batch of the view; all of it is one sample's."""

    def merge(self, other: Any) -> None:
        """Take over what another one of this class gathered from a later part of the files."""

    @abstractmethod
    def result(self, context: Context) -> R | None:
        """What was found; None where there is nothing to tell."""

    def draw(self, result: R) -> dict[str, Drawing]:
        """Figures by name, inside :func:`pyjetsim.evaluate.panels.style`."""
        return {}

    def scores(self, result: R, sample: str) -> Iterator[Score]:
        """Figures of merit of one sample, with names that do not depend on it or on what was measured."""
        yield from ()
