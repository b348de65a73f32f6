"""Every error a user can meet: "<what is wrong> (<why it matters>): <what to do>"."""


class Error(Exception):
    """Base of all errors that pyjetsim raises on purpose.

    Parameters
    ----------
    what : str
        What is wrong, with the file, field and value.
    why : str
        Why it matters.
    todo : str
        What to do.

    Notes
    -----
    The text is "<what> (<why>): <todo>". The command line prints it as one line and exits with code 2.
    """

    exit_code = 2
    """Of the command line."""

    def __init__(self, what: str, why: str, todo: str) -> None:
        # No super().__init__(): torch.compile cannot trace it, and would show no text.
        self.what, self.why, self.todo = what, why, todo

    def __str__(self) -> str:
        return f"{self.what} ({self.why}): {self.todo}"

    def __reduce__(self) -> tuple[type["Error"], tuple[object, ...]]:
        # Worker processes send errors back pickled; the default forgets what was given by keyword.
        return type(self), (self.what, self.why, self.todo)


class InputError(Error):
    """Arguments or arrays of a wrong kind: a shape, a dtype, a name, a value."""


class DataError(Error):
    """A jets.h5 or event file that cannot be used as it is."""


class IncompleteFileError(DataError):
    """An event file that cannot be read to its end; the events before that are good.

    Parameters
    ----------
    what, why, todo : str
        As in :class:`Error`.
    finished : object, optional
        What was made of the good events, as the call would have returned it; None for nothing.
    """

    def __init__(self, what: str, why: str, todo: str, finished: object = None) -> None:
        super().__init__(what, why, todo)
        self.finished = finished

    def __reduce__(self) -> tuple[type["Error"], tuple[object, ...]]:
        return type(self), (self.what, self.why, self.todo, self.finished)


class ShardError(Error):
    """Shards of a dataset that could not be made; the others are kept."""


class RecipeError(Error):
    """A recipe, detector card or PYTHIA setting with a wrong key or value."""


class GenerationError(Error):
    """PYTHIA or the generation pipeline cannot go on."""


class TrainingError(Error):
    """A training that cannot start or go on: NaN, a checkpoint of another model, no data."""


class TrainingStopped(TrainingError):
    """A training that was asked to stop: its state is kept, and it goes on from there."""

    exit_code = 75  # EX_TEMPFAIL of sysexits.h: try again


class BundleError(Error):
    """A bundle that is incomplete, altered, or does not reproduce its golden outputs."""


class StorageError(Error):
    """The disk is full, read-only, or gone."""


class ExtensionError(Error, ImportError):
    """A compiled part of pyjetsim cannot be loaded."""


class MissingExtraError(Error, ImportError):
    """A part of the package needs another package, which an extra of pyjetsim brings."""


class PluginError(Error):
    """A part that another package adds by an entry point, and that cannot be used."""


class DataWarning(UserWarning):
    """Something unusual about a file that can be used all the same: one line, and the command goes on."""
