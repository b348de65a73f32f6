"""Parts by name: those of this package, and those that other packages add by entry points."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from functools import cached_property
from importlib import import_module
from importlib.metadata import EntryPoint, entry_points
from typing import Any, Generic, TypeVar

from pyjetsim.errors import Error, PluginError

PROTOCOL = 1
"""Version of the interfaces that models, tasks, formats and metrics of other packages are written for.

It grows when one of them changes so that what was written for the version before would not work.
"""
T = TypeVar("T")


class Registry(Mapping[str, T], Generic[T]):
    """Parts of one kind. What is named is imported when it is asked for, and not before.

    A part of another package is registered in that package's metadata, as an entry point of ``group``: its
    name, and where the part is. It says in an attribute ``protocol`` of its own which :data:`PROTOCOL` it
    was written for.
    """

    def __init__(
        self,
        kind: str,
        group: str,
        own: Mapping[str, str],
        unknown: Callable[[str, str], Error],
        is_one: Callable[[Any], bool],
    ) -> None:
        """Register parts.

        ``kind`` is what a part is called in messages. ``own``: name to ``module:attribute``.
        ``unknown`` makes the error for a name that nobody registered, from it and a list of those that are;
        ``is_one`` tells whether what was imported is such a part.
        """
        self._kind, self._group, self._own = kind, group, dict(own)
        self._unknown, self._is_one = unknown, is_one
        self._loaded: dict[str, T] = {}

    @cached_property
    def _others(self) -> dict[str, list[EntryPoint]]:
        found: dict[str, list[EntryPoint]] = {}
        for entry in entry_points(group=self._group):
            # An installation over another one may list the same entry point twice.
            known = found.setdefault(entry.name, [])
            if (entry, _package(entry)) not in [(other, _package(other)) for other in known]:
                known.append(entry)
        return found

    def __iter__(self) -> Iterator[str]:
        yield from self._own
        yield from sorted(self._others.keys() - self._own.keys())

    def __len__(self) -> int:
        return len(self._own.keys() | self._others.keys())

    def __contains__(self, name: object) -> bool:
        return name in self._own or name in self._others

    def __getitem__(self, name: str) -> T:
        """The part of that name.

        Raises :class:`~pyjetsim.errors.PluginError` for one that cannot be imported, that is no such part,
        that was written for another protocol, or whose name is taken, and the registry's own error for a
        name that nobody registered.
        """
        if name not in self._loaded:
            self._loaded[name] = self._load(name)
        return self._loaded[name]

    def name_of(self, part: Any) -> str | None:
        """The name a part has here; None for one that is not registered."""
        for name in self._own:
            module, _, attribute = self._own[name].partition(":")
            if getattr(part, "__module__", None) == module and getattr(part, "__name__", None) == attribute:
                return name
        return next((name for name, loaded in self._loaded.items() if loaded is part), None)

    def _load(self, name: str) -> T:
        others = self._others.get(name, [])
        if len(others) + (name in self._own) > 1:
            owners = ["pyjetsim"] * (name in self._own) + [_package(entry) for entry in others]
            raise PluginError(
                f"the {self._kind} {name!r} is registered by {' and by '.join(owners)}",
                "which of them is meant cannot be told",
                f"uninstall one, or ask its authors for another name in {self._group}",
            )
        if name in self._own:
            module, _, attribute = self._own[name].partition(":")
            part: T = getattr(import_module(module), attribute)
            return part
        if not others:
            raise self._unknown(name, ", ".join(self))
        return self._plugin(others[0])

    def _plugin(self, entry: EntryPoint) -> T:
        what = f"the {self._kind} {entry.name!r} of {_package(entry)}"
        try:
            part: T = entry.load()
        except Error:
            raise
        except Exception as error:  # whatever a package of others does when it is imported
            reason = f"{type(error).__name__}: {error}".splitlines()[0]
            raise PluginError(
                f"{what} cannot be imported: {reason}",
                f"it is registered as {entry.value}",
                "mend or uninstall that package",
            ) from error
        if not self._is_one(part):
            raise PluginError(
                f"{what} is {part!r}",
                f"an entry point of {self._group} names a {self._kind}",
                f"mend {entry.value}",
            )
        protocol = vars(part if isinstance(part, type) else type(part)).get("protocol")
        if protocol != PROTOCOL:
            told = "says for none" if protocol is None else f"was written for protocol {protocol!r}"
            raise PluginError(
                f"{what} {told}, this pyjetsim has protocol {PROTOCOL}",
                "its interface may be another one",
                f"take a version of {_package(entry)} that has `protocol = {PROTOCOL}`",
            )
        return part


def _package(entry: EntryPoint) -> str:
    return f"{entry.dist.name} {entry.dist.version}" if entry.dist is not None else entry.value
