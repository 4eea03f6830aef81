"""What real programs print as they die, word for word, and what a user is told of it."""

import pytest
from reprise_addon.bridge import failures
from reprise_addon.bridge.failures import CAUSES, explain, find_cause, may_heal

MESSAGES = [
    ("port_in_use", "Port 5000 on 127.0.0.1 is in use. Choose another with --port, or 0 for any free one."),
    ("port_in_use", "OSError: [Errno 98] Address already in use"),
    ("port_in_use", "OSError: [Errno 48] Address already in use"),
    ("port_in_use", "OSError: [WinError 10048] Only one usage of each socket address (protocol/network address/port) "
     "is normally permitted"),
    ("firewall", "PermissionError: [WinError 10013] An attempt was made to access a socket in a way forbidden by its "
     "access permissions"),
    ("firewall", "Port 80 on 127.0.0.1 is not allowed. Use a port above 1023."),
    ("old_gpu_driver", "RuntimeError: The NVIDIA driver on your system is too old (found version 11040). Please update "
     "your GPU driver by downloading and installing a new version"),
    ("old_gpu_driver", "RuntimeError: cuda runtime error (35) : CUDA driver version is insufficient for CUDA runtime "
     "version at ../aten/src/THC/THCGeneral.cpp:50"),
    ("no_gpu_driver", "RuntimeError: Found no NVIDIA driver on your system. Please check that you have an NVIDIA GPU"),
    ("no_gpu_driver", "AssertionError: Torch not compiled with CUDA enabled"),
    ("no_gpu_driver", "OSError: libcuda.so.1: cannot open shared object file: No such file or directory"),
    ("gpu_unsupported", "torch.AcceleratorError: CUDA error: no kernel image is available for execution on the device"),
    ("out_of_gpu_memory", "torch.OutOfMemoryError: CUDA out of memory. Tried to allocate 2.00 GiB. GPU 0 has a total "
     "capacity of 5.79 GiB of which 1.02 GiB is free."),
    ("out_of_gpu_memory", "RuntimeError: MPS backend out of memory (MPS allocated: 17.87 GB)"),
    ("out_of_memory", "RuntimeError: [enforce fail at alloc_cpu.cpp:118] err == 0. DefaultCPUAllocator: can't allocate "
     "memory: you tried to allocate 80000000000 bytes. Error code 12 (Cannot allocate memory)"),
    ("out_of_memory", "MemoryError"),
    ("out_of_memory", "numpy._core._exceptions._ArrayMemoryError: Unable to allocate 7.45 GiB for an array"),
    ("out_of_memory", "OSError: [WinError 1455] The paging file is too small for this operation to complete"),
    ("out_of_memory", "terminate called after throwing an instance of 'std::bad_alloc'"),
    ("disk_full", "OSError: [Errno 28] No space left on device: '/home/anna/.cache/x'"),
    ("disk_full", "sqlite3.OperationalError: database or disk is full"),
    ("old_system", "ImportError: /lib/x86_64-linux-gnu/libc.so.6: version `GLIBC_2.28' not found (required by "
     "/x/torch/lib/libtorch_cpu.so)"),
    ("missing_library", "ImportError: libcudart.so.13: cannot open shared object file: No such file or directory"),
    ("missing_library", "OSError: libgomp.so.1: cannot open shared object file: No such file or directory"),
    ("missing_library", "ImportError: dlopen(/x/_C.so, 0x0002): Library not loaded: @rpath/libomp.dylib"),
    ("missing_library", 'OSError: [WinError 126] The specified module could not be found. Error loading '
     r'"C:\x\torch\lib\c10.dll" or one of its dependencies.'),
    ("missing_library", "ImportError: DLL load failed while importing _C: The specified module could not be found."),
    ("antivirus", "OSError: [WinError 225] Operation did not complete successfully because the file contains a virus"),
    ("backend_missing", "/usr/bin/python3: No module named reprise"),
    ("broken_environment", "ModuleNotFoundError: No module named 'torch'"),
    ("broken_environment", "ModuleNotFoundError: No module named 'reprise.serving'"),
    ("broken_environment", "ModuleNotFoundError: No module named 'reprise_core'"),
    ("broken_environment", "ModuleNotFoundError: No module named 'encodings'"),
    ("broken_environment", "Fatal Python error: init_fs_encoding: failed to get the Python codec of the filesystem "
     "encoding"),
    ("broken_environment", r'No Python at "C:\Program Files\Blender Foundation\Blender 4.2\4.2\python\bin\python.exe"'),
    ("broken_environment", "ImportError: cannot import name 'Self' from 'typing_extensions'"),
    ("wrong_python", "ERROR: Package 'reprise' requires a different Python: 3.10.13 not in '<3.14,>=3.11'"),
    ("wrong_python", "SyntaxError: invalid syntax"),
    ("file_denied", "PermissionError: [Errno 13] Permission denied: '/x/remodiffuse-small.safetensors'"),
]  # fmt: skip


