"""Features of the mirrored twin: left and right exchanged without a way through joints."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, overload

from .arrays import Array, adopt, check_features, constant, stored
from .representation import HUMANML3D, Representation

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import ArrayLike, NDArray
    from torch import Tensor

_VECTOR = (-1.0, 1.0, 1.0)
_COLUMNS = (1.0, -1.0, -1.0, -1.0, 1.0, 1.0)  # M R M with M = diag(-1, 1, 1): the first two columns


@overload
def mirror_features(features: Tensor, representation: Representation = HUMANML3D) -> Tensor: ...
@overload
def mirror_features(features: ArrayLike, representation: Representation = HUMANML3D) -> NDArray[np.float32]: ...
def mirror_features(features: Any, representation: Representation = HUMANML3D) -> Array:
    """(..., T, F) features of a clip -> those of the clip reflected in x = 0, left joints becoming right ones.

    On a skeleton with equal sides this is what encoding the reflected joints gives; twice is the identity. HumanML3D's
    target skeleton differs by up to a centimetre between its sides, which the twin then has exchanged.
    """
    xp, features = adopt(features)
    check_features(features, representation)
    swap = representation.mirror
    blocks = (
        -features[..., representation.root_yaw],
        features[..., representation.root_xz] * constant((-1.0, 1.0), features),
        features[..., representation.root_y],
        _reflected(xp, features[..., representation.positions], [joint - 1 for joint in swap[1:]], _VECTOR),
        _reflected(xp, features[..., representation.rotations], [joint - 1 for joint in swap[1:]], _COLUMNS),
        _reflected(xp, features[..., representation.velocities], list(swap), _VECTOR),
        features[..., representation.contacts][..., [2, 3, 0, 1]],
    )
    return stored(xp.concat(blocks, axis=-1))


def _reflected(xp: Any, block: Array, swap: list[int], signs: tuple[float, ...]) -> Array:
    parts = xp.reshape(block, (*block.shape[:-1], len(swap), len(signs)))
    return xp.reshape(parts[..., swap, :] * constant(signs, block), block.shape)
