"""Several processes that train one model: which rows of a batch each takes, and how they become one step."""

from __future__ import annotations

import os
import sys
from collections.abc import Callable, Generator, Iterable, Mapping
from contextlib import AbstractContextManager, contextmanager, nullcontext, suppress
from datetime import timedelta
from typing import Any, NamedTuple, TypeVar

import torch
import torch.distributed as dist
from torch import Tensor, nn

from pyjetsim.errors import InputError, TrainingError
from pyjetsim.train.devices import device_named
from pyjetsim.train.drawing import Drawing
from pyjetsim.train.recipe import Recipe

_STARTED_BY_TORCHRUN = ("RANK", "WORLD_SIZE", "MASTER_ADDR", "MASTER_PORT")
_PATIENCE = timedelta(hours=12)
"""For the others, while the first process prepares the data or measures scores."""

T = TypeVar("T")
B = TypeVar("B", bound=Any)
"""A batch: a NamedTuple of tensors, of mappings of tensors, and of other things."""


class Share(NamedTuple):
    """The rows of a batch that one of several processes takes.

    Where a batch has fewer rows than there are processes, some take a row that does not count: all processes
    do the same work then, and draw the same numbers.
    """

    start: int
    rows: int
    """At least 1."""
    counted: int
    """``rows``, or 0."""
    total: int
    """Of the whole batch."""

    @property
    def part(self) -> float:
        """What a mean over these rows adds to the mean over the whole batch."""
        return self.counted / self.total

    def of(self, batch: B) -> B:
        """These rows of a batch; what has no row for each row of the batch stays as it is."""
        if self.rows == self.total:
            return batch

        def part(value: Any) -> Any:
            if isinstance(value, Tensor):
                has_rows = value.dim() and len(value) == self.total
                return value[self.start : self.start + self.rows] if has_rows else value
            return {name: part(each) for name, each in value.items()} if isinstance(value, Mapping) else value

        shared: B = batch._replace(**{name: part(getattr(batch, name)) for name in batch._fields})
        return shared


