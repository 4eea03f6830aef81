"""A rig at rest as retargeting sees it: bones with their axes, and what may not be keyed on them."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

import numpy as np
from numpy.typing import NDArray

from ..errors import RepriseError
from ..rigs.bones import Bones

Axes = tuple[bool, bool, bool]

_EVEN = 1e-3  # by which the axes of an object's scale may differ


@dataclass(frozen=True)
class RestRig:
    """An armature object at rest. Bones are told by name, which is unique; what is not listed is free and usual.

    `bones` are in armature space, in its units, parents before children; `axes` (B, 3, 3) are their rest axes there
    (`bone.matrix_local.to_3x3()`: the columns are the bone's X, Y and Z; any roll). `world` (4, 4) is the object's
    `matrix_world` and `metres_per_unit` the scene's unit; both matter only to what is said of the world.

    `unkeyable_rotation` and `unkeyable_location` name bones of which that must not be keyed, with the reason as the
    end of a sentence ("is driven", 'is held by its constraint "IK"'). `locked_rotation` and `locked_location` name
    those with locked channels (about or along the bone's own x, y, z). `connected` bones have no location;
    `no_inherited_rotation` do not turn with their parent; `armature_location` ones are moved along the parent's axes,
    or the armature's where there is none (`use_local_location` off). `moves_with` names bones that constraints carry
    rigidly with another bone than their parent. All other bones keep their rest place on their parent.
    """

    bones: Bones
    axes: NDArray[np.float64]
    world: NDArray[np.float64] = field(default_factory=lambda: np.eye(4))
    metres_per_unit: float = 1.0
    unkeyable_rotation: Mapping[str, str] = field(default_factory=dict)
    unkeyable_location: Mapping[str, str] = field(default_factory=dict)
    locked_rotation: Mapping[str, Axes] = field(default_factory=dict)
    locked_location: Mapping[str, Axes] = field(default_factory=dict)
    connected: frozenset[str] = frozenset()
    no_inherited_rotation: frozenset[str] = frozenset()
    armature_location: frozenset[str] = frozenset()
    moves_with: Mapping[str, str] = field(default_factory=dict)

    def __post_init__(self) -> None:
        """Refuses bones that are not numbers, axes of another number of bones and parents behind their children."""
        number = len(self.bones.names)
        if np.shape(self.axes) != (number, 3, 3):
            raise RepriseError(
                "bad_rig", f"There are axes of the shape {np.shape(self.axes)} for {number} bones.", "Give (B, 3, 3)."
            )
        for bone, (name, parent) in enumerate(zip(self.bones.names, self.bones.parents, strict=True)):
            if parent >= bone:
                raise RepriseError("bad_rig", f"The bone {name!r} comes before its parent.", "Sort parents first.")
            if not (np.isfinite(self.bones.heads[bone]).all() and np.isfinite(self.axes[bone]).all()):
                raise RepriseError(
                    "bad_rig", f"The rest place of the bone {name!r} is not a number.", "Repair the rig."
                )

    def uneven_scale(self) -> str:
        """What is to be said of an object that is stretched, under which no pose looks as the motion does; or ""."""
        scale = np.linalg.norm(np.asarray(self.world, dtype=np.float64)[:3, :3], axis=0)
        if scale.max() <= (1.0 + _EVEN) * scale.min():
            return ""
        x, y, z = (f"{value:.3g}" for value in scale)
        return (
            f"The armature object is scaled unevenly ({x}, {y}, {z}), which stretches every pose and lets feet slide: "
            "apply its scale."
        )
