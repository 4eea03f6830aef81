"""The one button under the backend's state: the step that is right next."""

from __future__ import annotations

from dataclasses import dataclass

from ..core.errors import RepriseError
from .failures import REPAIRABLE
from .install.environments import Condition
from .state import BackendState


@dataclass(frozen=True)
class NextStep:
    """`action` is one of `install`, `cancel`, `start`, `stop`, or empty when there is nothing to do but wait."""

    label: str
    action: str


NOTHING = NextStep("", "")
_UPDATE, _REPAIR = NextStep("Update Backend", "install"), NextStep("Repair Backend", "install")
_WHILE = {
    BackendState.INSTALLING: NextStep("Cancel Installing", "cancel"),
    BackendState.STOPPING: NOTHING,
    BackendState.STARTING: NextStep("Cancel Start", "stop"),
    BackendState.READY: NextStep("Stop Backend", "stop"),
    BackendState.BUSY: NextStep("Stop Backend", "stop"),
}
_BY_CONDITION = {
    Condition.ABSENT: NextStep("Install Backend", "install"),
    Condition.PARTIAL: NextStep("Continue Installing", "install"),
    Condition.BROKEN: _REPAIR,
    Condition.OUTDATED: _UPDATE,
}


def next_step(
    state: BackendState, error: RepriseError | None, condition: Condition | None, can_install: bool
) -> NextStep:
    """What to offer. `condition` is None for a backend that is not ours to install (a Python of the user's, a server).

    `can_install` is whether the add-on carries what it takes.
    """
    ours = condition if can_install else None
    if state in _WHILE:
        return _UPDATE if state is BackendState.READY and ours is Condition.OUTDATED else _WHILE[state]
    failed = state is BackendState.FAILED
    # Where nothing of ours is installed but there is a backend all the same (a checkout's, say), that one is used.
    if ours in _BY_CONDITION and (ours in (Condition.BROKEN, Condition.OUTDATED) or state is not BackendState.STOPPED):
        return _BY_CONDITION[ours]
    if state is BackendState.NOT_INSTALLED:
        return NOTHING
    code = error.code if error is not None and failed else ""
    if ours is not None and code in (*REPAIRABLE, "backend_older"):
        return _UPDATE if code == "backend_older" else _REPAIR
    return NextStep("Restart Backend" if failed else "Start Backend", "start")
