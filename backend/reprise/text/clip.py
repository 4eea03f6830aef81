"""CLIP ViT-B/32's text tower, the encoder of the ReMoDiffuse paper: 77 tokens, 512 channels, through `transformers`."""

from __future__ import annotations

import json
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any, cast

import numpy as np

from reprise_core.errors import RepriseError

from .base import TextFeatures, concatenate

if TYPE_CHECKING:
    from tokenizers import Tokenizer
    from transformers import CLIPTextModelWithProjection

NAME = "clip-vit-base-patch32"
HUB_ID = "openai/clip-vit-base-patch32"
_VIT_B_32 = {"hidden_size": 512, "num_hidden_layers": 12, "num_attention_heads": 8, "projection_dim": 512}
_BATCH = 32


class ClipText:
    """The text tower, loaded; runs on the CPU.

    `tokens` are the states after the final layer norm, `sentence` the projected state of the end-of-text token at
    unit length (Radford et al. 2021), which is the feature that ReMoDiffuse retrieves with.
    """

    def __init__(self, name: str, model: CLIPTextModelWithProjection, tokenizer: Tokenizer, end_of_text: int) -> None:
        self.name = name
        self.dimension: int = model.config.hidden_size
        self.max_tokens: int = model.config.max_position_embeddings
        self._model = model
        self._tokenizer = tokenizer
        self._end_of_text = end_of_text

    def encode(self, texts: Sequence[str], on_progress: Callable[[int, int], None] | None = None) -> TextFeatures:
        """`tokens` (N, 77, 512), `mask` (N, 77) up to and including the end of text, `sentence` (N, 512)."""
        parts = []
        for start in range(0, len(texts), _BATCH):
            batch = texts[start : start + _BATCH]
            parts.append(self._encode_batch(batch))
            if on_progress:
                on_progress(start + len(batch), len(texts))
        return concatenate(parts, self.max_tokens, self.dimension)

    def _encode_batch(self, texts: Sequence[str]) -> TextFeatures:
        import torch

        encodings = self._tokenizer.encode_batch(list(texts))
        ids = np.full((len(texts), self.max_tokens), self._end_of_text, dtype=np.int64)  # CLIP pads with end-of-text
        mask = np.zeros((len(texts), self.max_tokens), dtype=np.bool_)
        for row, encoding in enumerate(encodings):
            ids[row, : len(encoding.ids)] = encoding.ids
            mask[row, : len(encoding.ids)] = True
        # No attention mask: attention is causal, so no token sees the padding after it.
        with torch.inference_mode():
            states = self._model.text_model(torch.from_numpy(ids)).last_hidden_state  # (B, L, D)
            last = torch.from_numpy(mask.sum(axis=1) - 1)
            projected = self._model.text_projection(states[torch.arange(len(texts)), last])  # (B, D)
        sentence = projected.numpy()
        sentence /= np.linalg.norm(sentence, axis=-1, keepdims=True)
        return TextFeatures(states.numpy() * mask[..., None], mask, sentence)


def load(folder: Path) -> ClipText:
    """The encoder from a local copy of CLIP's Hugging Face folder (config.json, tokenizer.json, model.safetensors).

    Never touches the network. Raises `RepriseError` (`no_weights`, `bad_weights`) when files are missing or are no
    CLIP. Another CLIP than ViT-B/32 carries its sizes in its name, so that features are never mixed.
    """
    folder = Path(folder)
    for name in ("config.json", "tokenizer.json", "model.safetensors"):
        if not (folder / name).is_file():
            raise RepriseError("no_weights", f"{folder} holds no {name}.", f"Copy the folder of {HUB_ID} there.")

    from tokenizers import Tokenizer
    from transformers import CLIPTextConfig, CLIPTextModelWithProjection
    from transformers.utils import logging

    logging.disable_progress_bar()  # ours is the only one on the screen
    try:
        config = CLIPTextConfig.from_pretrained(folder, local_files_only=True)
        # The file of the whole CLIP also holds the image tower, which is left out.
        model, report = cast(
            "tuple[CLIPTextModelWithProjection, dict[str, Any]]",
            CLIPTextModelWithProjection.from_pretrained(
                folder, config=config, local_files_only=True, use_safetensors=True, output_loading_info=True
            ),
        )
        tokenizer = Tokenizer.from_file(str(folder / "tokenizer.json"))
    except Exception as error:  # transformers and safetensors raise many kinds for a broken file
        raise RepriseError("bad_weights", f"{folder} could not be read as CLIP ({error}).", f"Use {HUB_ID}.") from error
    if report["missing_keys"] or config.hidden_size != config.projection_dim:
        raise RepriseError("bad_weights", f"{folder} holds no complete CLIP text tower.", f"Use {HUB_ID}.")
    end_of_text = tokenizer.token_to_id("<|endoftext|>")
    if end_of_text is None:
        raise RepriseError("bad_weights", f"{folder}/tokenizer.json is not CLIP's tokenizer.", f"Use {HUB_ID}.")
    tokenizer.enable_truncation(config.max_position_embeddings)
    tokenizer.no_padding()
    return ClipText(_name(config.to_dict()), model.eval().requires_grad_(False), tokenizer, end_of_text)


def is_clip(folder: Path) -> bool:
    """True when the folder's config.json says that it is a CLIP model."""
    try:
        config = json.loads((folder / "config.json").read_text(encoding="utf-8"))
    except (OSError, ValueError):
        return False
    return isinstance(config, dict) and str(config.get("model_type", "")).startswith("clip")


def _name(config: dict[str, object]) -> str:
    sizes = {name: config.get(name) for name in _VIT_B_32}
    return NAME if sizes == _VIT_B_32 else "clip-" + "x".join(str(size) for size in sizes.values())
