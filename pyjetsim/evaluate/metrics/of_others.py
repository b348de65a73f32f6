"""Metrics of other packages: an error in one of them is reported with its name, in one line."""

from __future__ import annotations

import json
import pickle
import re
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from typing import Any

import numpy as np

from pyjetsim.errors import Error, PluginError
from pyjetsim.evaluate.metrics.base import Context, Drawing, Metric
from pyjetsim.evaluate.view import View


@dataclass(frozen=True, slots=True)
class Told:
    """The result of such a metric, and what it is as JSON."""

    result: Any
    content: Any

    def to_json(self) -> Any:
        """Plain numbers, text, lists and mappings."""
        return self.content


class OfOthers(Metric[Told]):
    """A metric of another package under the name that it was registered by.

    Everything raises :class:`~pyjetsim.errors.PluginError` where the metric raises what is no
    :class:`~pyjetsim.errors.Error`.
    """

    def __init__(self, name: str, metric: type[Metric[Any]], view: View) -> None:
        super().__init__(view)
        self.title = name
        with self._named():
            self._metric = metric(view)
            self.samples = metric.samples
            self.every_pair = metric.every_pair

    @contextmanager
    def _named(self) -> Iterator[None]:
        try:
            yield
        except Error:
            raise
        except Exception as error:  # whatever code of others does
            reason = f"{type(error).__name__}: {error}".splitlines()[0]
            raise PluginError(
                f"the metric {self.title!r} of another package fails: {reason}",
                "its result is part of the report",
                "mend or uninstall that package",
            ) from error

    def add(self, sample: str, batch: Any) -> None:
        """As the metric does."""
        with self._named():
            self._metric.add(sample, batch)

    def merge(self, other: OfOthers) -> None:
        """As the metric does."""
        with self._named():
            self._metric.merge(other._metric)

    @property
    def can_merge(self) -> bool:
        """As the metric does, if it can be sent to another process and back."""
        with suppress(Exception):  # whatever code of others does
            pickle.dumps(self._metric)
            return self._metric.can_merge
        return False

    def result(self, context: Context) -> Told | None:
        """As the metric does; the JSON may have NumPy's numbers in it, and nothing else that is not JSON."""
        with self._named():
            result = self._metric.result(context)
            if result is None:
                return None
            return Told(result, json.loads(json.dumps(result.to_json(), default=_plain)))

    def draw(self, result: Told) -> dict[str, Drawing]:
        """As the metric does; the metric's name comes before the figures'."""
        with self._named():
            drawings = {f"{self.title}_{key}": one for key, one in self._metric.draw(result.result).items()}
            for name in drawings:
                if not re.fullmatch(r"\w+", name):
                    raise ValueError(f"a figure is called {name!r}, which is no name of a file")
            return drawings


def _plain(value: Any) -> Any:
    if isinstance(value, np.generic | np.ndarray):
        return value.tolist()
    raise TypeError(f"{type(value).__name__} is not JSON")
