"""The panel "Generate Motion" in the 3D viewport's sidebar, tab "Reprise"."""

from __future__ import annotations

from typing import cast

import bpy

from .. import session
from ..bridge.state import BackendState, JobState
from ..keying import Keyed
from ..ops.takes import armature_in_hand
from ..previews import is_previewing
from ..properties import RepriseSettings, settings
from ..target import find_refused, find_target
from ..translations import tr
from .backend_status import draw_in_short, draw_next_step
from .base import CATEGORY, MAIN, REGION, SPACE
from .takes_panel import draw_preview
from .text import draw_sentence, region_width

_STAGES = {
    "loading": "Loading the model",
    "queued": "Waiting for its turn",
    "text": "Reading the prompt",
    "retrieval": "Recalling similar motions",
    "sampling": "Creating the motion",
    "cleanup": "Cleaning up",
}
_BORDERS = 20.0  # pixels of a box
_NEEDS_HELP = (BackendState.NOT_INSTALLED, BackendState.INSTALLING, BackendState.FAILED)


class REPRISE_PT_generate(bpy.types.Panel):  # noqa: N801 - Blender's naming
    bl_idname = MAIN
    bl_label = "Generate Motion"
    bl_space_type = SPACE
    bl_region_type = REGION
    bl_category = CATEGORY

    def draw(self, context: bpy.types.Context) -> None:
        """Reads the session and the scene; no files, no network, no processes."""
        layout, state = cast(bpy.types.UILayout, self.layout), session.current
        scene = cast(bpy.types.Scene, context.scene)
        fields, width = settings(scene), region_width(context)
        _draw_request(layout, fields)
        if state.job is None:
            column = layout.column()
            column.scale_y = 1.4
            column.operator("reprise.generate", icon="ARMATURE_DATA")
            refused = find_refused(context)
            if refused is not None:
                sentence = tr("'{name}' cannot be used yet: see Rig below.").format(name=refused.name)
                draw_sentence(layout, sentence, width, "ERROR")
            layout.label(text=_where(context, fields), icon="OUTLINER_OB_ARMATURE", translate=False)
        else:
            layout.operator("reprise.cancel", icon="X")
            layout.progress(factor=state.fraction, type="BAR", text=_progress(state))
            draw_sentence(layout, _stage(state), width)
        armature = armature_in_hand(context)
        _draw_outcome(layout, state, armature, width)
        if armature is not None and is_previewing(armature):
            draw_preview(layout, armature, width)


def _draw_request(layout: bpy.types.UILayout, fields: RepriseSettings) -> None:
    row = layout.row(align=True)
    row.prop(fields, "prompt", text="")
    row.menu("REPRISE_MT_history", text="", icon="RECOVER_LAST")
    if fields.style:  # chosen in Options, which may be folded
        layout.prop(fields, "style")
    row = layout.row(align=True)
    row.prop(fields, "frames" if fields.length_unit == "FRAMES" else "seconds")
    row.prop(fields, "count")
    row = layout.row(align=True)
    seed = row.row(align=True)
    seed.active = not fields.random_seed
    seed.prop(fields, "seed")
    row.operator("reprise.random_seed", text="", icon="FILE_REFRESH")
    row.prop(fields, "random_seed", text="", icon="UNLOCKED" if fields.random_seed else "LOCKED")
    layout.prop(fields, "engine", text="")


def _draw_outcome(
    layout: bpy.types.UILayout, state: session.Session, in_hand: bpy.types.Object | None, width: float
) -> None:
    needs_help = state.backend_state in _NEEDS_HELP
    if state.error is not None:
        box, within = layout.box(), width - _BORDERS
        if state.failed and state.total > 1:
            sentence = tr("{failed} of {total} failed; the last one:").format(failed=state.failed, total=state.total)
            draw_sentence(box, sentence, within, "ERROR")
        draw_sentence(box, state.error.message, within, "ERROR")
        if state.error.hint:
            draw_sentence(box, state.error.hint, within, "INFO")
        if needs_help:
            draw_next_step(box, within)
        if state.backend_state is BackendState.FAILED:
            box.operator("reprise.copy_diagnostics", icon="COPYDOWN")
    elif needs_help:
        draw_in_short(layout.box(), width - _BORDERS)
    keyed = state.kept
    if state.error is None and keyed is not None and state.job is None:
        draw_sentence(layout, _what_was_keyed(keyed), width, "CHECKMARK")
        for sentence in keyed.unkeyed:
            draw_sentence(layout, sentence, width, "INFO")
        target = bpy.data.objects.get(keyed.armature)
        if target is not None and target != in_hand and is_previewing(target):
            sentence = tr("Select '{name}' to accept or reject it.").format(name=target.name)
            draw_sentence(layout, sentence, width, "INFO")


def _progress(state: session.Session) -> str:
    text = f"{state.fraction:.0%}"
    left = state.seconds_left
    if left is None or left < 1.0:
        return text
    minutes, seconds = divmod(round(left), 60)
    return f"{text}, {tr('{time} left').format(time=f'{minutes}:{seconds:02d}' if minutes else f'{seconds} s')}"


def _stage(state: session.Session) -> str:
    job = state.job
    if job is None:
        return ""
    if job.state is JobState.DONE:
        return f"{tr('Done')}: {state.waits_for}" if state.waits_for else tr("Done")
    if job.state in (JobState.WAITING, JobState.STARTING):
        text = tr("Starting the backend")
    elif job.progress is None:
        text = tr("Sending the prompt")
    else:
        text = tr(_STAGES.get(job.progress.stage, job.progress.stage.capitalize()))
        if job.progress.total > 1:
            text += ", " + tr("step {step} of {total}").format(step=job.progress.step, total=job.progress.total)
    if state.total > 1:
        text = f"{state.done + 1} / {state.total}: {text}"
    return text


def _where(context: bpy.types.Context, fields: RepriseSettings) -> str:
    scene = cast(bpy.types.Scene, context.scene)
    target = find_target(context)
    name = f"'{target.name}'" if target else tr("a new armature")
    frame = scene.frame_start if fields.start_at == "SCENE" else scene.frame_current
    return tr("On {name}, from frame {frame}").format(name=name, frame=frame)


def _what_was_keyed(keyed: Keyed) -> str:
    several = "{count} takes on '{armature}', frames {first} to {last}."
    one = "'{action}' on '{armature}', frames {first} to {last}."
    first, count = keyed.actions[0], len(keyed.actions)
    text = tr(several if count > 1 else one).format(
        action=first,
        count=count,
        armature=keyed.armature,
        first=keyed.first_frame,
        last=keyed.last_frame,
    )
    return f"{text} {tr(_EXTENDED)}" if keyed.extended_range else text


_EXTENDED = "The scene's end was moved there."
