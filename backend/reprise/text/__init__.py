"""Text encoders behind one interface: `load(name)` gives a `TextEncoder`. Importing this loads nothing heavy."""

from __future__ import annotations

from pathlib import Path

from reprise_core.errors import RepriseError

from . import clip, minilm
from .base import TextEncoder, TextFeatures
from .cache import CachedEncoder

DEFAULT = minilm.NAME
NAMES = (minilm.NAME, clip.NAME)

__all__ = ["DEFAULT", "NAMES", "CachedEncoder", "TextEncoder", "TextFeatures", "load"]


def load(name: str = DEFAULT) -> TextEncoder:
    """The encoder of that name.

    `name` is `all-MiniLM-L6-v2` (from its installed package, offline), the path of a local folder with MiniLM or
    CLIP in Hugging Face's layout, or a hub id (`openai/clip-vit-base-patch32`), which is downloaded when it is not in
    the local cache. Raises `RepriseError` when there is no such encoder or its files are missing or wrong.
    """
    if name == minilm.NAME:
        return minilm.load()
    folder = Path(name)
    if not folder.is_dir():
        hub_ids = {minilm.HUB_ID: minilm.HUB_ID, clip.HUB_ID: clip.HUB_ID, clip.NAME: clip.HUB_ID}
        if name not in hub_ids:
            raise RepriseError(
                "bad_encoder", f"There is no text encoder '{name}'.", f"Use {', '.join(NAMES)} or a local folder."
            )
        folder = _download(hub_ids[name])
    return clip.load(folder) if clip.is_clip(folder) else minilm.load(folder)


def _download(hub_id: str) -> Path:
    from huggingface_hub import snapshot_download

    files = ["config.json", "tokenizer.json", "model.safetensors"]
    try:
        return Path(snapshot_download(hub_id, allow_patterns=files))
    except Exception as error:  # offline, refused, gone: the hub client raises many kinds
        raise RepriseError(
            "no_weights",
            f"The text encoder {hub_id} is not on this machine and could not be downloaded.",
            "Connect to the internet, or give the path of a local copy.",
        ) from error
