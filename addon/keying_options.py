"""How a motion is keyed, as a value, a record in JSON, and a sentence where a wish cannot be granted."""

from __future__ import annotations

from dataclasses import asdict, dataclass
from typing import Any


@dataclass(frozen=True)
class KeyingOptions:
    """Where the travel goes (`root`: with the hips, nowhere, or to the bone above them), whether the motion is made a
    cycle (`loop`), whether feet in contact are held on the rig's own legs (`lock_feet`), and how far thinned curves may
    be off (`thin_degrees` for rotations, `thin_millimetres` for places; 0 degrees keeps a key on each frame).
    """

    root: str = "hips"
    loop: bool = False
    lock_feet: bool = True
    thin_degrees: float = 0.0
    thin_millimetres: float = 5.0

    def to_json(self) -> dict[str, Any]:
        """The record that an Action keeps."""
        return asdict(self)
