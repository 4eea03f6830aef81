"""Blender's own commands for extensions: `blender --command extension validate`, `build` and `server-generate`."""

from __future__ import annotations

import os
import subprocess
from dataclasses import dataclass
from pathlib import Path

from runner import real_blender
from runner.console import Refusal
from runner.environment import BLENDERS, blender_environment, child_variables

_SCRIPT = "site-packages/bpy/*/scripts/addons_core/bl_pkg/cli/blender_ext.py"  # in every bpy wheel from 4.2 on


@dataclass(frozen=True)
class ExtensionTool:
    """The commands of one Blender: of a program, or of the bpy wheel, which carries the same script."""

    name: str
    command: tuple[str, ...]

    def run(self, *arguments: str | Path) -> None:
        """Runs one of the commands; raises `Refusal` with what it printed when it fails."""
        command = [*self.command, *map(str, arguments)]
        done = subprocess.run(command, capture_output=True, text=True, env=child_variables(), check=False)
        if done.returncode != 0:
            raise Refusal(f"{self.name} refused to {arguments[0]}: {(done.stdout + done.stderr).strip()}")


def find_tool(blender: Path | None) -> ExtensionTool:
    """The tool of `blender`, else of the newest Blender there is, else of a bpy wheel that `run.py` installed.

    Raises `Refusal` when there is none.
    """
    found = (blender,) if blender else real_blender.find_blenders()
    if found:
        if not os.access(found[-1], os.X_OK):
            raise Refusal(f"There is no Blender program at '{found[-1]}'.")
        return ExtensionTool(found[-1].name, (str(found[-1]), "--factory-startup", "--command", "extension"))
    for version in reversed(BLENDERS):
        python = blender_environment(version).python
        for libraries in ("lib/python3*", "Lib"):  # the second on Windows
            for script in python.parents[1].glob(f"{libraries}/{_SCRIPT}"):
                return ExtensionTool(f"bpy {version}", (str(python), str(script)))
    raise Refusal(
        "Only Blender itself builds extensions, and none was found: name the program with --blender (4.2 or newer), "
        "or run `python3 scripts/run.py demo` once, which installs Blender as a Python module."
    )
