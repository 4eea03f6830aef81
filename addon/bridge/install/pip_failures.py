"""One sentence for a failed installation, from what pip printed."""

from __future__ import annotations

import re

from ...core.errors import RepriseError

_AGAIN = "Then try again: what was downloaded is kept."
_CAUSES = (
    ("disk_full", r"No space left on device|Errno 28\b|not enough space on the disk|WinError 112\b",
     "The disk is full (about {gigabytes:.1f} GB are needed while installing).",
     f"Free some space. {_AGAIN}"),
    ("bad_hash", r"DO NOT MATCH THE HASHES",
     "A downloaded package is not the one that the lock file names (its hash differs), so it was not installed.",
     "Try again; if it stays so, check the package index that pip is set to use."),
    ("bad_certificate", r"CERTIFICATE_VERIFY_FAILED|SSLCertVerificationError",
     "The package index's certificate is not trusted here.",
     "Check the date of this machine, and pip's `cert` setting where a company's proxy is between."),
    ("proxy", r"ProxyError|407 Proxy|Tunnel connection failed", "The network's proxy refuses the download.",
     f"Check the variables HTTPS_PROXY and HTTP_PROXY, or pip's `proxy` setting. {_AGAIN}"),
    ("unreachable", r"NewConnectionError|ConnectTimeout|Failed to establish a new connection|Temporary failure in name"
     r"|Network is unreachable|getaddrinfo failed|ConnectionResetError|ReadTimeoutError|Connection refused"
     r"|IncompleteRead|Connection aborted|NameResolutionError|Max retries exceeded|error sending request",
     "The package index cannot be reached.", f"Check the network. {_AGAIN}"),
    ("no_package", r"No matching distribution found for (?P<what>\S+)",
     "There is no package {what} for this system and Python in the configured package indexes.",
     "Check pip's index settings, or use a backend of your own."),
    ("no_venv", r"No module named '?(?:venv|ensurepip)'?|ensurepip is not\s+available",
     "This Python cannot make environments.",
     "Install its venv module (Debian and Ubuntu: python3-venv), or another Python from 3.11 to 3.13."),
    ("file_in_use", r"WinError 32\b|being used by another process",
     "A file of the environment is in use by another program.",
     f"Close other Blenders and programs that use it. {_AGAIN}"),
    ("antivirus", r"WinError 225\b|contains a virus", "The antivirus program took a file away.",
     f"Exclude the environment's folder from it. {_AGAIN}"),
    ("path_too_long", r"WinError 206\b|filename or extension is too long|File name too long|Errno 36\b",
     "The environment's folder has too long a path for this system.", "Enable long paths in Windows."),
    ("file_denied", r"Permission denied|Errno 13\b|WinError 5\b|Read-only file system",
     "A file of the environment cannot be written.", "Check whose its folder is."),
)  # fmt: skip


def explain(output: str, gigabytes: float, log: str) -> RepriseError:
    """The error for what pip (or uv, or venv) printed; `log` is named when the cause is unknown."""
    for code, pattern, sentence, hint in _CAUSES:
        found = re.search(pattern, output)
        if found:
            named = {"gigabytes": gigabytes, "what": found.groupdict().get("what") or ""}
            return RepriseError(code, sentence.format(**named), hint)
    errors = [line for line in output.splitlines() if line.lower().startswith("error")] or output.strip().splitlines()
    last = errors[-1].strip()[:300] if errors else "it printed nothing"
    return RepriseError("install_failed", f"Installing failed ({last}).", f"All of its output is in {log}.")
