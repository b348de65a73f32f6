"""A view whose second shard ends the process that reads it, for tests of what becomes of the comparison."""

from __future__ import annotations

import os
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from pyjetsim.evaluate.view import ConstituentsView, JetBatch
from pyjetsim.io import Split

MARK = "died"


class Dying(ConstituentsView):
    """The process dies once, or, where the dataset holds the file ``always``, each time."""

    def __reduce__(self) -> tuple[Any, ...]:
        return Dying, super().__reduce__()[1]

    def read_piece(self, path: Path, split: Split, piece: Any) -> Iterator[JetBatch]:
        mark = path / MARK
        if piece.name == "000001.h5" and ((path / "always").exists() or not mark.exists()):
            mark.touch()
            os._exit(1)
        yield from super().read_piece(path, split, piece)