@pytest.mark.parametrize(("code", "line"), MESSAGES)
def test_a_real_message_becomes_a_sentence_and_a_remedy(code, line):
    noise = ["2026-01-01 INFO reprise: starting", "Traceback (most recent call last):", '  File "x.py", line 1']
    error = explain([*noise, line, ""], 1, starting=True, python="/opt/python")
    assert error.code == code
    assert error.hint.endswith(".") and error.message.endswith((".", ")."))
    assert "{" not in error.message and "Traceback" not in error.message


def test_what_is_missing_is_named():
    assert "libcudart.so.13" in explain([MESSAGES[22][1]], 1, starting=True).message
    assert "'torch'" in explain(["ModuleNotFoundError: No module named 'torch'"], 1, starting=True).message
    assert "c10.dll" in explain([MESSAGES[25][1]], 1, starting=True).message
    assert "GLIBC_2.28" in explain([MESSAGES[21][1]], 1, starting=True).message
    assert "3.10.13" in explain(["requires a different Python: 3.10.13 not in"], 1, starting=True).message
    assert "/opt/python" in explain(["x: No module named reprise"], 1, starting=True, python="/opt/python").message


def test_every_cause_in_the_table_is_tried_by_a_real_message():
    found = {find_cause([line])[0].pattern for _, line in MESSAGES}
    assert found == {cause.pattern for cause in CAUSES}


def test_the_last_cause_counts_not_an_early_warning():
    lines = ["UserWarning: Found no NVIDIA driver on your system", "working", "MemoryError"]
    assert explain(lines, 1, starting=False).code == "out_of_memory"


@pytest.mark.parametrize(
    ("exit_code", "words"),
    [(-9, "signal 9"), (-11, "signal 11"), (-4, "processor"), (0xC0000005, "signal 11"), (0xC0000135, "library"),
     (-1073741515, "library"), (-15, "signal 15"), (7, "exit code 7"), (None, "does not run")],
)  # fmt: skip
def test_without_a_known_line_the_exit_code_speaks(exit_code, words):
    """Windows' codes come as unsigned from some Pythons and as signed from others."""
    assert words in explain(["loading the model"], exit_code, starting=False).message


def test_the_command_lines_own_sentence_is_passed_on():
    assert explain(["There is no device 'xpu'."], 2, starting=True).message == "There is no device 'xpu'."


def test_only_what_may_pass_is_tried_again():
    assert may_heal(explain(["MemoryError"], 1, starting=False))
    assert may_heal(explain([], -11, starting=False))
    assert may_heal(explain([], -9, starting=False))
    assert not may_heal(explain(["ModuleNotFoundError: No module named 'torch'"], 1, starting=True))
    assert not may_heal(explain(["OSError: [Errno 98] Address already in use"], 1, starting=True))


def test_what_repair_is_offered_for_is_in_the_table():
    assert {cause.code for cause in CAUSES}.issuperset(failures.REPAIRABLE)
