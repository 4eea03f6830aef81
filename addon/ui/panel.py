"""The panel "Generate Motion" in the 3D viewport's sidebar, tab "Reprise"."""

from __future__ import annotations

from typing import Any, cast

import bpy

from .. import session
from ..bridge.job import Job
from ..bridge.state import BackendState, JobState
from ..properties import settings
from .text import draw_sentence

_STAGES = {
    "loading": "Loading the model",
    "queued": "Waiting for its turn",
    "text": "Reading the prompt",
    "retrieval": "Recalling similar motions",
    "sampling": "Creating the motion",
    "cleanup": "Cleaning up",
}


class REPRISE_PT_generate(bpy.types.Panel):  # noqa: N801 - Blender's naming
    bl_idname = "REPRISE_PT_generate"
    bl_label = "Generate Motion"
    bl_space_type = "VIEW_3D"
    bl_region_type = "UI"
    bl_category = "Reprise"

    def draw(self, context: bpy.types.Context) -> None:
        """Reads the session and the scene; no files, no network, no processes."""
        layout, state = cast(bpy.types.UILayout, self.layout), session.current
        fields = settings(context.scene)  # type: ignore[arg-type]
        width = float(cast(Any, context).region.width)
        backend = state.backend_state
        layout.prop(fields, "prompt", text="", icon="TEXT")
        layout.prop(fields, "seconds")
        row = layout.row(align=True)
        row.prop(fields, "seed")
        row.operator("reprise.random_seed", text="", icon="FILE_REFRESH")
        if state.job is None:
            column = layout.column()
            column.scale_y = 1.4
            column.operator("reprise.generate", icon="ARMATURE_DATA")
            refused = session.find_refused(context)
            if refused is not None:
                draw_sentence(layout, f"'{refused.name}' cannot be used yet: see Rig below.", width, "ERROR")
            layout.label(text=_where(context), icon="OUTLINER_OB_ARMATURE", translate=False)
        else:
            layout.operator("reprise.cancel", icon="X")
            layout.progress(factor=state.job.fraction, type="BAR", text=f"{state.job.fraction:.0%}")
            draw_sentence(layout, _stage(state.job, state.waits_for), width)
        if state.error is not None:
            box = layout.box()
            draw_sentence(box, state.error.message, width, "ERROR")
            if state.error.hint:
                draw_sentence(box, state.error.hint, width, "INFO")
            if backend is BackendState.FAILED:
                box.operator("reprise.copy_diagnostics", icon="COPYDOWN")
        elif state.keyed is not None and state.job is None:
            draw_sentence(layout, _what_was_keyed(state), width, "CHECKMARK")
            for sentence in state.keyed.unkeyed:
                draw_sentence(layout, sentence, width, "INFO")


def _stage(job: Job, waits_for: str) -> str:
    if job.state is JobState.DONE:
        return f"Done: {waits_for}" if waits_for else "Done"
    if job.state in (JobState.WAITING, JobState.STARTING):
        return "Starting the backend"
    if job.progress is None:
        return "Sending the prompt"
    text = _STAGES.get(job.progress.stage, job.progress.stage.capitalize())
    if job.progress.total > 1:
        text += f", step {job.progress.step} of {job.progress.total}"
    if job.progress.eta is not None and job.progress.eta >= 1.0:
        text += f", {job.progress.eta:.0f} s left"
    return text


def _where(context: bpy.types.Context) -> str:
    target = session.find_target(context)
    name = f"'{target.name}'" if target else "a new armature"
    return f"On {name}, from frame {context.scene.frame_current}"  # type: ignore[union-attr]


def _what_was_keyed(state: session.Session) -> str:
    keyed = state.keyed
    if keyed is None:
        return ""
    text = f"'{keyed.actions[0]}' on '{keyed.armature}', frames {keyed.first_frame} to {keyed.last_frame}."
    if keyed.extended_range:
        text += " The scene's end was moved there."
    return text
