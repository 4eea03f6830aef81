"""A user's visits to a Blender with the extension: `extension_life.py VISIT FOLDER [ARGUMENT...]`.

FOLDER is where this Blender keeps everything of its user (BLENDER_USER_RESOURCES). Prints one line `REPORT {json}`.
`disk ZIP PYTHON` is a whole life in one visit, `installed PYTHON BEFORE...` what follows the installation, of which
BEFORE... was there already; `install URL PYTHON`, `update` and `remove` are one in three, of a Blender that reads its
user's settings when it starts.
"""

import importlib
import json
import os
import sys
import tomllib
from pathlib import Path

import bpy

REPOSITORY, EXTENSION = "reprise_test", "reprise"
# Blender's own, whichever extensions come and go: what is compatible, and empty folders for each repository.
BLENDERS_OWN = {"extensions", "extensions/.cache", "extensions/.cache/compat.dat", "extensions/.user"}
for repository in ("user_default", REPOSITORY):
    BLENDERS_OWN |= {f"extensions/.user/{repository}", f"extensions/{repository}"}
    BLENDERS_OWN |= {f"extensions/{repository}/.blender_ext", f"extensions/{repository}/.blender_ext/cache"}


def disk(folder, archive, python):
    before = tree(folder)
    bpy.ops.extensions.package_install_files(filepath=archive, repo="user_default", enable_on_install=True)
    return installed(folder, python, *before)


def installed(folder, python, *before):
    set_up("user_default", python)
    bpy.ops.reprise.generate(prompt="a person waves", seconds=2.0, seed=3)
    return {"takes": takes("user_default"), **leave("user_default", folder, set(before))}


def install(folder, url, python):
    bpy.context.preferences.system.use_online_access = True
    bpy.context.preferences.extensions.repos.new(name="Test", module=REPOSITORY, remote_url=url)
    bpy.ops.extensions.repo_sync(repo_index=index(REPOSITORY))
    bpy.ops.wm.save_userpref()
    before = tree(folder)
    bpy.ops.extensions.package_install(repo_index=index(REPOSITORY), pkg_id=EXTENSION, enable_on_install=True)
    set_up(REPOSITORY, python)
    bpy.ops.reprise.generate(prompt="a person waves", seconds=2.0, seed=3)
    bpy.ops.wm.save_as_mainfile(filepath=str(Path(folder) / "takes.blend"))
    bpy.ops.wm.save_userpref()
    return {**described(folder), "tree": sorted(before | {"takes.blend"})}


def update(folder):
    before = described(folder)
    bpy.ops.extensions.repo_sync(repo_index=index(REPOSITORY))
    bpy.ops.extensions.package_upgrade_all()
    return {"before": before, **described(folder)}


def remove(folder, *before):
    found = described(folder)
    bpy.ops.reprise.generate(prompt="a person walks", seconds=2.0)
    return {**found, "all_takes": takes(REPOSITORY), **leave(REPOSITORY, folder, set(before))}


def set_up(repository, python):
    """What a user chooses in the preferences, and a folder where the add-on would have installed a backend."""
    kept = preferences(repository)
    kept.where, kept.python, kept.extend_frame_range = "PYTHON", python, False
    (part(repository, "preferences").backend_folder() / "env-made-0").mkdir(parents=True)


def leave(repository, folder, before):
    """Disables and uninstalls, and tells what is there then that was not `before`."""
    backend = part(repository, "hosting").current.backend.pid
    bpy.ops.preferences.addon_disable(module=name(repository))
    runs = is_running(backend)
    bpy.ops.extensions.package_uninstall(repo_index=index(repository), pkg_id=EXTENSION)
    classes = [name for name in dir(bpy.types) if name.startswith("REPRISE_")]
    return {
        "runs": runs,
        "registered": classes + [name for name in ("reprise",) if hasattr(bpy.types.Scene, name)],
        "left": sorted(tree(folder) - before - BLENDERS_OWN),
    }


def described(folder):
    """The version, the settings and the takes as they are once the file is open."""
    bpy.ops.wm.open_mainfile(filepath=str(Path(folder) / "takes.blend"))
    kept = preferences(REPOSITORY)
    return {
        "version": version(),
        "settings": [kept.where, kept.python, kept.extend_frame_range],
        "takes": takes(REPOSITORY),
        "backend": (part(REPOSITORY, "preferences").backend_folder() / "env-made-0").is_dir(),
    }


def takes(repository):
    """Name, prompt and seed of each take, as the add-on finds them."""
    records = [(action.name, part(repository, "takes").record_of(action)) for action in bpy.data.actions]
    return sorted([name, record["prompt"], record["seed"]] for name, record in records if record)


def version():
    manifest = Path(part(REPOSITORY, "preferences").__file__).with_name("blender_manifest.toml")
    return tomllib.loads(manifest.read_text(encoding="utf-8"))["version"]


def part(repository, module):
    return importlib.import_module(f"{name(repository)}.{module}")


def preferences(repository):
    return bpy.context.preferences.addons[name(repository)].preferences


def name(repository):
    return f"bl_ext.{repository}.{EXTENSION}"


def index(repository):
    return [repo.module for repo in bpy.context.preferences.extensions.repos].index(repository)


def is_running(pid):
    try:
        os.kill(pid, 0)
    except ProcessLookupError:
        return False
    return True


def tree(folder):
    """Every file and folder that belongs to this Blender's user."""
    return {path.relative_to(folder).as_posix() for path in Path(folder).rglob("*")}


if __name__ == "__main__":
    given = sys.argv[sys.argv.index("--") + 1 :] if "--" in sys.argv else sys.argv[1:]
    visits = {"disk": disk, "installed": installed, "install": install, "update": update, "remove": remove}
    answer = visits[given[0]](*given[1:])
    sys.stdout.write(f"\nREPORT {json.dumps({'blender': bpy.app.version_string, **answer})}\n")
    sys.stdout.flush()
    sys.stderr.flush()
    os._exit(0)  # some bpy wheels hang at the interpreter's end
