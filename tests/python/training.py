"""Training data of whole jets, without a training."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from types import SimpleNamespace
from typing import Any

from pyjetsim.jets import Pairs
from pyjetsim.jets.selection import Selection
from pyjetsim.models import MODELS, JetModel
from pyjetsim.tasks.constituents import Constituents
from pyjetsim.train.data import TrainingData
from pyjetsim.train.data import prepare as prepare_for

JET_MODELS = [name for name in MODELS if issubclass(MODELS[name], JetModel)]
"""Models of whole jets, by name."""


def prepare(
    source: Path | Sequence[Path],
    folder: Path,
    selection: Selection,
    max_constituents: int,
    include_padding: bool,
    *,
    max_reco_constituents: int | None = None,
    training_tensors: Callable[[Pairs], Mapping[str, Any]] = lambda pairs: {},
    weight: str | int | None = None,
) -> TrainingData:
    """Tables for a model that takes and gives so many constituents."""
    model: Any = SimpleNamespace(
        config=SimpleNamespace(max_constituents=max_constituents),
        max_reco_constituents=max_reco_constituents or max_constituents,
        training_tensors=training_tensors,
        uses_weights=True,
    )
    return prepare_for(source, folder, Constituents(), model, selection, include_padding, weight)
