"""Errors that a user can act on; everything else that is raised is a bug."""


class ConfRadarError(Exception):
    """Something went wrong, said in one line, with what to do next.

    Attributes:
        message: what is wrong, one line, without a full stop.
        hint: what to do next, one line, or an empty string.
    """

    exit_code = 1

    def __init__(self, message: str, hint: str = "") -> None:
        super().__init__(message, hint)
        self.message = message
        self.hint = hint

    def __str__(self) -> str:
        return f"{self.message}; {self.hint}" if self.hint else self.message


class CalledWronglyError(ConfRadarError):
    """The command line or a setting asks for something that makes no sense."""

    exit_code = 2
