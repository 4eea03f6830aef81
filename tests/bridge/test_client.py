"""What every call of the add-on carries."""

import re
import subprocess
import sys
import threading
from http.server import BaseHTTPRequestHandler, HTTPServer
from pathlib import Path

from reprise_addon.bridge.client import NAME, Client

ADDON = Path(__file__).resolve().parents[2] / "addon"


def test_each_process_names_itself_on_every_call_and_the_token_is_in_no_address():
    seen = []

    class Answer(BaseHTTPRequestHandler):
        def do_GET(self):
            seen.append((self.path, dict(self.headers)))
            self.send_response(200)
            self.end_headers()
            self.wfile.write(b"{}")

        def log_message(self, *arguments):
            pass

    with HTTPServer(("127.0.0.1", 0), Answer) as server:
        threading.Thread(target=server.serve_forever, daemon=True).start()
        client = Client(f"http://127.0.0.1:{server.server_port}", "secret")
        client.health(), client.capabilities()
        server.shutdown()
    assert [headers["Reprise-Client"] for _, headers in seen] == [NAME, NAME]
    assert all("secret" not in path and headers["Authorization"] == "Bearer secret" for path, headers in seen)
    assert re.fullmatch(r"[A-Za-z0-9._-]{1,64}", NAME)  # what the service takes


def test_two_processes_have_two_names():
    code = (
        f"import sys, types; package = types.ModuleType('a'); package.__path__ = [{str(ADDON)!r}]\n"
        "sys.modules['a'] = package\nfrom a.bridge.client import NAME; print(NAME)"
    )
    names = {
        subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True).stdout for _ in "ab"
    }
    assert len(names) == 2
