"""The running jobs and the backend: the state behind the panel, pumped by a timer.

Nothing of Blender's data is kept between two calls, only numbers: `session_uid`, which undo and renaming leave alone.
"""

from __future__ import annotations

import logging
import time
from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from typing import cast

import bpy

from . import history, hosting, previews, takes
from .bridge.backend_process import BackendProcess
from .bridge.job import Job
from .bridge.remote_backend import RemoteBackend
from .bridge.state import BackendState, JobState
from .core.contract import Request
from .core.errors import RepriseError
from .core.motion import from_npz
from .keying import Keyed, key_takes
from .keying_options import KeyingOptions
from .preferences import preferences
from .properties import settings
from .rig_mapping import look_at_active
from .target import find_target
from .uids import by_uid, uid
from .windows import open_windows, redraw, what_to_wait_for

log = logging.getLogger(__name__)
_PUMP_SECONDS = 0.1
_TARGET_GONE = "The armature that it was meant for is gone, so it has a new one."


@dataclass(frozen=True)
class Wish:
    """One request, and the name of what it makes; without one it is named after its prompt."""

    request: Request
    name: str = ""


@dataclass(frozen=True)
class Aim:
    """Where results go: scene and armature by number (0: a new armature), first frame, how to key, which batch.

    `asks`: the user accepts or rejects them. A script that waits has decided already.
    """

    scene: int = 0
    target: int = 0
    first_frame: int = 1
    options: KeyingOptions = field(default_factory=KeyingOptions)
    batch: str = ""
    asks: bool = True


@dataclass
class Session:
    """What the panel shows; written only on Blender's main thread.

    `job` is the first of `wishes`, the others wait for it. `done` of `total` are over, which took `spent` seconds.
    """

    job: Job | None = None
    wishes: list[Wish] = field(default_factory=list)
    aim: Aim = field(default_factory=Aim)
    done: int = 0
    total: int = 0
    failed: int = 0
    began: float = 0.0
    error: RepriseError | None = None
    keyed: Keyed | None = None
    waits_for: str = ""

    @property
    def kept(self) -> Keyed | None:
        """What was keyed last, unless it was undone, rejected or removed since."""
        gone = self.keyed is None or any(name not in bpy.data.actions for name in self.keyed.actions)
        return None if gone else self.keyed

    @property
    def is_running(self) -> bool:
        """Whether a job is under way, or finished and waiting to be keyed."""
        return self.job is not None

    @property
    def fraction(self) -> float:
        """How much of all wishes is done, in [0, 1]."""
        return (self.done + self.job.fraction) / self.total if self.job is not None else 0.0

    @property
    def seconds_left(self) -> float | None:
        """Until all is done, as far as anybody knows."""
        eta = self.job.progress.eta if self.job is not None and self.job.progress else None
        if self.total <= 1 or self.fraction <= 0.0:
            return eta
        return (time.monotonic() - self.began) * (1.0 / self.fraction - 1.0)

    @property
    def backend(self) -> BackendProcess | RemoteBackend | None:
        """What the job talks to; None before it was first asked for."""
        return hosting.current.backend

    @property
    def backend_state(self) -> BackendState:
        """The backend's state; `STOPPED` before it was first asked for."""
        return hosting.current.state


current = Session()


def generate(
    context: bpy.types.Context,
    wishes: Sequence[Wish],
    options: KeyingOptions | None = None,
    first_frame: int | None = None,
    asks: bool = True,
) -> None:
    """Starts a job for each wish, one after another; what they make is keyed, as it comes, on what is selected now.

    From `first_frame` (None: the current one). Raises `RepriseError` when there is no backend to ask.
    """
    scene = cast(bpy.types.Scene, context.scene)
    look_at_active()
    target = find_target(context)
    cancel()
    backend = hosting.backend()
    current.aim = Aim(
        uid(scene),
        uid(target) if target else 0,
        scene.frame_current if first_frame is None else first_frame,
        options or KeyingOptions(),
        takes.new_batch(),
        asks,
    )
    current.error, current.keyed, current.waits_for = None, None, ""
    current.wishes, current.done, current.total, current.failed = list(wishes), 0, len(wishes), 0
    current.began = time.monotonic()
    if asks:
        panel = settings(scene)  # with another style the same prompt is another sentence: only the prompt is kept
        asked = [(panel.unstyled(wish.request.prompt), wish.request.seconds) for wish in wishes]
        history.remember([history.Prompt(*prompt) for prompt in asked])
    _begin(backend)
    if not bpy.app.timers.is_registered(pump):
        bpy.app.timers.register(pump, first_interval=_PUMP_SECONDS, persistent=True)
    redraw()