class Processes:
    """The processes of a training, of which this is one.

    Parameters
    ----------
    rank, world : int
        Which of how many.
    store : optional
        What they share beside their sums.
    """

    def __init__(self, rank: int = 0, world: int = 1, store: Any = None) -> None:
        self.rank, self.world, self._store = rank, world, store

    @property
    def first(self) -> bool:
        """Whether this one prepares the data, writes, and tells."""
        return self.rank == 0

    def share(self, total: int) -> Share:
        """The rows of a batch of ``total`` that this process takes."""
        start, end = (total * rank // self.world for rank in (self.rank, self.rank + 1))
        return Share(min(start, total - 1), max(end - start, 1), end - start, total)

    def shares(self, batches: Iterable[B], rows: Callable[[B], int]) -> Iterable[B]:
        """Of each batch the rows that this process takes."""
        return (self.share(rows(batch)).of(batch) for batch in batches)

    def drawing(self) -> AbstractContextManager[Drawing]:
        """What draws in the losses of shares; in one process nothing needs to be done."""
        return Drawing() if self.world > 1 else nullcontext(Drawing())

    def whole(
        self,
        components: dict[str, Tensor],
        share: Share,
        stop: bool,
        parameters: Iterable[nn.Parameter] = (),
    ) -> tuple[dict[str, Tensor], Tensor | bool]:
        """Make means over shares the mean over the batch, and the same of the gradients.

        Parameters
        ----------
        components : dict of Tensor
            The loss of this process's rows, by name.
        share : Share
            Of this batch.
        stop : bool
            Whether this process is asked to stop.
        parameters : iterable of Parameter
            Their gradients are those of ``total`` times ``share.part``; afterwards, of the whole batch.

        Returns
        -------
        components : dict of Tensor
            Of the whole batch.
        stop : Tensor or bool
            Whether any process is asked to stop; on a GPU, to be read seldom.
        """
        if self.world == 1:
            return components, stop
        parameters = list(parameters)
        device = next(iter(components.values())).device
        means = torch.stack([value.detach().float() for value in components.values()]) * share.part
        has_gradient = [parameter.grad is not None for parameter in parameters]
        flags = torch.tensor([float(stop), *map(float, has_gradient)]).to(device)
        gradients = [
            torch.zeros_like(each).flatten() if each.grad is None else each.grad.flatten()
            for each in parameters
        ]
        # One sum a step: what is small waits for no message of its own.
        flat = torch.cat([means, flags, *gradients])
        self._call(lambda: dist.all_reduce(flat))
        means, flags, *gradients = torch.split(flat, [len(means), len(flags), *map(len, gradients)])
        for index, (parameter, gradient) in enumerate(zip(parameters, gradients, strict=True)):
            if parameter.grad is not None:
                parameter.grad.copy_(gradient.view_as(parameter))
            elif flags[1 + index] > 0:  # of rows that another process has
                # As the weights lie in memory, where the optimiser expects them.
                parameter.grad = torch.empty_like(parameter).copy_(gradient.view_as(parameter))
        return dict(zip(components, means.unbind(), strict=True)), flags[0] > 0

    def from_first(self, make: Callable[[], T]) -> T:
        """What the first process makes, in all."""
        if self.world == 1:
            return make()
        made: list[Any] = [make() if self.first else None]
        self._call(lambda: dist.broadcast_object_list(made, src=0, device=torch.device("cpu")))
        value: T = made[0]
        return value

    def tells(self) -> bool:
        """Whether this process tells an error: the first that has one does, and the others are silent."""
        if self._store is None:
            return True
        try:
            return bool(self._store.add("pyjetsim/told", 1) == 1)
        except RuntimeError:  # The store went with the process that had it.
            return True

    def check(self, recipe: Recipe) -> None:
        """Refuse a recipe that several processes cannot train.

        Raises
        ------
        TrainingError
            For batches with fewer rows than processes, and for compiled steps.
        """
        if recipe.optimiser.batch_size < self.world:
            raise TrainingError(
                f"optimiser.batch_size is {recipe.optimiser.batch_size}, for {self.world} processes",
                "each takes rows of every batch",
                "start fewer processes, or choose larger batches",
            )
        if self.world > 1 and recipe.training.compile:
            raise TrainingError(
                f"training.compile is on, for {self.world} processes",
                "compiled steps draw numbers of their own, which would be the same in all processes",
                "set training.compile = false, or start one process",
            )

    def device(self, name: str) -> torch.device:
        """The device of that name, for this process: of several GPUs of a machine each takes its own.

        Raises
        ------
        InputError
            For an unknown name, a device that is not there, or one that they cannot share.
        """
        if self.world == 1:
            return device_named(name)
        found = device_named(name)
        if found.type == "mps" or name.startswith("cuda:"):
            raise InputError(
                f"device {name} is one, for {self.world} processes",
                "each takes a GPU of its own",
                "use --device cuda or cpu, or start one process",
            )
        if found.type != "cuda":
            return found
        local, count = int(os.environ.get("LOCAL_RANK", self.rank)), torch.cuda.device_count()
        if local >= count:
            raise InputError(
                f"there is no GPU for process {local} of this machine, which has {count}",
                "each process takes one of its own",
                "start as many processes as there are GPUs, or use --device cpu",
            )
        torch.cuda.set_device(local)
        return torch.device("cuda", local)

    def _call(self, work: Callable[[], object]) -> None:
        try:
            work()
        except RuntimeError as error:
            raise TrainingError(
                "another process of this training is gone",
                "a step takes all of them, and the finished epochs are kept",
                "look at what it said, then run the same command with --resume",
            ) from error


ALONE = Processes()


@contextmanager
def joined() -> Generator[Processes]:
    """The processes that torchrun, or what sets the same variables, started together; else :data:`ALONE`.

    Inside another ``joined``, the same processes.

    Raises
    ------
    TrainingError
        Where they do not find each other.
    """
    if _current:
        yield _current[-1]
        return
    if not all(os.environ.get(name) for name in _STARTED_BY_TORCHRUN) or os.environ["WORLD_SIZE"] == "1":
        yield ALONE
        return
    # Not every build of torch has it.
    from torch.distributed.rendezvous import rendezvous

    try:
        store, rank, world = next(rendezvous("env://", timeout=_PATIENCE))
        backend = "cpu:gloo,cuda:nccl" if torch.cuda.is_available() and dist.is_nccl_available() else "gloo"
        dist.init_process_group(backend, store=store, rank=rank, world_size=world, timeout=_PATIENCE)
    except (RuntimeError, ValueError) as error:
        raise TrainingError(
            f"the processes of this training do not find each other: {str(error).splitlines()[0]}",
            f"{', '.join(_STARTED_BY_TORCHRUN)} say that there are several",
            "start them with torchrun, or unset these variables to train in one process",
        ) from error
    global _joined_once
    _joined_once = True
    _current.append(Processes(rank, world, store))
    try:
        yield _current[-1]
    finally:
        _current.clear()
        with suppress(RuntimeError):  # of those that are gone
            dist.destroy_process_group()


_current: list[Processes] = []
"""While :func:`joined`."""
_joined_once = False
"""Whether this process was one of several."""


def leave(code: int) -> None:
    """End this process at once, if it was one of several; else return.

    The threads that passed sums on may hold tensors still. Where Python shuts down meanwhile, they abort the
    process ("terminate called without an active exception"), a few times in a hundred.
    """
    if _joined_once:
        for stream in (sys.stdout, sys.stderr):
            with suppress(OSError, ValueError):
                stream.flush()
        os._exit(code)
