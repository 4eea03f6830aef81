"""Captions and ids from file and folder names, for clips that nobody has described.

'Zombie/Walk_Forward_01.bvh' becomes 'zombie walk forward': words are split at separators, capitals and digits; numbers,
takes, versions and the vocabulary of exporters are dropped; sides and animators' abbreviations are written out.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from pathlib import PurePosixPath

_EXPORTERS_WORDS = (
    "take tk takes ver version rev final copy tmp temp edit edited clean cleaned export exported raw new old test anim "
    "anims animation animations clip clips motion motions mocap capture retarget retargeted baked bake action actions "
    "skeleton skel armature rig rigged character char mixamo mixamorig com layer base bip biped bvh fbx glb gltf amc "
    "asf npz loop looped rm root rootmotion ip inplace subject subjects subj actor data dataset files file mirror "
    "mirrored mir flip flipped untitled unnamed scene default medium large small lod uploads library positions "
    "joints"
)
_NOISE = frozenset(_EXPORTERS_WORDS.split())
_MIRRORED = frozenset(["mirror", "mirrored", "mir", "flip", "flipped"])
_SHORT = {
    "l": "left", "lt": "left", "lft": "left", "r": "right", "rt": "right", "rgt": "right",
    "fwd": "forward", "forwards": "forward", "fw": "forward", "frwd": "forward",
    "bwd": "backward", "bkwd": "backward", "bw": "backward", "backwards": "backward",
    "cw": "clockwise", "ccw": "counterclockwise", "atk": "attack", "att": "attack", "jmp": "jump", "xbow": "crossbow",
    "1h": "one handed", "2h": "two handed", "180": "around", "dn": "down",
}  # fmt: skip
_SWAP = {"left": "right", "right": "left", "clockwise": "counterclockwise", "counterclockwise": "clockwise"}
_WORD = re.compile(r"[12][hH](?![a-z])|180(?!\d)|[A-Z]+(?![a-z])|[^\W\d_]?[^\W\d_A-Z]+|[^\W\d_]")
_CODE = re.compile(r"(?<![^\W_])(?![12][hH])[^\W\d_]\d+[^\W\d_]?(?![^\W_])")  # v2, s01, m2m
_ENDING = r"(?:_positions)?\.txt(?:\.gz)?$|_(?:poses|stageii)\.npz$|\.[^.\s]{1,5}$"
_FOLDERS = 2  # how many of the folders above a file say what its motion is


def caption_of(path: str, take: str = "", source: str = "") -> str:
    """A searchable caption from a member's path, the name of one of its animations, and the source's own name.

    Words already said by the file are not repeated from its folders. Names without words keep their own spelling.
    """
    member = PurePosixPath(path)
    folders = [part for part in member.parts[:-1] if part != "/"] or ([source] if source else [])
    said = _words(f"{stem(path)} {take.rsplit('|', 1)[-1]}")
    before: list[str] = []
    for folder in folders[-_FOLDERS:]:
        before += [word for word in _words(folder) if word not in said and word not in before]
    words = _without_repeats(before + said)
    return " ".join(words) if words else f"motion {stem(path)}"


def id_of(path: str, take: str = "") -> str:
    """A clip's id from its member's path: folders and name, without characters that a file name cannot have."""
    parts = [*PurePosixPath(path).parts[:-1], stem(path), *([take] if take else [])]
    slug = "_".join(re.sub(r"[^\w.+-]+", "-", part).strip("-.") for part in parts if part not in ("/", "."))
    return slug or "clip"


def unique(ids: Sequence[str]) -> list[str]:
    """The same ids, the second and later of equal ones with a number."""
    taken, result = set(ids), []
    seen: set[str] = set()
    for name in ids:
        chosen, number = name, 2
        while chosen in seen or (chosen != name and chosen in taken):
            chosen, number = f"{name}-{number}", number + 1
        seen.add(chosen)
        result.append(chosen)
    return result


def stem(path: str) -> str:
    """A file's name without its ending, and without a second one that only says what it holds."""
    name = PurePosixPath(path).name
    return re.sub(_ENDING, "", name, flags=re.IGNORECASE) or name


def _words(name: str) -> list[str]:
    raw = [word.lower() for word in _WORD.findall(_CODE.sub(" ", name))]
    known = [str(_SHORT.get(word, word)) for word in raw if word not in _NOISE]
    words = [part for word in known if len(word) > 1 or not word.isascii() for part in word.split()]
    return [_SWAP.get(word, word) for word in words] if _MIRRORED & set(raw) else words


def _without_repeats(words: Sequence[str]) -> list[str]:
    return [word for index, word in enumerate(words) if index == 0 or word != words[index - 1]]