def wait() -> None:
    """Until all wishes are over and keyed: for scripts, and for Blender without a window, where timers never fire.

    Raises the error of the last one that failed.
    """
    while current.job is not None:
        current.job.join(_PUMP_SECONDS)
        pump()
        if current.waits_for:  # nobody is there to leave an edit mode
            waits_for = current.waits_for
            cancel()
            raise RepriseError("hands_busy", f"The motion cannot be keyed now: {waits_for}.", "Generate again then.")
    if current.error is not None:
        raise current.error


def cancel() -> None:
    """Cancels what has not been keyed, here at once and on the backend; nothing can come of it any more."""
    current.wishes = []
    if current.job is not None:
        current.job.cancel()
        current.job, current.waits_for = None, ""
        redraw()


def stop_backend() -> None:
    """Cancels the job and ends the backend process, in the background; the next job starts a new one."""
    cancel()
    hosting.stop()
    current.error = None
    redraw()


def pump() -> float | None:
    """The timer: takes over what came in, keys a finished motion. Returns the seconds to the next call, or None."""
    job = current.job
    if job is None:
        return None
    changed = job.pump()
    if job.state is JobState.DONE:
        waits_for = what_to_wait_for()
        changed |= waits_for != current.waits_for
        current.waits_for = waits_for
        if not waits_for:
            _finish(job)
    elif job.state.is_over:
        _go_on(job.error)
        changed = True
    if changed:
        redraw()
    return _PUMP_SECONDS if current.job is not None else None


def attach() -> None:
    """Called when the add-on is registered."""
    bpy.app.handlers.load_pre.append(_on_load)
    history.load()
    hosting.attach()


def detach() -> None:
    """Called when the add-on is unregistered: nothing of it may run on."""
    cancel()
    hosting.detach()
    current.error = None
    if bpy.app.timers.is_registered(pump):
        bpy.app.timers.unregister(pump)
    if _on_load in bpy.app.handlers.load_pre:
        bpy.app.handlers.load_pre.remove(_on_load)


@bpy.app.handlers.persistent
def _on_load(*_arguments: object) -> None:
    """Another file is about to replace the scene that the motion was meant for."""
    cancel()
    current.error, current.keyed = None, None


def _begin(backend: BackendProcess | RemoteBackend) -> None:
    current.job, current.waits_for = Job(backend, current.wishes[0].request), ""
    current.job.start()


def _go_on(error: RepriseError | None) -> None:
    """The job is over: begins the next, unless there is none or the backend itself has failed."""
    current.job, current.waits_for = None, ""
    current.wishes = current.wishes[1:]
    current.done += 1
    if error is not None:
        current.failed, current.error = current.failed + 1, error
    if current.wishes and current.backend_state not in (BackendState.FAILED, BackendState.NOT_INSTALLED):
        try:
            _begin(hosting.backend())
        except RepriseError as refusal:
            current.error = refusal
    current.wishes = current.wishes if current.job is not None else []


def _finish(job: Job) -> None:
    error = None
    try:
        current.keyed = _key(job)
    except RepriseError as refusal:
        error = refusal
    except Exception as mistake:
        log.exception("The motion could not be keyed")
        error = RepriseError("internal", f"The motion could not be keyed ({type(mistake).__name__}: {mistake}).")
    _go_on(error)


def _key(job: Job) -> Keyed:
    aim = current.aim
    scene = by_uid(bpy.data.scenes, aim.scene)
    if scene is None:
        raise RepriseError("scene_gone", "The scene that the motion was meant for is gone.", "Generate again.")
    window = next((window for window in open_windows() if window.scene == scene), None)
    view_layer = window.view_layer if window else scene.view_layers[0]
    target = by_uid(view_layer.objects, aim.target)
    recipe = takes.Recipe(job.request, aim.batch, current.wishes[0].name)
    extend = preferences().extend_frame_range
    motions = from_npz(job.result)
    keyed = key_takes(scene, view_layer, target, motions, aim.first_frame, extend, aim.options, recipe)
    if aim.target and target is None:
        keyed = replace(keyed, unkeyed=(_TARGET_GONE, *keyed.unkeyed))
    armature = view_layer.objects[keyed.armature]
    current.aim = replace(aim, target=uid(armature))  # what comes next goes there, too
    if not aim.asks:
        previews.accept(armature)
    if window is not None:
        with bpy.context.temp_override(window=window):
            bpy.ops.ed.undo_push(message="Generate Motion")
    return keyed
