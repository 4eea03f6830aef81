"""Who may speak to the service: nobody without the token, and no web page even with it."""

from __future__ import annotations

import hmac
import ipaddress
from urllib.parse import urlsplit

from starlette.requests import HTTPConnection
from starlette.types import ASGIApp, Receive, Scope, Send

from reprise_core.errors import RepriseError

from .answers import error_answer


class Gate:
    """ASGI middleware that lets only requests of our own clients through, and tells strangers nothing.

    - `Origin` is what browsers send with whatever a page could profit from; our clients never do. So is a preflight.
    - `Host` must be an address, `localhost` or the name that the service was started with: a foreign name that was made
      to resolve to this machine (DNS rebinding) is refused. Addresses need no list, as no one can rebind them.
    - `Authorization: Bearer TOKEN` is asked for on every path, so that not even which paths exist can be learnt.
    """

    def __init__(self, app: ASGIApp, token: str, host: str) -> None:
        self._app, self._token, self._host = app, token.encode(), host.lower()

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        refusal = self._refusal(HTTPConnection(scope)) if scope["type"] == "http" else None
        if refusal is not None:
            await error_answer(refusal)(scope, receive, send)
        else:
            await self._app(scope, receive, send)

    def _refusal(self, connection: HTTPConnection) -> RepriseError | None:
        headers = connection.headers
        if "origin" in headers:
            return RepriseError("foreign_origin", "Web pages are not served.", "Use a program that is no browser.")
        if not self._is_ours(headers.get("host", "")):
            return RepriseError("foreign_host", "The Host header names another machine.", "Use the address as printed.")
        scheme, _, token = headers.get("authorization", "").partition(" ")
        # Compared as bytes in constant time: neither content nor timing tells how much of a guess was right.
        if hmac.compare_digest(token.strip().encode("latin-1"), self._token) and scheme.lower() == "bearer":
            return None
        return RepriseError("unauthorized", "The token is missing or wrong.", "Send 'Authorization: Bearer TOKEN'.")

    def _is_ours(self, host: str) -> bool:
        try:
            name = urlsplit(f"//{host}").hostname or ""
        except ValueError:
            return False
        return name in ("localhost", self._host) or _is_address(name)


def _is_address(name: str) -> bool:
    try:
        ipaddress.ip_address(name)
    except ValueError:
        return False
    return True
