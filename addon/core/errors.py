"""The one kind of error that reaches a user: what is wrong, with which value, and what to do about it."""

from __future__ import annotations


class RepriseError(Exception):
    """An error meant for the person at the screen.

    `code` is a stable word for programs (`bad_prompt`), `message` one sentence that names the value, `hint` one
    sentence that says what to do (may be empty). On the wire: `{"error": {"code", "message", "hint"}}`.
    """

    def __init__(self, code: str, message: str, hint: str = "") -> None:
        super().__init__(message)
        self.code = code
        self.message = message
        self.hint = hint

    def __str__(self) -> str:
        return f"{self.message} {self.hint}".strip()

    def __reduce__(self) -> tuple[type[RepriseError], tuple[str, str, str]]:
        return RepriseError, (self.code, self.message, self.hint)  # comes through a pickle, from another process

    def to_json(self) -> dict[str, dict[str, str]]:
        """The body of an HTTP error answer."""
        return {"error": {"code": self.code, "message": self.message, "hint": self.hint}}


class Cancelled(Exception):
    """Raised out of a running generation when its user cancelled it; never shown as an error."""
