"""Runs in a Python that has bpy: keys each motion on an armature of its own, side by side, and saves one .blend.

python demo_scene.py OUT.blend MOTION.npz...
"""

import importlib.util
import math
import os
import sys
from pathlib import Path

import bpy
from mathutils import Euler, Vector

ADDON = Path(__file__).resolve().parents[2] / "addon" / "__init__.py"
APART = 1.8  # metres between two figures


def load_addon() -> None:
    """Makes the add-on importable as `reprise_addon`, from the checkout and without installing it."""
    spec = importlib.util.spec_from_file_location(
        "reprise_addon", ADDON, submodule_search_locations=[str(ADDON.parent)]
    )
    assert spec is not None
    assert spec.loader is not None
    sys.modules["reprise_addon"] = module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)


def look_at_the_figures() -> None:
    """Turns every 3D view of the file towards the figures, from the front and a little above."""
    for screen in bpy.data.screens:
        for area in screen.areas:
            space = area.spaces.active
            if isinstance(space, bpy.types.SpaceView3D) and space.region_3d:
                space.region_3d.view_location = Vector((0.0, -1.0, 0.9))
                space.region_3d.view_distance = 8.0
                space.region_3d.view_rotation = Euler((math.radians(75), 0.0, math.radians(25))).to_quaternion()


def main(out: Path, motions: list[Path]) -> None:
    """Writes `out` whole or not at all: Blender saves under another name first."""
    load_addon()
    from reprise_addon.core.motion import from_npz  # type: ignore[import-not-found]
    from reprise_addon.keying import key_takes  # type: ignore[import-not-found]

    bpy.ops.wm.read_homefile(use_empty=True, use_factory_startup=True)
    scene = bpy.data.scenes[0]
    view_layer = scene.view_layers[0]
    scene.frame_end = scene.frame_start  # grows to the longest motion
    for index, path in enumerate(motions):
        takes = from_npz(path.read_bytes())
        armature = bpy.data.objects[key_takes(scene, view_layer, None, takes, first_frame=1).armature]
        armature.name = path.stem
        armature.location.x = (index - (len(motions) - 1) / 2) * -APART
    look_at_the_figures()
    temporary = out.with_name(f".{out.name}")
    bpy.ops.wm.save_as_mainfile(filepath=str(temporary), compress=True, check_existing=False)
    temporary.replace(out)
    sys.stdout.flush()
    os._exit(0)  # some bpy wheels hang at the interpreter's end


if __name__ == "__main__":
    main(Path(sys.argv[1]), [Path(argument) for argument in sys.argv[2:]])
