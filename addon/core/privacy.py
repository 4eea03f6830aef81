"""What a user may paste into a bug report: nothing private may be in it."""

from __future__ import annotations

import getpass
import platform
import re
from collections.abc import Sequence
from pathlib import Path

_TOKENS = (
    (re.compile(r"(?i)(bearer\s+)\S+"), r"\1<token>"),
    (re.compile(r"(?i)(token[\"']?\s*[:=]\s*[\"']?)[^\s\"',}]+"), r"\1<token>"),
    (re.compile(r"(?i)(https?://)[^\s/@]+@"), r"\1<token>@"),
    (re.compile(r"(?<![\w/.-])[A-Za-z0-9_-]{43}(?![\w/.-])"), "<token>"),  # secrets.token_urlsafe(32)
)


def masked(
    text: str, secrets: Sequence[str] = (), home: str | None = None, user: str | None = None, host: str | None = None
) -> str:
    """`text` without `secrets`, tokens, the home folder (`~` instead), and the names of the user and of the machine.

    `home`, `user` and `host` are this user's and this machine's where they are not given.
    """
    home = str(Path.home()) if home is None else home
    user = _user() if user is None else user
    host = platform.node().partition(".")[0] if host is None else host
    for secret in sorted(filter(None, secrets), key=len, reverse=True):
        text = text.replace(secret, "<token>")
    for pattern, instead in _TOKENS:
        text = pattern.sub(instead, text)
    for spelled in {home, home.replace("\\", "/"), home.replace("\\", "\\\\")} - {"", "/"}:
        text = re.sub(re.escape(spelled) + r"(?![\w-])", "~", text, flags=re.IGNORECASE)
    text = re.sub(r"(?i)((?:/home/|/Users/|[A-Z]:[\\/]+Users[\\/]+))[^\\/\s\"']+", r"\1<user>", text)
    for name, domain, instead in ((user, "", "<user>"), (host, r"(?:\.[a-z][\w-]*)*", "<host>")):
        if len(name) > 2:  # a shorter one is a part of words
            text = re.sub(rf"(?i)(?<!\w){re.escape(name)}(?!\w){domain}", instead, text)
    return text


def _user() -> str:
    try:
        return getpass.getuser()
    except (OSError, KeyError, ImportError):  # no such user, as in some containers
        return ""
