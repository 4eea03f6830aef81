"""Runs in a Blender with a window (-P): shows references in every kind of viewport, photographs each, and ends.

Argument: a file for the report, whose folder gets the pictures. Nobody touches mouse or keyboard: steps
follow each other on a timer, as redrawing needs Blender's own loop in between.
"""

import json
import sys
import time
import traceback
from pathlib import Path

import addon_utils
import bpy
from bpy_extras.view3d_utils import location_3d_to_region_2d
from mathutils import Euler, Vector

MODULE = "bl_ext.user_default.reprise"
REPORT, PROMPT = Path(sys.argv[sys.argv.index("--") + 1]), "a person walks forward and waves"
SETTLE = 0.5  # seconds for a view to be drawn, on a slow machine

bpy.context.preferences.view.show_splash = False
bpy.context.preferences.view.ui_scale = 1.0
bpy.context.preferences.view.smooth_view = 0
addon_utils.enable(MODULE, default_set=True)
module = sys.modules[MODULE]
current, overlay = (sys.modules[f"{MODULE}.references.{name}"] for name in ("current", "overlay"))
preferences = bpy.context.preferences.addons[MODULE].preferences
report = {"version": bpy.app.version_string, "pictures": {}, "draw_ms": [], "error": ""}

for panel in module.CLASSES:
    if panel.__name__ in ("REPRISE_PT_references", "REPRISE_PT_takes"):
        bpy.utils.unregister_class(panel)
        panel.bl_options = set() if panel.__name__ == "REPRISE_PT_references" else {"DEFAULT_CLOSED"}
        bpy.utils.register_class(panel)


def timed(draw):
    def timed_draw():
        began = time.perf_counter()
        draw()
        report["draw_ms"].append(1000.0 * (time.perf_counter() - began))

    return timed_draw


overlay.detach()
overlay._draw_figures = timed(overlay._draw_figures)
overlay.attach()


def viewport():
    window = bpy.context.window_manager.windows[0]
    return window, max((a for a in window.screen.areas if a.type == "VIEW_3D"), key=lambda a: a.width * a.height)


def in_viewport():
    window, area = viewport()
    region = next(region for region in area.regions if region.type == "WINDOW")
    return bpy.context.temp_override(window=window, area=area, region=region)


def points():
    """Of each figure: where its trunk is in the window's pixels, from the top left, in the first view that there is."""
    window, area = viewport()
    space = area.spaces.active
    region = next(region for region in area.regions if region.type == "WINDOW")
    view = space.region_quadviews[0] if space.region_quadviews else space.region_3d
    with in_viewport():
        ghosts = overlay.ghosts_of(bpy.context)
    found = []
    for ghost in ghosts:
        places = [location_3d_to_region_2d(region, view, Vector(ghost.joints[joint])) for joint in (0, 3, 6, 9)]
        found.append([[p.x + region.x, window.height - 1 - p.y - region.y] for p in places if p is not None])
    return found


def photograph(name, expected):
    """`expected`: whether figures are to be seen. The same view without them is taken as well."""
    yield SETTLE  # a view has its matrix once it is drawn
    report["pictures"][name] = {"expected": expected, "points": points()}
    for suffix, show in (("without", False), ("with", True)):
        preferences.show_ghosts = show
        yield SETTLE
        with in_viewport():  # a software renderer shows a frame some time after it was drawn: these wait for it
            bpy.ops.wm.redraw_timer(type="DRAW_WIN_SWAP", iterations=3)
        wanted = REPORT.parent / f"{name}-{suffix}.wanted"
        wanted.touch()  # Blender's own screenshots are black on a virtual display: whoever started this takes them
        while wanted.exists():
            yield 0.05


def open_tab():
    _, area = viewport()
    area.spaces.active.show_region_ui = True
    yield SETTLE
    region = next(region for region in area.regions if region.type == "UI")
    try:
        region.active_panel_category = "Reprise"
    except (AttributeError, TypeError):  # not drawn yet
        yield SETTLE
        region.active_panel_category = "Reprise"
    area.spaces.active.overlay.show_cursor = False
    area.spaces.active.overlay.show_text = False
    view = area.spaces.active.region_3d
    view.view_distance, view.view_location = 7.5, (0.0, -1.5, 0.9)
    view.view_rotation = Euler((1.3, 0.0, 0.35)).to_quaternion()


