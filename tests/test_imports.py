"""No import goes against the arrows: the table "The rooms" of docs/design.md, held against every file of ours."""

from __future__ import annotations

import ast
import re
import sys
from collections.abc import Iterator
from graphlib import TopologicalSorter
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[1]
PACKAGES = {"reprise": ROOT / "backend/reprise", "addon": ROOT / "addon"}
OF_BLENDER = {"bpy", "bpy_extras", "mathutils", "gpu", "gpu_extras", "blf", "bl_operators"}

FOLDERS = {"addon/core/": "core", "addon/core/rigs/": "core.rigs", "addon/core/retargeting/": "core.retargeting"}
FOLDERS |= {"addon/bridge/": "addon.bridge", "addon/": "addon"}
SHORT = {"rigs": "core.rigs", "retargeting": "core.retargeting", "bridge": "addon.bridge", "core": "core"}


def table() -> dict[str, set[str]]:
    """Room -> the rooms that it may import, as the design says. Its own, it may always."""
    rows = {}
    for line in (ROOT / "docs/design.md").read_text(encoding="utf-8").splitlines():
        cells = [cell.strip() for cell in line.strip("|").split(" | ")]
        if len(cells) != 3 or not cells[0].startswith(("`addon/", "`reprise")):
            continue
        named = [] if cells[2] == "nothing of ours" else cells[2].split(", ")
        allowed = {SHORT.get(name, f"reprise.{name}") for name in named}
        for name in re.findall(r"`(addon/[a-z/]*|reprise\.[a-z_]+)`", cells[0]):
            rows[FOLDERS.get(name, name)] = allowed
    return rows


MAY_IMPORT = table()


def imports(path: Path) -> Iterator[str]:
    """The modules that a file imports anywhere in it, in full: `addon.core.motion`, `reprise.text.base`, `torch`.

    `from package import name` gives `package.name`, which is a module or something in one.
    """
    package = module_of(path).split(".")
    package = package if path.name == "__init__.py" else package[:-1]
    for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
        if isinstance(node, ast.Import):
            yield from (alias.name for alias in node.names)
        elif isinstance(node, ast.ImportFrom):
            base = package[: len(package) - node.level + 1] if node.level else []
            base = [*base, node.module] if node.module else base
            yield from (".".join([*base, alias.name]) for alias in node.names)


def module_of(path: Path) -> str:
    for name, folder in PACKAGES.items():
        if path.is_relative_to(folder):
            parts = path.relative_to(folder).with_suffix("").parts
            return ".".join([name, *(part for part in parts if part != "__init__")])
    raise AssertionError(path)


def room_of(module: str) -> str:
    """The room that a module lies in; an empty one for what is not ours, and for the version in `reprise` itself."""
    for begin in ("addon.core", "reprise_core"):
        if module == begin or module.startswith(f"{begin}."):
            module = "core" + module.removeprefix(begin)
    first, second, *_ = [*module.split("."), "", ""]
    if first == "core":
        return f"core.{second}" if second in ("rigs", "retargeting") else "core"
    if first == "addon":
        return "addon.bridge" if second == "bridge" else "addon"
    if first != "reprise" or second in ("", "__version__"):
        return ""
    return "reprise.cli" if second == "__main__" else f"reprise.{second}"


def sources() -> list[Path]:
    return sorted(path for folder in PACKAGES.values() for path in folder.rglob("*.py") if "payload" not in path.parts)


ROOMS = sorted({room_of(module_of(path)) for path in sources()} - {""})


def test_the_design_has_every_room_and_no_other() -> None:
    assert sorted(MAY_IMPORT) == ROOMS
    assert set().union(*MAY_IMPORT.values()) <= set(ROOMS)


@pytest.mark.parametrize("room", ROOMS)
def test_no_import_goes_against_the_arrows(room: str) -> None:
    wrong = [
        f"{path.relative_to(ROOT)} imports {module}"
        for path in sources()
        if room_of(module_of(path)) == room
        for module in imports(path)
        if room_of(module) not in MAY_IMPORT[room] | {room, ""}
    ]
    assert not wrong, "\n".join(wrong)


def test_the_arrows_never_lead_back() -> None:
    tuple(TopologicalSorter(MAY_IMPORT).static_order())  # raises CycleError


def test_only_the_add_on_knows_blender_and_it_knows_nothing_of_the_backend() -> None:
    for path in sources():
        names, room = {module.split(".")[0] for module in imports(path)}, room_of(module_of(path))
        if room != "addon":
            assert not names & OF_BLENDER, path
        if room == "addon.bridge":
            assert "numpy" not in names, path
        if room.startswith(("addon", "core")):
            outside = names - set(sys.stdlib_module_names) - OF_BLENDER - {"addon", "numpy", "reprise_core"}
            assert not outside, path
