"""Finds the Blenders of this machine and runs scripts in them."""

import json
import os
import subprocess
import sys
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
HERE = Path(__file__).resolve().parent
FAKE_SERVER = ROOT / "tests/serving/fake_server.py"


def bpy_pythons():
    """Pythons that have bpy: those in REPRISE_BPY (colon-separated), or else the environments `.cache/bpy-*`."""
    given = os.environ.get("REPRISE_BPY")
    if given is not None:
        return [Path(path) for path in given.split(os.pathsep) if path]
    return sorted(ROOT.glob(".cache/bpy-*/bin/python"))


def blenders():
    """Blender binaries: those in REPRISE_BLENDER (colon-separated), or else the ones that the set-up script leaves."""
    given = os.environ.get("REPRISE_BLENDER")
    if given is not None:
        return [Path(path) for path in given.split(os.pathsep) if path]
    return sorted(Path("~/.cache/reprise-blender/bin").expanduser().glob("blender-*"))


def background_commands():
    """(name, command line that runs a Python script) of everything that runs Blender without a window."""
    wheels = [(f"{path.parents[1].name}", [str(path)]) for path in bpy_pythons()]
    return wheels + [(path.name, [str(path), "-b", "--factory-startup", "-P"]) for path in blenders()]


def script_command(command, script, *arguments):
    """A command line for `script` with its arguments, which Blender wants behind `--`."""
    return [*command, str(script), *(["--"] if command[-1] == "-P" else []), *map(str, arguments)]


def shown_command(command, words):
    """A page's `blender -b -P SCRIPT -- ...` or `PYTHON SCRIPT ...`, by one of `background_commands` of either kind."""
    if (words[0] == "blender") == (command[-1] == "-P"):
        return [command[0], *words[1:]]
    at = next(index for index, word in enumerate(words) if word.endswith(".py"))
    return script_command(command, words[at], *(word for word in words[at + 1 :] if word != "--"))


def fake_python(folder, *arguments):
    """A program that stands for the backend's Python: whatever it is asked for, it runs the scripted server."""
    program = folder / "fake-python"
    program.write_text(
        "#!/bin/sh\n# Called as: fake-python -m reprise serve ...\nshift 3\n"
        f'PYTHONPATH="{FAKE_SERVER.parent}" exec "{sys.executable}" "{FAKE_SERVER}" {" ".join(arguments)} "$@"\n'
    )
    program.chmod(0o755)
    return program


def environment(folder, **more):
    """The environment for a Blender that must not touch the user's own settings and library."""
    own = {"BLENDER_USER_RESOURCES": str(folder), "OMP_NUM_THREADS": "1", "REPRISE_DATA": str(Path(folder) / "data")}
    own["BLENDER_BIND"] = str(ROOT)  # for Blenders in a chroot: what else to show them
    return {**os.environ, **own, **more}


def report(command, timeout=600, **options):
    """Runs a command that prints `REPORT {json}` and returns that; its output is in the message when there is none."""
    done = subprocess.run(command, capture_output=True, text=True, timeout=timeout, errors="replace", **options)
    for line in done.stdout.splitlines():
        if line.startswith("REPORT "):
            return json.loads(line.removeprefix("REPORT "))
    raise AssertionError(f"no report, exit code {done.returncode}:\n{done.stdout[-3000:]}\n{done.stderr[-3000:]}")
