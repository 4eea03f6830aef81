"""All checks, one after the other."""

from __future__ import annotations

from collections.abc import Iterator

from . import files, installation, speed
from .finding import Finding, look

CHECKS = {
    "versions": installation.versions,
    "packages": installation.packages,
    "device": speed.device,
    "weights": files.shipped,
    "text encoder": files.text_encoder,
    "own library": files.own_library,
    "disk": files.disk_space,
    "speed": speed.probe,
}


def check_up() -> Iterator[Finding]:
    """Each finding as soon as it is there, without private data."""
    for subject, check in CHECKS.items():
        for finding in look(subject, check):
            yield finding.without_private_data()
