"""`reprise features`: between joint positions and HumanML3D's 263 features."""

from __future__ import annotations

import io
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from reprise_core.errors import RepriseError

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

app = typer.Typer(help="Convert between joints and HumanML3D's 263 features.")


@app.command()
def encode(
    joints: Annotated[Path, typer.Argument(help=".npy of (T, 22, 3) joint positions in metres at 20 fps, Y up.")],
    out: Annotated[Path, typer.Argument(help=".npy for the (T-1, 263) features.")],
) -> None:
    """Joints to features."""
    import numpy as np

    from reprise.features import humanml3d
    from reprise_core.motion import write_file

    from .outputs import check_writable

    check_writable(out)
    features = humanml3d.encode(_read_npy(joints))
    buffer = io.BytesIO()
    np.save(buffer, features, allow_pickle=False)
    write_file(out, buffer.getvalue())


@app.command()
def decode(
    features: Annotated[Path, typer.Argument(help=".npy of (T, 263) features.")],
    out: Annotated[Path, typer.Argument(help=".npz for positions, rotations, root_translation and foot_contact.")],
) -> None:
    """Features to joints, rotations and foot contacts."""
    import numpy as np

    from reprise.features import humanml3d
    from reprise_core.cleanup import to_motion
    from reprise_core.motion import write_file

    from .outputs import check_writable

    check_writable(out)
    motion = to_motion(humanml3d.decode(_read_npy(features)), humanml3d.FPS, foot_lock=False)
    buffer = io.BytesIO()
    np.savez_compressed(
        buffer,
        positions=motion.positions,
        rotations=motion.local_rotations,
        root_translation=motion.root_translation,
        foot_contact=motion.foot_contact,
    )
    write_file(out, buffer.getvalue())


def _read_npy(path: Path) -> NDArray[np.float64]:
    import numpy as np

    try:
        array = np.load(path, allow_pickle=False)
        if not isinstance(array, np.ndarray):
            raise ValueError("it is an archive of several")
        return array.astype(np.float64)
    except FileNotFoundError as error:
        raise RepriseError("no_file", f"There is no file {path}.") from error
    except (OSError, ValueError, EOFError) as error:
        raise RepriseError("bad_array", f"{path} holds no array of numbers ({error}).", "Use a .npy file.") from error
