"""The task ``constituents``: gen jets to reco jets, constituent by constituent."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from contextlib import AbstractContextManager
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, Any, ClassVar

import numpy as np
from numpy.typing import NDArray

from pyjetsim.errors import RecipeError
from pyjetsim.io.splits import Split
from pyjetsim.jets.selection import Selection
from pyjetsim.tasks.base import Answer, Array, Arrays, Examples, Task, TensorSpec

if TYPE_CHECKING:
    from torch import Tensor

    from pyjetsim.io.formats import GenBatch, Reading, Source
    from pyjetsim.models.base import Batch


class Constituents(Task):
    """Constituents of a gen jet, with PDG ids where a model uses them, to those of its reco jet."""

    protocol: ClassVar[int] = 1
    name: ClassVar[str] = "constituents"
    domain: ClassVar[tuple[str, ...] | None] = ("pt", "eta", "n_constituents")
    takes_copies: ClassVar[bool] = True
    writes_pairs: ClassVar[bool] = True
    score_name: ClassVar[str] = "kld"
    score_label: ClassVar[str] = "KLD"

    @classmethod
    def of_bundle(cls, settings: Mapping[str, Any]) -> Task:
        """The task, which has no settings: those in a bundle are the simulator's."""
        return cls()

    def inputs(self, model: Any) -> tuple[TensorSpec, ...]:
        """Constituents (P, 3), noise (Z,) and, for models that use it, pid (P,)."""
        p = model.config.max_constituents
        pid = TensorSpec("pid", (p,), "PDG id", "int32")
        return (
            TensorSpec("constituents", (p, 3), "GeV"),
            TensorSpec(
                "noise", (model.noise_size,), "standard normal", "float32", "noise", model.event_noise_size
            ),
            *((pid,) if model.uses_pid else ()),
        )

    def outputs(self, model: Any) -> tuple[TensorSpec, ...]:
        """Reco constituents (R, 3) and, for models that give it, their pid (R,)."""
        r = model.max_reco_constituents
        from pyjetsim.tasks.constituents.trials import tells_pid

        # Other names than those of the inputs: in an ONNX graph they are unique.
        pid = TensorSpec("reco_pid", (r,), "PDG id", "int32", "answer")
        constituents = TensorSpec("reco_constituents", (r, 3), "GeV", role="answer")
        return (constituents, pid) if tells_pid(model) else (constituents,)

    def examples(
        self, path: Path, split: Split, cuts: Selection, model: Any, padding: bool
    ) -> Iterator[Examples]:
        """Pairs whose reco jet is in acceptance; see :meth:`pyjetsim.tasks.Task.examples`."""
        from pyjetsim.tasks.constituents.learning import examples

        return examples(path, split, cuts, model, padding, self.weight)

    def batch(self, columns: Mapping[str, Tensor], longest: int | None) -> Batch:
        """What :meth:`pyjetsim.models.JetModel.loss` takes."""
        from pyjetsim.models.base import Batch

        own = {name.removeprefix("tensors/"): tensor for name, tensor in columns.items() if "/" in name}
        main = columns["gen"], columns["reco"], columns["gen_pid"]
        return Batch(*main, own, longest, columns.get("weight"))

    def lengths(self, columns: Mapping[str, Array]) -> NDArray[np.int64]:
        """(N,) constituents of each gen jet."""
        lengths: NDArray[np.int64] = (columns["gen"] != 0).any(-1).sum(-1)
        return lengths

    def score(
        self, model: Any, batches: Iterable[Any], cuts: Selection, seed: int
    ) -> dict[str, float] | None:
        """KL divergences of jet mass, pt, energy, eta and phi, and their sum."""
        from pyjetsim.tasks.constituents.learning import measure_kld

        return measure_kld(model, batches, cuts, seed)

    def scored_by(self, name: str) -> Task:
        """By "kld", the paper's score, or "verdict", what the verdict of `evaluate` looks at."""
        if name == "verdict":
            from pyjetsim.tasks.constituents.verdict_score import ConstituentsByVerdict

            return ConstituentsByVerdict(self.settings)
        if name != "kld":
            raise RecipeError(
                f"select.score is {name!r}, which is no score of the task {self.name}",
                "the best epoch could not be told",
                "use 'kld' or 'verdict'",
            )
        return Constituents(self.settings)

    def choose(self, measured: list[dict[str, Any]], settings: Any) -> dict[str, Any]:
        """The least KLD sum among epochs whose mass and pt KLD stay below the recipe's threshold."""
        from pyjetsim.tasks.constituents.learning import choose_by_kld

        return choose_by_kld(measured, settings.mass_pt_kld_max)

    def output_cuts(self, model: Any, cuts: Selection) -> Selection:
        """The cuts, with as many constituents as the model gives out."""
        return replace(cuts, max_constituents=model.max_reco_constituents)

    def bundle_settings(self, model: Any, cuts: Selection, radius: float) -> dict[str, Any]:
        """Jet definition of the jets trained on, and the cuts on the model's output."""
        eta_max = float(cuts.constituent_eta_max)
        return {
            "jet_definition": {"algorithm": "anti-kt", "radius": radius},
            "cuts": {
                "constituent_pt_min": float(cuts.constituent_pt_min),
                "constituent_eta_max": eta_max if np.isfinite(eta_max) else None,
                "max_constituents": cuts.max_constituents,
            },
        }

    def place(self, name: str, at: tuple[int, ...]) -> str:
        """Component of a constituent, or its pid."""
        jet, constituent, *component = at
        what = ("px", "py", "pz")[component[0]] if component else "pid"
        return f"{what} of constituent {constituent} of jet {jet}"

    def unit(self, name: str) -> str:
        """GeV for momenta."""
        return "" if name == "reco_pid" else " GeV"

    def golden(self, domain: Mapping[str, tuple[float, float]], model: Any) -> Arrays:
        """Ten gen jets, or five for models that use no pid."""
        from pyjetsim.tasks.constituents.trials import golden_jets

        return golden_jets(domain, model)

    def trials(self, domain: Mapping[str, tuple[float, float]], model: Any, size: int) -> dict[str, Arrays]:
        """Gen jets of random constituents."""
        from pyjetsim.tasks.constituents.trials import random_jets

        return random_jets(domain, model, size)

    def source(self, path: Path, reading: Reading, simulator: Any) -> AbstractContextManager[Source]:
        """Gen jets, clustered as those that the model was trained on."""
        from pyjetsim.tasks.constituents.simulation import gen_source

        return gen_source(path, reading, simulator)

    def answer(self, simulator: Any, source: Source, batch: GenBatch, seed: int) -> Answer:
        """Pairs of gen and simulated reco jets."""
        from pyjetsim.tasks.constituents.simulation import simulated

        return simulated(simulator, source, batch, seed)

    def writer(
        self,
        output: Path,
        provenance: dict[str, Any],
        source: Source,
        simulator: Any,
        *,
        rntuple: bool = False,
    ) -> AbstractContextManager[Any]:
        """Pairs, in the format that the name says."""
        from pyjetsim.tasks.constituents.simulation import pairs_writer

        return pairs_writer(output, provenance, source, simulator, rntuple)

    def provenance(self, simulator: Any) -> dict[str, Any]:
        """The cuts on the reco constituents."""
        from pyjetsim.tasks.constituents.simulation import provenance_of

        return provenance_of(simulator)

    def told(self, counts: Mapping[str, int]) -> str:
        """How many jets are outside the domain, truncated, or empty."""
        return (
            f"{counts['outside_domain']} outside the model's domain, {counts['truncated']} truncated, "
            f"{counts['empty']} without reco constituents"
        )

    def view(self) -> Any:
        """Jets with their constituents: :class:`pyjetsim.evaluate.view.ConstituentsView`."""
        from pyjetsim.evaluate.view import ConstituentsView

        return ConstituentsView()
