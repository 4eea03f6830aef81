"""What is installed: Reprise itself, the packages that it needs, those it can do without, and where from."""

from __future__ import annotations

import json
import platform
import sys
from collections.abc import Iterator
from importlib import metadata
from pathlib import Path

from packaging.requirements import Requirement

from .. import __version__
from .finding import Finding, Status

_OF_THE_EXTENSION = "installed.json"  # what the Blender extension writes into an environment that it has made
_HINT = "Install the backend again."


def versions() -> Iterator[Finding]:
    """Reprise, Python and the system."""
    bits = "64 bit" if sys.maxsize > 2**32 else "32 bit"
    yield Finding("reprise", Status.OK, f"{__version__}, {_origin(Path(sys.prefix))}")
    yield Finding("python", Status.OK, f"{platform.python_version()} ({platform.python_implementation()}, {bits})")
    yield Finding("system", Status.OK, platform.platform())


def packages() -> Iterator[Finding]:
    """The packages that Reprise asks for: a problem for each that is missing or of another version, else one line."""
    needed, extras = [], []
    for text in metadata.requires("reprise") or []:
        requirement = Requirement(text)
        if requirement.marker is None or requirement.marker.evaluate({"extra": ""}):
            needed.append(requirement)
        else:
            extras.append(requirement)
    problems = [finding for requirement in needed for finding in _lacking(requirement)]
    shown = [f"{requirement.name} {version}" for requirement in needed if (version := _version(requirement.name))]
    yield from problems
    yield Finding("packages", Status.OK, ", ".join(shown))
    for requirement in extras:
        version = _version(requirement.name)
        status = Status.LEFT_OUT if version is None else Status.OK
        yield Finding(f"extra {requirement.name}", status, version or "not installed; Reprise works without it")


def _lacking(requirement: Requirement) -> Iterator[Finding]:
    version = _version(requirement.name)
    if version is None:
        yield Finding("packages", Status.PROBLEM, f"'{requirement.name}' is missing.", _HINT)
    elif not requirement.specifier.contains(version, prereleases=True):
        text = f"'{requirement.name}' is {version}, and {requirement.specifier} is needed."
        yield Finding("packages", Status.PROBLEM, text, _HINT)


def _version(name: str) -> str | None:
    try:
        return metadata.version(name)
    except metadata.PackageNotFoundError:
        return None


def _origin(environment: Path) -> str:
    """Who made the environment: the Blender extension, a checkout, or the user."""
    try:
        made = json.loads((environment / _OF_THE_EXTENSION).read_text(encoding="utf-8"))
        return f"installed by the Blender extension {made['version']} ({made['build']})"
    except (OSError, ValueError, KeyError, TypeError):
        pass
    checkout = Path(__file__).resolve().parents[3]
    return "run from a checkout" if (checkout / "blender_manifest.toml").is_file() else "installed as a package"
