"""Runs in a Blender with a window (-P): opens the add-on's tab, then tells its state ten times a second to a file.

Arguments: the state file, and a file whose appearance ends Blender. What a user does comes from outside, as X events.
"""

import json
import sys
import time
from pathlib import Path

import addon_utils
import bpy

MODULE = "bl_ext.user_default.reprise"
STATE, QUIT = (Path(argument) for argument in sys.argv[sys.argv.index("--") + 1 :])
EVERY = 0.1

bpy.context.preferences.view.show_splash = False
bpy.context.preferences.view.ui_scale = 1.0
addon_utils.enable(MODULE, default_set=True)
session = sys.modules[f"{MODULE}.session"]
ticks = {"last": time.monotonic(), "longest": 0.0, "count": 0}


def viewport():
    window = bpy.context.window_manager.windows[0]
    area = max((a for a in window.screen.areas if a.type == "VIEW_3D"), key=lambda a: a.width * a.height)
    return window, area, next(region for region in area.regions if region.type == "UI")


def state():
    window, area, region = viewport()
    scene = window.scene
    job, keyed = session.current.job, session.current.keyed
    return {
        "version": bpy.app.version_string,
        "category": region.active_panel_category,
        # X has its origin at the top left, Blender at the bottom left.
        "sidebar": [region.x, window.height - region.y - region.height, region.width, region.height],
        "viewport": [area.x, window.height - area.y - area.height, area.width, area.height],
        "toolbar": area.spaces.active.show_region_toolbar,
        "prompt": scene.reprise.prompt,
        "seconds": scene.reprise.seconds,
        "frame_end": scene.frame_end,
        "running": session.current.is_running,
        "stage": job.progress.stage if job and job.progress else "",
        "fraction": job.fraction if job else 0.0,
        "error": str(session.current.error or ""),
        "backend": session.current.backend_state.name,
        "pid": session.current.backend.pid if session.current.backend else None,
        "keyed": [keyed.armature, list(keyed.actions), keyed.first_frame, keyed.last_frame] if keyed else None,
        "actions": [action.name for action in bpy.data.actions],
        "armatures": [ob.name for ob in bpy.data.objects if ob.type == "ARMATURE"],
        "active_action": active_action(window),
        "frame": scene.frame_current,
        "wrist": wrist(window),
        "ticks": ticks["count"],
        "longest_tick": ticks["longest"],
    }


def active_action(window):
    active = window.view_layer.objects.active
    animation = active.animation_data if active else None
    return animation.action.name if animation and animation.action else ""


def wrist(window):
    """Where the evaluated left wrist of the active armature is, in millimetres."""
    active = window.view_layer.objects.active
    if active is None or active.type != "ARMATURE":
        return None
    head = active.matrix_world @ active.pose.bones["left_wrist"].head
    return [round(1000 * value) for value in head]


def tick():
    now = time.monotonic()
    # The longest silence since the state file was last taken away.
    if not STATE.exists():
        ticks["longest"] = 0.0
    ticks["longest"] = max(ticks["longest"], now - ticks["last"])
    ticks["last"], ticks["count"] = now, ticks["count"] + 1
    temporary = STATE.with_suffix(".part")
    temporary.write_text(json.dumps(state()))
    temporary.replace(STATE)
    if QUIT.exists():
        bpy.ops.wm.quit_blender()
        return None
    return EVERY


def open_tab():
    _, area, region = viewport()
    area.spaces.active.show_region_ui = True
    try:
        region.active_panel_category = "Reprise"
    except (AttributeError, TypeError):  # not drawn yet: it has no categories
        return EVERY
    area.tag_redraw()
    bpy.app.timers.register(tick, first_interval=EVERY, persistent=True)
    return None


bpy.app.timers.register(open_tab, first_interval=1.0)
