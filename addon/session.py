"""The running job and the backend: the state behind the panel, pumped by a timer.

Nothing of Blender's data is kept between two calls, only numbers: `session_uid`, which undo and renaming leave alone.
"""

from __future__ import annotations

import logging
from dataclasses import dataclass
from typing import Any, cast

import bpy

from . import hosting
from .armature import is_ours
from .bridge.backend_process import BackendProcess
from .bridge.job import Job
from .bridge.remote_backend import RemoteBackend
from .bridge.state import BackendState, JobState
from .core.contract import Request
from .core.errors import RepriseError
from .core.motion import from_npz
from .keying import Keyed, key_takes
from .preferences import preferences
from .rig_mapping import armatures_in_hand, known_rig, look_at_active
from .uids import by_uid, uid

log = logging.getLogger(__name__)
_PUMP_SECONDS = 0.1
_HANDS_BUSY = ("TRANSFORM_OT_", "POSE_OT_", "ARMATURE_OT_", "ANIM_OT_", "ACTION_OT_", "GRAPH_OT_", "NLA_OT_")


@dataclass
class Session:
    """What the panel shows; written only on Blender's main thread."""

    job: Job | None = None
    scene_uid: int = 0
    target_uid: int = 0
    first_frame: int = 1
    error: RepriseError | None = None
    keyed: Keyed | None = None
    waits_for: str = ""

    @property
    def is_running(self) -> bool:
        """Whether a job is under way, or finished and waiting to be keyed."""
        return self.job is not None

    @property
    def backend(self) -> BackendProcess | RemoteBackend | None:
        """What the job talks to; None before it was first asked for."""
        return hosting.current.backend

    @property
    def backend_state(self) -> BackendState:
        """The backend's state; `STOPPED` before it was first asked for."""
        return hosting.current.state


current = Session()


def generate(context: bpy.types.Context, request: Request) -> None:
    """Starts a job whose motion is keyed, once it is there, on what is selected now, from the current frame."""
    scene = cast(bpy.types.Scene, context.scene)
    look_at_active()
    target = find_target(context)
    cancel()
    current.scene_uid, current.first_frame = uid(scene), scene.frame_current
    current.target_uid = uid(target) if target else 0
    current.error, current.keyed, current.waits_for = None, None, ""
    current.job = Job(hosting.backend(), request)
    current.job.start()
    if not bpy.app.timers.is_registered(pump):
        bpy.app.timers.register(pump, first_interval=_PUMP_SECONDS, persistent=True)
    _redraw()


def cancel() -> None:
    """Cancels the job, here at once and on the backend; its result can never be keyed."""
    if current.job is not None:
        current.job.cancel()
        current.job, current.waits_for = None, ""
        _redraw()


def stop_backend() -> None:
    """Cancels the job and ends the backend process, in the background; the next job starts a new one."""
    cancel()
    hosting.stop()
    current.error = None
    _redraw()


def pump() -> float | None:
    """The timer: takes over what came in, keys a finished motion. Returns the seconds to the next call, or None."""
    job = current.job
    if job is None:
        return None
    changed = job.pump()
    if job.state is JobState.DONE:
        waits_for = _what_to_wait_for()
        changed |= waits_for != current.waits_for
        current.waits_for = waits_for
        if not waits_for:
            _finish(job)
    elif job.state.is_over:
        current.job, current.error = None, job.error
        changed = True
    if changed:
        _redraw()
    return _PUMP_SECONDS if current.job is not None else None


def find_target(context: bpy.types.Context) -> bpy.types.Object | None:
    """The armature in hand, of those looked at, that a motion can be keyed on; without one a new one is made."""
    armatures = armatures_in_hand(cast(bpy.types.ViewLayer, context.view_layer))
    return next((armature for armature in armatures if is_ours(armature) or _is_usable(armature)), None)


def find_refused(context: bpy.types.Context) -> bpy.types.Object | None:
    """The selected armature that no motion can be keyed on, if that is why a new one will be made."""
    armatures = armatures_in_hand(cast(bpy.types.ViewLayer, context.view_layer))
    refused = [armature for armature in armatures if known_rig(armature)]
    return refused[0] if refused and find_target(context) is None else None


def _is_usable(armature: bpy.types.Object) -> bool:
    rig = known_rig(armature)
    return rig is not None and rig.is_usable


def attach() -> None:
    """Called when the add-on is registered."""
    bpy.app.handlers.load_pre.append(_on_load)
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


def _finish(job: Job) -> None:
    current.job = None
    try:
        current.keyed = _key(job)
    except RepriseError as error:
        current.error = error
    except Exception as error:
        log.exception("The motion could not be keyed")
        current.error = RepriseError("internal", f"The motion could not be keyed ({type(error).__name__}: {error}).")


def _key(job: Job) -> Keyed:
    scene = by_uid(bpy.data.scenes, current.scene_uid)
    if scene is None:
        raise RepriseError("scene_gone", "The scene that the motion was meant for is gone.", "Generate again.")
    window = next((window for window in _windows() if window.scene == scene), None)
    view_layer = window.view_layer if window else scene.view_layers[0]
    target = by_uid(view_layer.objects, current.target_uid)
    keyed = key_takes(
        scene, view_layer, target, from_npz(job.result), current.first_frame, preferences().extend_frame_range
    )
    if window is not None and not bpy.app.background:  # without a user there is no undo stack
        with bpy.context.temp_override(window=window):
            bpy.ops.ed.undo_push(message="Generate Motion")
    return keyed


def _what_to_wait_for() -> str:
    """Keying is one undo step of its own, which it cannot be inside an edit mode or another tool's work."""
    if bpy.app.is_job_running("RENDER"):
        return "waiting for the render to end"
    for window in _windows():
        active = window.view_layer.objects.active
        if active is not None and active.mode not in ("OBJECT", "POSE"):
            return f"leave {active.mode.replace('_', ' ').title()} Mode to receive it"
        if any(tool.bl_idname.startswith(_HANDS_BUSY) for tool in getattr(window, "modal_operators", ())):
            return "waiting for the running tool"
    return ""


def _windows() -> list[bpy.types.Window]:
    manager = cast(Any, bpy.context.window_manager)
    return list(manager.windows) if manager else []


def _redraw() -> None:
    for window in _windows():
        for area in window.screen.areas:
            if area.type == "VIEW_3D":
                area.tag_redraw()