def steps():
    scene = bpy.context.scene
    yield from open_tab()
    report["sidebar"] = next(region.x for region in viewport()[1].regions if region.type == "UI")
    bpy.data.objects.remove(bpy.data.objects["Cube"])
    scene.reprise.prompt, scene.reprise.seconds, scene.reprise.references = PROMPT, 4.0, 4
    with in_viewport():
        bpy.ops.ed.undo_push(message="Prompt")
        bpy.ops.reprise.find_references()
    yield from found()
    with in_viewport():
        bpy.ops.reprise.use_reference(clip=current.shown_of(scene).rows[0].reference.id)
    armature = bpy.context.view_layer.objects.active
    scene.frame_set(30)
    with in_viewport():
        bpy.ops.reprise.pin_reference(clip=current.shown_of(scene).rows[1].reference.id)
    yield SETTLE
    preferences.show_ghosts = True
    yield from photograph("solid", True)
    space = viewport()[1].spaces.active
    report["draw_ms"].clear()
    for frame in range(31, 51):
        scene.frame_set(frame)
        yield 0.1
    scene.frame_set(30)
    space.shading.type = "WIREFRAME"
    yield from photograph("wireframe", True)
    space.shading.type = "SOLID"
    for mode in ("POSE", "EDIT", "OBJECT"):
        with in_viewport():
            bpy.ops.object.mode_set(mode=mode)
        if mode != "OBJECT":
            yield from photograph(mode.lower(), True)
    yield from cameras_and_local_views(scene, armature)
    space.overlay.show_overlays = False
    yield from photograph("overlays-off", False)
    space.overlay.show_overlays = True
    with in_viewport():
        bpy.ops.screen.region_quadview()
    yield SETTLE
    yield from photograph("quad", True)
    with in_viewport():
        bpy.ops.screen.region_quadview()
    yield from gone(scene)


def cameras_and_local_views(scene, armature):
    with in_viewport():
        scene.camera.location, scene.camera.rotation_euler = (0.0, -9.0, 1.4), (1.5, 0.0, 0.0)
        bpy.ops.view3d.view_camera()
    yield from photograph("camera", True)
    with in_viewport():
        bpy.ops.view3d.view_camera()
        for ob in scene.objects:
            ob.select_set(ob == armature)
        bpy.context.view_layer.objects.active = armature
        bpy.ops.view3d.localview(frame_selected=False)
    yield from photograph("local", True)
    with in_viewport():
        bpy.ops.view3d.localview(frame_selected=False)
        lamp = next(ob for ob in scene.objects if ob.type == "LIGHT")
        lamp.select_set(True)
        armature.select_set(False)
        bpy.context.view_layer.objects.active = lamp
        bpy.ops.view3d.localview(frame_selected=False)
    yield from photograph("local-of-another", False)
    with in_viewport():
        bpy.ops.view3d.localview(frame_selected=False)
        lamp.select_set(False)
        armature.select_set(True)
        bpy.context.view_layer.objects.active = armature
    yield SETTLE


def gone(scene):
    """After undoing the search, after another file, after the add-on: nothing is drawn, where it was before."""
    where = points()
    with in_viewport():
        bpy.ops.ed.undo_push(message="Here")
        key = scene.reprise_references.key
        for _ in range(12):
            if bpy.context.scene.reprise_references.key and bpy.ops.ed.undo.poll():
                bpy.ops.ed.undo()
    report["undone"] = [bool(key), bpy.context.scene.reprise_references.key]
    yield from photograph("undone", False)
    report["pictures"]["undone"]["points"] = where
    with in_viewport():
        while bpy.ops.ed.redo.poll():
            bpy.ops.ed.redo()
    report["redone"] = bpy.context.scene.reprise_references.key == key
    yield SETTLE
    bpy.ops.wm.read_homefile(use_factory_startup=True)
    yield from photograph("other-file", False)
    report["pictures"]["other-file"]["points"] = where
    bpy.context.scene.reprise.prompt = PROMPT
    addon_utils.disable(MODULE)
    report["handles"] = len(overlay._handles)


def found():
    deadline = time.monotonic() + 120
    while current.current.is_looking:
        assert time.monotonic() < deadline, "no answer"
        yield 0.1
    assert current.current.error is None, str(current.current.error)


script = steps()


def tick():
    try:
        return next(script)
    except StopIteration:
        pass
    except Exception:
        report["error"] = traceback.format_exc()
    REPORT.write_text(json.dumps(report))
    bpy.ops.wm.quit_blender()
    return None


bpy.app.timers.register(tick, first_interval=1.0, persistent=True)
