"""The tunnel of docs/security.md leads to the port at which the server there listens, in the words of ssh itself."""

from __future__ import annotations

import re
import shutil
import subprocess

import pytest
from blocks import elsewhere


def test_the_tunnel_leads_from_this_machines_port_to_the_servers() -> None:
    """`ssh -G` reads the page's words and prints what it would do, without a connection."""
    here = "tests/docs/test_forwarding.py::test_the_tunnel_leads_from_this_machines_port_to_the_servers"
    (block,) = elsewhere(here, "security.md")
    ((program, *words),) = block.commands
    (port,) = re.findall(r"# there: .*reprise serve --port (\d+)", block.text)
    assert words[words.index("-L") + 1].split(":") == [port, "127.0.0.1", port]
    if shutil.which(program) is None:
        pytest.skip("there is no ssh to ask how it understands the command; its ports have been compared")
    asked = subprocess.run([program, "-G", "-F", "none", *words], capture_output=True, text=True, check=False)
    assert asked.returncode == 0, asked.stderr
    understood = set(asked.stdout.splitlines())
    assert {f"localforward {port} [127.0.0.1]:{port}", "hostname workstation", "sessiontype none"} <= understood
    assert not any(line.startswith(("remoteforward", "dynamicforward")) for line in understood)
