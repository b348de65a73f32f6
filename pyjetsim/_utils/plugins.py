"""Parts by name: those of this package, and those that other packages add by entry points."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
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
    """Classes of one kind by name, such as the models. Each is imported the first time it is looked up.

    A class of another package is registered in that package's metadata, as an entry point of ``group``. Its
    attribute ``protocol`` says which :data:`PROTOCOL` it was written for.
    """

    def __init__(
        self,
        kind: str,
        group: str,
        own: Mapping[str, str],
        base: type,
        error: type[Error],
        *,
        what: str = "there is no {kind} {name!r}",
        why: str,
        todo: str = "use one of {known}, or install the package that brings it",
    ) -> None:
        """Register the parts of this package.

        Parameters
        ----------
        kind
            What a part is called in messages, such as "model".
        group
            The group of entry points by which other packages add theirs.
        own
            Name to ``module:class`` of the parts of this package.
        base
            The class that every part is a subclass of.
        error
            The error for a name that nobody registered.
        what, why, todo
            Its words. ``{kind}``, ``{name!r}`` and ``{known}``, a list of the registered names, are filled
            in.
        """
        self._kind, self._group, self._own = kind, group, dict(own)
        self._base, self._error, self._words = base, error, (what, why, todo)
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
        """Import the part of that name.

        Raises
        ------
        PluginError
            For a part that cannot be imported, is not a subclass of the base class, was written for another
            protocol, or whose name is registered twice.
        Error
            The registry's own error, for a name that nobody registered.
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
            words = {"kind": self._kind, "name": name, "known": ", ".join(self)}
            raise self._error(*(word.format(**words) for word in self._words))
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
        if not (isinstance(part, type) and issubclass(part, self._base)):
            raise PluginError(
                f"{what} is {part!r}",
                f"an entry point of {self._group} names a {self._kind}",
                f"mend {entry.value}",
            )
        protocol = vars(part).get("protocol")
        if protocol != PROTOCOL:
            written = "names no protocol" if protocol is None else f"was written for protocol {protocol!r}"
            raise PluginError(
                f"{what} {written}, this pyjetsim has protocol {PROTOCOL}",
                "its interface may be another one",
                f"take a version of {_package(entry)} that has `protocol = {PROTOCOL}`",
            )
        return part


def _package(entry: EntryPoint) -> str:
    return f"{entry.dist.name} {entry.dist.version}" if entry.dist is not None else entry.value
