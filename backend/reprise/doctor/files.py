"""Whether what ships is there and whole, the user's own library too, and whether there is room to work."""

from __future__ import annotations

import base64
import hashlib
import shutil
import tempfile
from collections.abc import Iterator
from importlib import metadata
from pathlib import Path

from reprise_core.errors import RepriseError

from .. import assets, user_data
from .finding import Finding, Status

_ENOUGH = 1e9  # bytes; a library of one's own and a few films
_HINT = "Install the backend again."


def shipped() -> Iterator[Finding]:
    """All weights and the starter library: read whole, and, where they were packed, held against the pack's SHA-256."""
    from reprise.library.store import Library
    from reprise.library.verify import find_damage

    as_packed = unchanged_since_packed()
    for path in (*assets.CHECKPOINTS.values(), assets.RETRIEVER, assets.CONTRASTIVE):
        yield _weights(path, as_packed.get(path.name))
    with Library.open(assets.LIBRARY) as library:
        damage, count = find_damage(library), len(library.clips())
    unchanged = as_packed.get(assets.LIBRARY.name)
    if damage or unchanged is False:
        text = f"{assets.LIBRARY.name} is damaged: {'; '.join(damage) or 'it is not as it was packed'}."
        yield Finding("library", Status.PROBLEM, text, _HINT)
    else:
        yield Finding("library", Status.OK, f"{assets.LIBRARY.name}, {count} clips{_hashed(unchanged)}")


def text_encoder() -> Iterator[Finding]:
    """The sentence encoder's weights: there, and the official ones."""
    from reprise.text import minilm

    file = minilm.installed_folder() / "model.safetensors"
    if not file.is_file():
        yield Finding("text encoder", Status.PROBLEM, f"The text encoder's file {file} does not exist.", _HINT)
        return
    minilm.check_sha256(file)
    size = file.stat().st_size / 1e6
    yield Finding("text encoder", Status.OK, f"{minilm.NAME}, {size:.1f} MB{_hashed(unchanged=True)}")


def _weights(path: Path, unchanged: bool | None) -> Finding:
    from reprise.models.weights_file import form_of, read_weights

    try:
        read_weights(path, form_of(path))
    except RepriseError as error:
        return Finding("weights", Status.PROBLEM, error.message, _HINT)
    if unchanged is False:
        return Finding("weights", Status.PROBLEM, f"{path.name} is not as it was packed.", _HINT)
    return Finding("weights", Status.OK, f"{path.name}, {path.stat().st_size / 1e6:.1f} MB{_hashed(unchanged)}")


def _hashed(unchanged: bool | None) -> str:
    return ", SHA-256 right" if unchanged else ""


def own_library() -> Iterator[Finding]:
    """The user's own library, where there is one."""
    from reprise.library import own
    from reprise.library.store import Library
    from reprise.library.verify import find_damage

    if not own.path().is_file():
        yield Finding("own library", Status.LEFT_OUT, "none yet; it begins with the first clip that is added")
        return
    with Library.open(own.path()) as library:
        damage, count = find_damage(library), len(library.clips())
    if damage:
        text = f"{own.path()} is damaged: {'; '.join(damage[:3])}."
        yield Finding("own library", Status.PROBLEM, text, "`reprise library verify` lists all of it.")
    else:
        yield Finding("own library", Status.OK, f"{own.path()}, {count} clips")


def disk_space() -> Iterator[Finding]:
    """Room where the user's data and temporary files go."""
    for what, folder in (("user data", user_data.folder()), ("temporary files", Path(tempfile.gettempdir()))):
        there = next(path for path in (folder, *folder.parents) if path.exists())
        free = shutil.disk_usage(there).free
        status = Status.OK if free >= _ENOUGH else Status.PROBLEM
        hint = "" if free >= _ENOUGH else "Free some space."
        yield Finding("disk", status, f"{free / 1e9:.1f} GB free for {what} ({folder})", hint)


def unchanged_since_packed() -> dict[str, bool]:
    """For each asset whether its SHA-256 is what the wheel's RECORD says; empty for a checkout, which has none."""
    unchanged = {}
    for file in metadata.files("reprise") or []:
        path = Path(str(file.locate()))
        if file.hash is not None and path.parent == Path(assets.__file__).parent and path.suffix != ".py":
            digest = hashlib.new(file.hash.mode, path.read_bytes() if path.is_file() else b"").digest()
            unchanged[path.name] = base64.urlsafe_b64encode(digest).rstrip(b"=").decode() == file.hash.value
    return unchanged
