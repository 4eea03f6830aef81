"""A backend that plays a part: `python playing_backend.py PART serve --watch-stdin --port N`. Standard library only.

Each part is one way in which a real one has misbehaved (or behaved).
"""

import http.server
import json
import os
import signal
import sys
import threading
import time

PART = sys.argv[1]
NAME, _, VALUE = PART.partition("=")
PORT = int(sys.argv[sys.argv.index("--port") + 1])


class Handler(http.server.BaseHTTPRequestHandler):
    def do_GET(self):
        contract = int(VALUE) if NAME == "contract" else 1
        self.answer(200, {"status": "ok", "version": "0.0.1", "contract": contract})

    def do_POST(self):
        if NAME == "dies-in-a-job":
            say("torch.OutOfMemoryError: CUDA out of memory. Tried to allocate 2.00 GiB.")
            os._exit(1)
        self.answer(202, {"id": "1"})

    def answer(self, status, body):
        raw = json.dumps(body).encode()
        self.send_response(status)
        self.send_header("Content-Length", str(len(raw)))
        self.end_headers()
        self.wfile.write(raw)

    def log_message(self, *arguments):
        del arguments


def say(text):
    sys.stderr.write(f"{text}\n")
    sys.stderr.flush()


def until_stdin_ends():
    while sys.stdin.buffer.read(1024):
        pass
    os._exit(0)


def announce(port, **more):
    sys.stdout.write(
        json.dumps({"url": f"http://127.0.0.1:{port}", "token": "t" * 43, "pid": os.getpid(), **more}) + "\n"
    )
    sys.stdout.flush()


if NAME == "crash":  # says its last words and goes
    say(VALUE)
    sys.exit(1)
if NAME == "exit":
    sys.exit(int(VALUE))
if NAME == "silent":
    time.sleep(60)
if NAME == "closes-stdout":
    os.close(1)
    time.sleep(60)
if NAME == "garbage":
    os.write(
        1, b'\xff\xfe\x00 loading \x80\n[1, 2]\n{"progress": 1}\n{"url": 5, "token": null}\n' + b"x" * 300_000 + b"\n"
    )
if NAME == "slow":
    time.sleep(float(VALUE))
if NAME == "deaf":  # hears neither the end of its input nor a polite word
    signal.signal(signal.SIGTERM, signal.SIG_IGN)
elif "--watch-stdin" in sys.argv:
    threading.Thread(target=until_stdin_ends, daemon=True).start()
if NAME == "unreachable":  # what a firewall on loopback looks like from here
    announce(1)
    time.sleep(60)

server = http.server.ThreadingHTTPServer(("127.0.0.1", PORT), Handler)
announce(server.server_port)
if NAME == "crash-after":
    threading.Thread(
        target=lambda: (time.sleep(float(VALUE)), say("Segmentation fault"), os._exit(5)), daemon=True
    ).start()
server.serve_forever()
