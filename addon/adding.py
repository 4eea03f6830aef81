"""Adding motion to the library: what is under way and what came of it, for the panel and for operators."""

from __future__ import annotations

import io
import zipfile
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from . import errands, hosting
from .bridge.client import Client
from .bridge.errand import Errand, Tell
from .core.contract import MAX_UPLOAD_BYTES
from .core.errors import RepriseError
from .translations import tr
from .windows import redraw

ENDINGS = (".bvh", ".amc", ".glb", ".gltf", ".npz", ".npy", ".zip")
REASONS_SHOWN = 5
_BESIDE = {".amc": (".asf",), ".gltf": (".bin",)}  # what such files are nothing without


@dataclass(frozen=True)
class Labels:
    """What the user says of all that is added: captions a line each, tags with commas, a licence."""

    captions: str = ""
    tags: str = ""
    licence: str = ""


@dataclass(frozen=True)
class Part:
    """One file to send: its name, and what reads it, on the thread that sends it."""

    name: str
    read: Callable[[], bytes]


@dataclass(frozen=True)
class _Sent:
    """What came of a part; before it is sent, only its name is told."""

    name: str
    added: int = 0
    present: int = 0
    skipped: tuple[str, ...] = ()
    is_done: bool = False


@dataclass
class Adding:
    """What the panel shows; written only on Blender's main thread."""

    errand: Errand[Any] | None = None
    now: str = ""
    done: int = 0
    total: int = 0
    added: int = 0
    present: int = 0
    skipped: list[str] = field(default_factory=list)
    error: RepriseError | None = None

    @property
    def is_running(self) -> bool:
        """Whether files are being sent."""
        return self.errand is not None and not self.errand.is_over

    @property
    def fraction(self) -> float:
        """How many of the files are done, in [0, 1]."""
        return self.done / self.total if self.total else 0.0

    def summary(self) -> str:
        """What was added, in one sentence."""
        words = [tr("Added 1 clip") if self.added == 1 else tr("Added {added} clips").format(added=self.added)]
        if self.present:
            words.append(tr("{present} already there").format(present=self.present))
        if self.skipped:
            words.append(tr("{skipped} skipped").format(skipped=len(self.skipped)))
        return f"{', '.join(words)}."


current = Adding()


def add(parts: Sequence[Part], labels: Labels) -> None:
    """Sends the parts one after another; what cannot be added is skipped with its reason, and the rest goes on.

    Raises `RepriseError` where there is no backend to ask. In background mode it is done on return.
    """
    global current  # noqa: PLW0603 - a new run begins from nothing
    if current.is_running:
        raise RepriseError("adding", "Motion is being added to the library already.", "Wait for it, or cancel it.")
    backend = hosting.backend()
    current = state = Adding(total=len(parts))

    def on_change(errand: Errand[Any]) -> None:
        for told in errand.told:
            if isinstance(told, _Sent):
                _take(state, told)
        if errand.is_over:
            state.errand, state.error = None, errand.error
        redraw()

    state.errand = Errand(backend, lambda client, tell: _send(client, tell, parts, labels))
    errands.run(state.errand, on_change)


def cancel() -> None:
    """Sends no more; what is in the library already stays."""
    if current.errand is not None:
        current.errand.cancel()
        current.errand = None
        redraw()


def detach() -> None:
    """Called when the add-on is unregistered."""
    global current  # noqa: PLW0603
    cancel()
    current = Adding()


def files_below(folder: Path) -> list[Path]:
    """The files of a folder and of those inside it that may hold motion, in order; none that is hidden."""
    found = (path for path in folder.rglob("*") if path.suffix.lower() in ENDINGS and path.is_file())
    return sorted(path for path in found if not any(part.startswith(".") for part in path.relative_to(folder).parts))


def part_of(path: Path, root: Path) -> Part:
    """A file as a part: a zip as it is, any other packed, with what lies beside it and belongs to it.

    Its folders below `root` go along, as they often say what its motion is.
    """
    if path.suffix.lower() == ".zip":
        return Part(path.name, path.read_bytes)
    return Part(f"{path.name}.zip", lambda: _packed(path, path.parent.relative_to(root)))


def _take(state: Adding, sent: _Sent) -> None:
    state.now = sent.name
    state.done += sent.is_done
    state.added += sent.added
    state.present += sent.present
    state.skipped += sent.skipped


def _send(client: Client, tell: Tell, parts: Sequence[Part], labels: Labels) -> None:
    """On the thread."""
    for part in parts:
        tell(_Sent(part.name))
        tell(_send_one(client, part, labels))


def _send_one(client: Client, part: Part, labels: Labels) -> _Sent:
    try:
        data = part.read()
        if len(data) > MAX_UPLOAD_BYTES:
            size = f"{len(data) / 2**20:.0f} MB, more than {MAX_UPLOAD_BYTES >> 20}"
            return _Sent(part.name, skipped=(f"{part.name}: it has {size}.",), is_done=True)
        answer = client.add_clips(part.name, data, labels.captions, labels.tags, labels.licence)
        left_out = tuple(f"{what['name']}: {what['reason']}" for what in answer["left_out"])
        return _Sent(part.name, len(answer["added"]), len(answer["present"]), left_out, is_done=True)
    except OSError as error:
        return _Sent(part.name, skipped=(f"{part.name}: {error.strerror or error}.",), is_done=True)
    except RepriseError as error:
        if error.code not in ("no_motion", "bad_request", "too_large"):  # the next one would meet it, too
            raise
        return _Sent(part.name, skipped=(error.message,), is_done=True)


def _packed(path: Path, folder: Path) -> bytes:
    endings = _BESIDE.get(path.suffix.lower(), ())
    beside = [other for other in path.parent.iterdir() if other.suffix.lower() in endings]
    described = [each for each in (path.with_suffix(".txt"), path.with_name("captions.csv")) if each.is_file()]
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w", zipfile.ZIP_DEFLATED) as archive:
        for file in dict.fromkeys((path, *sorted(beside), *described)):
            archive.writestr((folder / file.name).as_posix(), file.read_bytes())
    return buffer.getvalue()
