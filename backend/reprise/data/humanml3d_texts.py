"""HumanML3D's text files for mirrored clips: sides exchanged in the captions and in their tagged words."""

from __future__ import annotations

from .mirror import mirror_caption

_COUNTER = ("counter", "anti", "contra")  # before "clockwise" they are one word with it


def mirror_text(text: str) -> str:
    """The lines `caption#word/TAG word/TAG ...#start#end` of a text file for the mirrored twin; times stay."""
    return "".join(_mirror_line(line) for line in text.splitlines(keepends=True))


def _mirror_line(line: str) -> str:
    caption, *rest = line.split("#")
    if len(rest) >= 3:
        rest[0] = _mirror_tokens(rest[0])
    return "#".join((mirror_caption(caption), *rest))


def _mirror_tokens(tokens: str) -> str:
    """Words are exchanged as in the sentence that they make, each keeps its tag."""
    pairs: list[tuple[str, str]] = []
    for token in tokens.split(" "):
        word, slash, tag = token.rpartition("/")
        word, tag = (word, slash + tag) if slash else (token, "")
        if pairs and word == "clockwise" and pairs[-1][0] in _COUNTER:
            word = f"{pairs.pop()[0]} {word}"
        pairs.append((word, tag))
    words = mirror_caption(" ".join(word for word, _ in pairs)).split(" ")
    return " ".join(word + tag for word, (_, tag) in zip(words, pairs, strict=True))
