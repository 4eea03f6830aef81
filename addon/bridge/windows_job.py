"""Windows' own way to let no child outlive its parent: a job object that is killed with its last handle.

Windows closes a process's handles however the process ends, so the child dies with Blender even after a crash. Tested
with a stand-in for the system's library only, not on Windows.
"""

from __future__ import annotations

import ctypes
import subprocess
from typing import Any, cast

_KILL_ON_JOB_CLOSE = 0x2000
_EXTENDED_LIMIT_INFORMATION = 9  # JOBOBJECTINFOCLASS


class _BasicLimits(ctypes.Structure):  # JOBOBJECT_BASIC_LIMIT_INFORMATION
    _fields_ = (
        ("PerProcessUserTimeLimit", ctypes.c_int64),
        ("PerJobUserTimeLimit", ctypes.c_int64),
        ("LimitFlags", ctypes.c_uint32),
        ("MinimumWorkingSetSize", ctypes.c_size_t),
        ("MaximumWorkingSetSize", ctypes.c_size_t),
        ("ActiveProcessLimit", ctypes.c_uint32),
        ("Affinity", ctypes.c_size_t),
        ("PriorityClass", ctypes.c_uint32),
        ("SchedulingClass", ctypes.c_uint32),
    )


class ExtendedLimits(ctypes.Structure):  # JOBOBJECT_EXTENDED_LIMIT_INFORMATION
    _fields_ = (
        ("BasicLimitInformation", _BasicLimits),
        ("IoInfo", ctypes.c_uint64 * 6),
        ("ProcessMemoryLimit", ctypes.c_size_t),
        ("JobMemoryLimit", ctypes.c_size_t),
        ("PeakProcessMemoryUsed", ctypes.c_size_t),
        ("PeakJobMemoryUsed", ctypes.c_size_t),
    )


class Job:
    """A job object that holds one process; closing it kills whatever of it still runs."""

    def __init__(self, kernel32: Any, handle: int) -> None:
        self._kernel32, self._handle = kernel32, handle

    def close(self) -> None:
        """Safe to call twice."""
        handle, self._handle = self._handle, 0
        if handle:
            self._kernel32.CloseHandle(ctypes.c_void_p(handle))


def tie(process: subprocess.Popen[bytes], kernel32: Any = None) -> Job | None:
    """Puts `process` into a job object of its own; None where Windows refuses: the other nets must do then."""
    library = kernel32 or cast(Any, ctypes).WinDLL("kernel32", use_last_error=True)
    library.CreateJobObjectW.restype = ctypes.c_void_p
    handle = library.CreateJobObjectW(None, None)
    if not handle:
        return None
    job = Job(library, handle)
    limits = ExtendedLimits()
    limits.BasicLimitInformation.LimitFlags = _KILL_ON_JOB_CLOSE
    job_handle = ctypes.c_void_p(handle)
    process_handle = ctypes.c_void_p(int(cast(Any, process)._handle))
    if library.SetInformationJobObject(
        job_handle, _EXTENDED_LIMIT_INFORMATION, ctypes.byref(limits), ctypes.sizeof(limits)
    ) and library.AssignProcessToJobObject(job_handle, process_handle):
        return job
    job.close()
    return None
