"""What can go wrong on purpose.

Errors that end a command::

    FeedsvcError            exit 1   anything else
    ├── ConfigError         exit 2   the configuration or the arguments; carries every mistake found
    └── StateError          exit 1   the database cannot be opened, read or written
        ├── DamagedError    exit 1   what it holds makes no sense: another one in its place would help
        └── NewerError      exit 1   a newer feedsvc wrote it: only another version of the program would help

What goes wrong with one document, article or source is a value (`model.Fault`), never an exception: the rest goes on.
"""


class FeedsvcError(Exception):
    """One line for the user: what, where and how to mend it."""

    exit_code = 1


class ConfigError(FeedsvcError):
    """The configuration or the arguments cannot be used; `mistakes` has one line each, already with their place."""

    exit_code = 2

    def __init__(self, *mistakes: str) -> None:
        super().__init__("\n".join(mistakes))
        self.mistakes = mistakes


class StateError(FeedsvcError):
    """The database cannot be opened, read or written."""


class DamagedError(StateError):
    """What the database holds makes no sense."""


class NewerError(StateError):
    """The database was written by a newer feedsvc: no try of this process will ever do."""
