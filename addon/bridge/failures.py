"""What to say when the backend died: the end of its log and its exit code, mapped to a sentence and a remedy.

The one table of causes. The line nearest to the log's end that any cause knows decides, because what a program warned
of at its start is seldom what killed it.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass

from ..core.errors import RepriseError

_REPAIR = "Repair the backend; if you point at a Python of your own, install the backend there again."
_OWN_CPU = "Choose 'CPU' as the backend's device in the add-on's preferences, or"
_AGAIN = "Generate again to restart it; its log says more."
_PREFERENCES = "The backend's Python and port are set in the add-on's preferences."


@dataclass(frozen=True)
class Cause:
    """`pattern` finds the line; its named groups fill `sentence`. `restart`: another start may go better."""

    code: str
    pattern: str
    sentence: str
    hint: str
    restart: bool = False


CAUSES = (
    # Port and network
    Cause("port_in_use", r"[Pp]ort (?P<port>\d+)\b.* in use", "Port {port} is in use by another program.",
          "Set another port in the add-on's preferences, or 0 for any free one."),
    Cause("port_in_use", r"address already in use|WinError 10048|Errno (?:48|98)\b|one usage of each socket address",
          "The port is in use by another program.",
          "Set another port in the add-on's preferences, or 0 for any free one."),
    Cause("firewall", r"WinError 10013|forbidden by its access permissions|[Pp]ort (?P<port>\d+) .*not allowed",
          "The system or a firewall does not let the backend listen on its port.",
          "Allow the backend's Python in the firewall, or set port 0 in the add-on's preferences."),
    # Graphics cards
    Cause("old_gpu_driver", r"NVIDIA driver on your system is too old|driver version is insufficient for CUDA runtime",
          "The graphics driver is too old for this backend.",
          f"{_OWN_CPU} update the graphics driver."),
    Cause("no_gpu_driver", r"Found no NVIDIA driver|no CUDA-capable device|CUDA driver initialization failed"
          r"|libcuda\.so\.1: cannot open|nvcuda\.dll|Torch not compiled with CUDA enabled",
          "The backend found no working driver for a graphics card.",
          f"{_OWN_CPU} install the graphics driver."),
    Cause("gpu_unsupported", r"no kernel image is available for execution|not compatible with the current PyTorch",
          "The graphics card is of a generation that this backend was not built for.",
          f"{_OWN_CPU} repair the backend, which chooses the build for the card."),
    # Memory and disk
    Cause("out_of_gpu_memory", r"CUDA out of memory|CUBLAS_STATUS_ALLOC_FAILED|MPS backend out of memory",
          "The graphics card's memory is full.",
          f"{_OWN_CPU} close other programs that use the card, or ask for fewer takes.", restart=True),
    Cause("out_of_memory", r"MemoryError|std::bad_alloc|can't allocate memory|Cannot allocate memory|WinError 1455"
          r"|paging file is too small|Unable to allocate [\d.]+ [KMGT]iB",
          "The computer's memory is full.", "Close other programs, or ask for fewer takes, and generate again.",
          restart=True),
    Cause("disk_full", r"No space left on device|Errno 28\b|WinError 112\b|not enough space on the disk"
          r"|database or disk is full", "The disk is full.", "Free some space and start the backend again."),
    # Libraries and the environment
    Cause("old_system", r"version `?(?P<library>GLIBC(?:XX)?_[\d.]+)'? not found|Symbol not found.*built for macOS",
          "This system is too old for the backend (it lacks {library}).",
          "Update the system, or use a remote backend."),
    Cause("missing_library", r"(?P<library>lib[\w.+-]+\.so[\d.]*): cannot open shared object"
          r"|Library not loaded: \S*?(?P<library2>[^/\s]+\.dylib)|[Ee]rror loading \"?(?P<library3>[^\"]+\.dll)",
          "The backend's environment lacks the library {library}.", _REPAIR),
    Cause("missing_library", r"DLL load failed|WinError 126\b|WinError 127\b|WinError 1114\b",
          "A library of the backend cannot be loaded.",
          "Install Microsoft's Visual C++ runtime (x64), or repair the backend."),
    Cause("antivirus", r"WinError 225\b|WinError 226\b|contains a virus",
          "The antivirus program took a file of the backend away.",
          "Exclude the backend's folder from it, then repair the backend."),
    Cause("backend_missing", r"No module named '?reprise'?(?![\w.])",
          "The Python at '{python}' has no package 'reprise'.", "Install the backend there, or choose another Python."),
    Cause("broken_environment", r"No module named 'encodings'|init_fs_encoding|No Python at|pyvenv\.cfg"
          r"|Unable to create process using",
          "The backend's environment lost the Python that it was made with.", _REPAIR),
    Cause("broken_environment", r"(?:ModuleNotFoundError: )?No module named '?(?P<module>[\w.]+)'?",
          "The backend's environment is incomplete: it lacks '{module}'.", _REPAIR),
    Cause("broken_environment", r"ImportError: (?P<what>.{1,160})|cannot import name", "The backend's environment is "
          "broken: a part of it cannot be imported ({what}).", _REPAIR),
    Cause("wrong_python", r"requires a different Python: (?P<version>[\d.]+)"
          r"|Python (?P<version2>[\d.]+) is not supported",
          "The backend does not run on Python {version}.", "Use Python 3.11, 3.12 or 3.13."),
    Cause("wrong_python", r"SyntaxError: |cannot import name '(?:StrEnum|Self|TypeAlias)'",
          "The backend's Python is too old for it.", "Use Python 3.11, 3.12 or 3.13."),
    Cause("file_denied", r"PermissionError: .*?'(?P<path>[^']+)'|WinError 5\b|Permission denied",
          "A file of the backend cannot be read or written ({path}).",
          "Check whose the file is, or repair the backend."),
)  # fmt: skip

_BY_EXIT_CODE = {
    -4: ("cpu_unsupported", "The processor lacks instructions that the backend needs.", "Use a remote backend."),
    -6: ("backend_failed", "The backend gave up inside a library.", "Restart it; if it happens again, repair it."),
    -7: ("backend_failed", "The backend was ended by a memory fault (bus error); the disk may be full.", _AGAIN),
    -11: ("backend_failed", "The backend crashed inside a library (signal 11).", "Restart it, or repair the backend."),
}
_BY_WINDOWS_STATUS = {
    0xC0000005: _BY_EXIT_CODE[-11],
    0xC000001D: _BY_EXIT_CODE[-4],
    0xC0000017: ("out_of_memory", "The computer's memory is full.", "Close other programs and generate again."),
    0xC0000135: ("missing_library", "A library that the backend's Python needs is not there.", _REPAIR),
    0xC000007B: ("broken_environment", "The backend's Python and its libraries are not of one kind (32 and 64 bit).",
                 _REPAIR),
    0xC000013A: ("backend_stopped", "The backend was interrupted.", "Start it again."),
}  # fmt: skip
REPAIRABLE = frozenset(("missing_library", "broken_environment", "backend_missing", "gpu_unsupported", "file_denied"))


def find_cause(lines: Sequence[str]) -> tuple[Cause, dict[str, str]] | None:
    """The cause that the line nearest to the end tells of, with what it names; None when no line is known."""
    for line in reversed(lines):
        for cause in CAUSES:
            found = re.search(cause.pattern, line)
            if found:
                named = {name.rstrip("23"): value for name, value in found.groupdict().items() if value}
                return cause, named
    return None


def explain(lines: Sequence[str], exit_code: int | None, starting: bool, python: str = "") -> RepriseError:
    """The error for a backend that ended (or does not answer) with `exit_code` and these last lines in its log."""
    last = next((line for line in reversed(lines) if line.strip()), "")
    known = find_cause(lines)
    if known:
        cause, named = known
        what = {"library": "a library", "module": "a package", "path": "see its log", "what": "see its log"}
        what |= {"version": "this version", "python": python} | named
        return RepriseError(cause.code, cause.sentence.format(**what), cause.hint)
    if exit_code == 2 and last:  # the command line's own sentence for bad input
        return RepriseError("backend_failed", last.removeprefix("reprise: "), _PREFERENCES)
    by_code = _BY_EXIT_CODE.get(exit_code or 0) or _BY_WINDOWS_STATUS.get((exit_code or 0) & 0xFFFFFFFF)
    if by_code:
        return RepriseError(*by_code)
    if exit_code == -9:
        message = "The backend was ended from outside (signal 9), perhaps by the system for lack of memory."
        return RepriseError("backend_killed", message, "Close other programs and generate again.")
    what_happened = "stopped while starting" if starting else "stopped unexpectedly"
    reason = "it does not run any more" if exit_code is None else f"exit code {exit_code}"
    if exit_code is not None and -64 < exit_code < 0:
        reason = f"ended by signal {-exit_code}"
    said = f": {last[:200]}" if last and starting else ""
    return RepriseError("backend_failed", f"The backend {what_happened} ({reason}){said}.", _AGAIN)


def may_heal(error: RepriseError) -> bool:
    """Whether starting again may help where `error` ended it: what is missing or forbidden stays so."""
    causes = [cause for cause in CAUSES if cause.code == error.code]
    return all(cause.restart for cause in causes) if causes else error.code in ("backend_failed", "backend_killed")
