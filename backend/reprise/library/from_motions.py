"""A motion library from Motion files: what our own model generated, with the prompts as captions."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from pathlib import Path

from reprise.features import humanml3d
from reprise.text import TextEncoder
from reprise_core.errors import RepriseError
from reprise_core.motion import Motion, from_npz
from reprise_core.skeleton import JOINT_NAMES

from . import writing
from .rows import LibraryClip

OnProgress = Callable[[int, int], None]


def create_from_motions(
    files: Sequence[Path],
    path: Path | str,
    encoder: TextEncoder,
    on_progress: OnProgress = lambda done, total: None,
    *,
    licence: str,
    overwrite: bool = False,
) -> None:
    """Makes the library `path` of the motions in `files` (npz); `on_progress(done, total)` counts clips.

    Raises `RepriseError` naming the file that is no Motion at 20 fps on the 22 joints, or has no prompt.
    """
    clips = [clip for file in files for clip in clips_of_file(Path(file), licence)]
    writing.create(path, clips, encoder, lambda count: on_progress(count, len(clips)), overwrite=overwrite)


def clips_of_file(file: Path, licence: str) -> Iterator[LibraryClip]:
    """The takes of a Motion file as clips, named after the file; for `adding.add` as well."""
    try:
        motions = from_npz(file.read_bytes())
    except OSError as error:
        reason = error.strerror or str(error)
        raise RepriseError("bad_motion", f"The motion {file} cannot be read ({reason}).", "Check the path.") from error
    except RepriseError as error:
        raise RepriseError(error.code, f"{file}: {error.message}", error.hint) from error
    for take, motion in enumerate(motions):
        clip = file.stem if len(motions) == 1 else f"{file.stem}-take{take}"
        yield _clip(file, clip, motion, licence)


def _clip(file: Path, clip: str, motion: Motion, licence: str) -> LibraryClip:
    prompt = str(motion.meta.get("prompt", "")).strip()
    if not prompt:
        raise RepriseError("bad_motion", f"The motion {file} has no prompt to be its caption.", "Generate it again.")
    if motion.joint_names != JOINT_NAMES or motion.fps != humanml3d.FPS:
        raise RepriseError(
            "bad_motion",
            f"The motion {file} has {len(motion.joint_names)} joints at {motion.fps:g} fps.",
            f"A library takes the {len(JOINT_NAMES)} joints of HumanML3D at {humanml3d.FPS:g} fps.",
        )
    try:
        joints = humanml3d.normalize(motion.positions).astype("f4")
    except RepriseError as error:
        raise RepriseError("bad_motion", f"The motion {file} is not fit: {error.message}", error.hint) from error
    made = (motion.meta.get(key) for key in ("engine", "checkpoint", "seed"))
    source = " ".join(["generated", *(str(value) for value in made if value is not None)])
    return LibraryClip(clip, clip, joints, (prompt,), source, licence)
