"""Where tensors are worked on: a device by its name, how tensors lie there, and how failures are told."""

from __future__ import annotations

import re
import warnings
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import torch
from torch import nn

from pyjetsim.errors import Error, InputError

NAMES = "auto, cpu, cuda, cuda:N or mps"
"""Names of devices, for messages."""


def device_named(name: str) -> torch.device:
    """The device of that name.

    Parameters
    ----------
    name : str
        "cpu", "cuda" (the first GPU), "cuda:N", "mps", or "auto": a GPU where torch has one, else "mps", else
        the CPU.

    Returns
    -------
    torch.device
        The device.

    Raises
    ------
    InputError
        For an unknown name, or a device that is not there.
    """
    if name == "auto":
        name = "cuda" if not _why_no_cuda() else "mps" if torch.backends.mps.is_available() else "cpu"
    if name == "cpu":
        return torch.device("cpu")
    if name == "mps":
        if not torch.backends.mps.is_available():
            raise _absent(name, f"torch {torch.__version__} finds no Apple GPU")
        return torch.device("mps")
    found = re.fullmatch(r"cuda(?::(\d{1,4}))?", name)
    if not found:
        raise InputError(f"device {name!r} is unknown", "nothing can be moved there", f"use {NAMES}")
    why = _why_no_cuda()
    if why:
        raise _absent(name, why)
    number, count = int(found[1] or 0), torch.cuda.device_count()
    if number >= count:
        raise _absent(name, f"torch finds {count} GPU{'s' if count != 1 else ''}, counted from 0")
    return torch.device("cuda", number)


def described(device: torch.device) -> str:
    """Its name, and which GPU that is."""
    return f"{device} ({torch.cuda.get_device_name(device)})" if device.type == "cuda" else str(device)


def place(model: nn.Module, device: torch.device) -> None:
    """Move a model to where it is trained, its weights laid out as the convolutions there are fastest.

    On a CPU that is with channels last, half as fast again; on other devices it was not measured.
    """
    model.to(device)
    if device.type == "cpu":
        # Module.to takes it, and torch's annotations leave it out.
        model.to(memory_format=torch.channels_last)  # type: ignore[call-overload]


def restore(optimiser: torch.optim.Optimizer, state: dict[str, Any]) -> None:
    """Give an optimiser its state of a checkpoint, laid out as the weights are here.

    Fused kernels go through weights and their moments side by side, whatever the strides of either.
    """
    optimiser.load_state_dict(state)
    for weights, moments in optimiser.state.items():
        for name, value in moments.items():
            if isinstance(value, torch.Tensor) and value.shape == weights.shape:
                moments[name] = torch.empty_like(weights).copy_(value)


@contextmanager
def device_errors(device: torch.device, kept: str, kind: type[Error]) -> Iterator[None]:
    """Turn running out of memory, and a GPU that fails, into one ``kind``; ``kept`` is what is not lost."""
    try:
        yield
    except (MemoryError, RuntimeError) as error:
        if _out_of_memory(error):
            raise kind(
                f"{device} ran out of memory: {first_line(error)}",
                kept,
                "start anew with a smaller optimiser.batch_size in the recipe, or free the device and go on "
                "with --resume, there or with another --device",
            ) from error
        if _of_accelerator(error):
            raise kind(
                f"{device} failed: {first_line(error)}",
                kept,
                "look at its driver and at whether this torch supports it, or use --device cpu",
            ) from error
        raise


def _why_no_cuda() -> str:
    """Why CUDA cannot be used, empty where it can."""
    if not torch.backends.cuda.is_built():  # type: ignore[no-untyped-call]
        return f"torch {torch.__version__} is built without CUDA"
    # Of a driver that is too old, torch warns; of none, it says nothing.
    with warnings.catch_warnings(record=True) as told:
        warnings.simplefilter("always")
        if torch.cuda.is_available():
            return ""
    return first_line(told[0].message) if told else f"torch {torch.__version__} finds no GPU, or no driver"


def _absent(name: str, why: str) -> InputError:
    return InputError(f"device {name} is not there", why, "use --device auto, or cpu")


def _out_of_memory(error: Exception) -> bool:
    # The CPU's and Apple's allocators raise plain RuntimeErrors: only the text differs.
    texts = ("DefaultCPUAllocator: can't allocate memory", "MPS backend out of memory")
    return isinstance(error, (MemoryError, torch.OutOfMemoryError)) or any(
        text in str(error) for text in texts
    )


def _of_accelerator(error: Exception) -> bool:
    return isinstance(error, getattr(torch, "AcceleratorError", ())) or str(error).startswith("CUDA error")


def first_line(error: Exception | Warning | str) -> str:
    """Its first sentence: torch's go on with figures and advice about environment variables."""
    text = (str(error).splitlines() or [""])[0].strip() or type(error).__name__
    return re.split(r"(?<=[a-z0-9)])\.\s", text)[0].rstrip(". ")
