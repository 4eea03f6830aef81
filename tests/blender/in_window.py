"""Runs in a Blender with a window (-P): opens the add-on's tab, then tells its state ten times a second to a file.

Arguments: the state file, and a file whose appearance ends Blender. What a user does comes from outside, as X events.
The mapping editor is open from the start; how long our panels take to draw is measured.
"""

import json
import os
import sys
import time
from pathlib import Path

import addon_utils
import bpy

MODULE = "bl_ext.user_default.reprise"
STATE, QUIT = (Path(argument) for argument in sys.argv[sys.argv.index("--") + 1 :])
RELOAD = QUIT.with_name("reload")  # its appearance opens the file again as it was saved
REDRAW = QUIT.with_name("redraw")  # it goes once the window shows what there is, which a software renderer does late
UNFOLDED = os.environ["REPRISE_UNFOLDED"].split()
EVERY = 0.1

bpy.context.preferences.view.show_splash = False
bpy.context.preferences.view.ui_scale = 1.0
bpy.context.preferences.view.smooth_view = 0
addon_utils.enable(MODULE, default_set=True)
session = sys.modules[f"{MODULE}.session"]
rig_mapping, takes, previews = (sys.modules[f"{MODULE}.{name}"] for name in ("rig_mapping", "takes", "previews"))
draw_times = {}


def timed(panel):
    draw = panel.draw

    def timed_draw(self, context):
        began = time.thread_time()
        draw(self, context)
        draw_times.setdefault(panel.__name__, []).append(1000.0 * (time.thread_time() - began))

    panel.draw = timed_draw


for panel in sys.modules[MODULE].CLASSES:
    if issubclass(panel, bpy.types.Panel):
        timed(panel)
        # Pictures show panels as a user finds them; otherwise all are open, and timed.
        unfold = "REPRISE_PICTURES" not in os.environ or panel.__name__ in UNFOLDED
        if "DEFAULT_CLOSED" in getattr(panel, "bl_options", ()) and unfold:
            bpy.utils.unregister_class(panel)
            panel.bl_options = set()
            bpy.utils.register_class(panel)
ticks = {"last": time.monotonic(), "longest": 0.0, "count": 0}

# An operator has no place in a menu, and its button none that is always the same.
keys = bpy.context.window_manager.keyconfigs.addon.keymaps.new("3D View", space_type="VIEW_3D")
keys.keymap_items.new("reprise.rig_test", "F6", "PRESS", ctrl=True)


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
        "style": scene.reprise.style,
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
        "rig": rig(window),
        **takes_of(window),
        "file": bpy.data.filepath,
        "is_saved": not bpy.data.is_dirty,
        "draw_ms": {name: sorted(times)[len(times) // 2] for name, times in draw_times.items()},
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
    if active is None or active.type != "ARMATURE" or "left_wrist" not in active.pose.bones:
        return None
    head = active.matrix_world @ active.pose.bones["left_wrist"].head
    return [round(1000 * value) for value in head]


def rig(window):
    """What is known of the active armature: family, joints, switch of the left leg on Rigify, test motion's pose."""
    active = window.view_layer.objects.active
    known = rig_mapping.known_rig(active) if active and active.type == "ARMATURE" else None
    if known is None:
        return None
    leg = active.pose.bones.get("thigh_parent.L")
    return {
        "name": active.name,
        "family": known.mapping.family,
        "joints": len(known.mapping.matches),
        "overrides": dict(known.overrides),
        "leg_fk": leg["IK_FK"] if leg else None,
    }


def takes_of(window):
    """The takes of the active armature, and whether they are a preview."""
    active = window.view_layer.objects.active
    if active is None or active.type != "ARMATURE":
        return {"takes": [], "preview": False}
    return {"takes": [take.name for take in takes.takes_of(active)], "preview": previews.is_previewing(active)}


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
    if RELOAD.exists():
        RELOAD.unlink()
        bpy.ops.wm.open_mainfile(filepath=bpy.data.filepath, load_ui=False)
    if REDRAW.exists():
        window, area, _ = viewport()
        with bpy.context.temp_override(window=window, area=area):
            bpy.ops.wm.redraw_timer(type="DRAW_WIN_SWAP", iterations=3)
        REDRAW.unlink()
    if QUIT.exists():
        bpy.ops.wm.quit_blender()
        return None
    return EVERY


def open_tab():
    _, area, region = viewport()
    area.spaces.active.show_region_ui = True
    bpy.context.scene.reprise.count = int(os.environ.get("REPRISE_TAKES", "1"))
    bpy.context.scene.reprise.style = os.environ.get("REPRISE_STYLE", "")
    try:
        region.active_panel_category = "Reprise"
    except (AttributeError, TypeError):  # not drawn yet: it has no categories
        return EVERY
    area.tag_redraw()
    bpy.app.timers.register(tick, first_interval=EVERY, persistent=True)
    return None


bpy.app.timers.register(open_tab, first_interval=1.0)
