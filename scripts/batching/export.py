"""One motion as a file of each format, whole or not at all. Imports bpy."""

from __future__ import annotations

import contextlib
import io
from collections.abc import Callable
from pathlib import Path

import bpy
from reprise_addon.core.bvh import to_bvh
from reprise_addon.core.errors import RepriseError
from reprise_addon.core.motion import Motion


def export(motion: Motion, path: Path, file_format: str) -> None:
    """Writes `path` from the open scene, whose selected armature plays the motion; `bvh` is the Motion itself.

    Raises `RepriseError` when this Blender has no exporter for the format, or when it fails.
    """
    # A neighbour, not a folder below: paths inside a .blend are relative to where it lies.
    temporary = path.with_name(f".{path.stem}.part.{file_format}")
    try:
        FORMATS[file_format](motion, temporary)
        temporary.replace(path)
    except (RuntimeError, OSError) as error:
        reason = " ".join(str(error).split())[:300]
        raise RepriseError("export_failed", f"'{path.name}' could not be written: {reason}") from error
    finally:
        temporary.unlink(missing_ok=True)


def _blend(_motion: Motion, path: Path) -> None:
    bpy.ops.wm.save_as_mainfile(filepath=str(path), copy=True, compress=True, check_existing=False)


def _bvh(motion: Motion, path: Path) -> None:
    path.write_text(to_bvh(motion), encoding="utf-8", newline="\n")


def _fbx(_motion: Motion, path: Path) -> None:
    _require("fbx", "io_scene_fbx")
    with _silence():
        bpy.ops.export_scene.fbx(
            filepath=str(path),
            use_selection=True,
            object_types={"ARMATURE"},
            add_leaf_bones=False,
            bake_anim_use_nla_strips=False,
            bake_anim_use_all_actions=False,
            bake_anim_simplify_factor=0.0,
        )


def _glb(_motion: Motion, path: Path) -> None:
    _require("gltf", "io_scene_gltf2")
    with _silence():
        bpy.ops.export_scene.gltf(
            filepath=str(path), export_format="GLB", use_selection=True, export_animation_mode="ACTIVE_ACTIONS"
        )


FORMATS: dict[str, Callable[[Motion, Path], None]] = {"blend": _blend, "bvh": _bvh, "fbx": _fbx, "glb": _glb}


def _require(operator: str, module: str) -> None:
    """Enables Blender's own exporter when it is there but off; some distributions leave it out."""
    import addon_utils

    if operator not in dir(bpy.ops.export_scene):
        addon_utils.enable(module)
    if operator not in dir(bpy.ops.export_scene):
        raise RepriseError("no_exporter", f"This Blender ({bpy.app.version_string}) has no {operator} exporter.")


@contextlib.contextmanager
def _silence():  # noqa: ANN202 - a context manager of nothing
    """The exporters tell their own story on standard output."""
    with contextlib.redirect_stdout(io.StringIO()):
        yield
