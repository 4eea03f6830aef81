"""Arrays of channels into the curves of one Action: every frame a key, or no more keys than an error allows."""

from __future__ import annotations

from collections.abc import Callable

import bpy
import numpy as np
from numpy.typing import NDArray

from .actions import NewCurve, fill_curve
from .core.thinning import axis_angle_error, distance, euler_error, kept_keys, quaternion_error, slopes
from .keying_options import KeyingOptions

Array = NDArray[np.floating]
_ERRORS: dict[str, Callable[[Array, Array], Array]] = {
    "location": distance,
    "rotation_quaternion": quaternion_error,
    "rotation_euler": euler_error,
    "rotation_axis_angle": axis_angle_error,
}


class KeyWriter:
    """Collects the channels of one motion that begins at `first_frame`; `write` makes the curves.

    `units_per_metre` says how long a metre is in the space of the `location` channels.
    """

    def __init__(self, new_curve: NewCurve, first_frame: int, options: KeyingOptions, units_per_metre: float) -> None:
        self._new_curve, self._first_frame = new_curve, first_frame
        self._degrees = options.thin_degrees
        self._distance = options.thin_millimetres / 1000.0 * units_per_metre
        self._channels: dict[str, dict[str, Array]] = {}  # property -> bone -> values (T, D)

    def add(self, bone: str, channel: str, values: Array) -> None:
        """`values` (T, D) of a pose bone's property, such as `rotation_quaternion`."""
        self._channels.setdefault(channel, {})[bone] = values

    def add_switch(self, bone: str, name: str, value: float) -> None:
        """One key on the first frame for a custom property of a pose bone."""
        self._add_key(bone, f'["{bpy.utils.escape_identifier(name)}"]', value)

    def add_constant(self, bone: str, name: str, value: float) -> None:
        """One key on the first frame for a number that every pose bone has."""
        self._add_key(bone, f".{name}", value)

    def write(self) -> None:
        """Makes a curve for each number of each channel, all numbers of a channel with keys on the same frames."""
        for channel, by_bone in self._channels.items():
            values = np.stack(list(by_bone.values()), axis=1)  # (T, C, D)
            frames = self._first_frame + np.arange(len(values), dtype=np.float64)
            kept, slope = None, None
            if self._degrees > 0.0:
                tolerance = self._distance if channel == "location" else self._degrees
                kept, slope = kept_keys(values, tolerance, _ERRORS[channel]), slopes(values)
            for place, bone in enumerate(by_bone):
                keys = slice(None) if kept is None else kept[:, place]
                path = _path(bone, f".{channel}")
                for part in range(values.shape[2]):
                    fill_curve(
                        self._new_curve(path, part, bone),
                        frames[keys],
                        values[keys, place, part],
                        None if slope is None else slope[keys, place, part],
                    )

    def _add_key(self, bone: str, rest: str, value: float) -> None:
        curve = self._new_curve(_path(bone, rest), 0, bone)
        fill_curve(curve, np.array([float(self._first_frame)]), np.array([value]))


def _path(bone: str, rest: str) -> str:
    return f'pose.bones["{bpy.utils.escape_identifier(bone)}"]{rest}'
