"""The bearer token: asked for on every path, so that a stranger learns nothing, not even which paths exist."""

from __future__ import annotations

import hmac

from starlette.requests import HTTPConnection
from starlette.types import ASGIApp, Receive, Scope, Send

from reprise_core.errors import RepriseError

from .answers import error_answer


class BearerAuth:
    """ASGI middleware that lets only requests with `Authorization: Bearer TOKEN` through."""

    def __init__(self, app: ASGIApp, token: str) -> None:
        self._app = app
        self._expected = token.encode()

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] == "http" and not self._is_allowed(HTTPConnection(scope)):
            error = RepriseError(
                "unauthorized", "The token is missing or wrong.", "Send 'Authorization: Bearer TOKEN'."
            )
            await error_answer(error)(scope, receive, send)
            return
        await self._app(scope, receive, send)

    def _is_allowed(self, connection: HTTPConnection) -> bool:
        scheme, _, token = connection.headers.get("authorization", "").partition(" ")
        # Compared as bytes in constant time: neither content nor timing tells how much of a guess was right.
        return hmac.compare_digest(token.strip().encode("latin-1"), self._expected) and scheme.lower() == "bearer"
