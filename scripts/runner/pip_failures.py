"""One sentence for a failed installation, from what pip printed."""

from __future__ import annotations

import re

_CAUSES = (
    (
        r"No space left on device|Errno 28|not enough space on the disk",
        "The disk is full: free some space (about {gigabytes:g} GB are needed) and run the same command again.",
    ),
    (
        r"DO NOT MATCH THE HASHES",
        "A downloaded package is not the one that the lock file names (its hash differs): check the package index that "
        "pip is set to use.",
    ),
    (
        r"NewConnectionError|ConnectTimeout|Failed to establish a new connection"
        r"|Temporary failure in name resolution|Network is unreachable|getaddrinfo failed|ConnectionResetError"
        r"|ReadTimeoutError|ProxyError|Connection refused",
        "The package index cannot be reached: check the network (or pip's index and proxy settings) and run the same "
        "command again.",
    ),
    (r"CERTIFICATE_VERIFY_FAILED", "The package index's certificate is not trusted here: check pip's `cert` setting."),
    (
        r"No matching distribution found for (?P<what>\S+)",
        "There is no package {what} for this system and Python in the configured package indexes.",
    ),
    (r"ensurepip is not available|No module named ensurepip", "This Python cannot make environments: install its venv "
     "module (Debian and Ubuntu: python3.11-venv) and run the same command again."),
    (r"Permission denied|Errno 13", "A file of the environment cannot be written: check who owns {where}."),
)  # fmt: skip


def explain(output: str, where: str, gigabytes: float, log: str) -> str:
    """The sentence for pip's `output` when `where` was being filled; `log` is named when the cause is unknown."""
    for pattern, sentence in _CAUSES:
        found = re.search(pattern, output)
        if found:
            return sentence.format(where=where, gigabytes=gigabytes, what=found.groupdict().get("what", ""))
    errors = [line for line in output.splitlines() if line.startswith("ERROR")] or output.strip().splitlines() or [""]
    return f"Installing into {where} failed ({errors[-1].strip()}): all of pip's output is in {log}."
