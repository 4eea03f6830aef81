"""What a check-up finds."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import asdict, dataclass
from enum import StrEnum

from reprise_core.errors import RepriseError
from reprise_core.privacy import masked


class Status(StrEnum):
    """`LEFT_OUT` is what Reprise does without; only a `PROBLEM` has to be mended."""

    OK = "ok"
    LEFT_OUT = "left out"
    PROBLEM = "problem"


@dataclass(frozen=True)
class Finding:
    """One line of the report: what was looked at, what was found, and for a problem what to do."""

    subject: str
    status: Status
    text: str
    hint: str = ""

    def without_private_data(self) -> Finding:
        """The same for strangers' eyes: no home folder, no names of the user or the machine, no tokens."""
        return Finding(self.subject, self.status, masked(self.text), masked(self.hint))

    def to_json(self) -> dict[str, str]:
        """As plain values."""
        return {name: str(value) for name, value in asdict(self).items()}


Check = Callable[[], Iterator[Finding]]


def look(subject: str, check: Check) -> Iterator[Finding]:
    """What a check finds; what it trips over is a finding, too, so that one broken part hides no other."""
    try:
        yield from check()
    except RepriseError as error:
        yield Finding(subject, Status.PROBLEM, error.message, error.hint)
    except Exception as error:
        text = f"{type(error).__name__}: {' '.join(str(error).split())}"
        yield Finding(subject, Status.PROBLEM, text, "Install the backend again; if it stays so, report it.")
