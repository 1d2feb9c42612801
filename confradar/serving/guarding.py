"""What holds for every request: limits before it is read, headers on every answer."""

from starlette.datastructures import MutableHeaders
from starlette.responses import JSONResponse
from starlette.types import ASGIApp, Message, Receive, Scope, Send

MAX_PATH = 1000  # bytes
MAX_QUERY = 8000

HEADERS = {
    "Cross-Origin-Opener-Policy": "same-origin",
    "Permissions-Policy": "camera=(), geolocation=(), microphone=()",
    "Referrer-Policy": "no-referrer",
    "X-Content-Type-Options": "nosniff",
    "X-Frame-Options": "DENY",
}
# What any page may read: it is public, and no cookie says who asks.
_OPEN = ("/api/", "/calendar", "/changes", "/files/")


class Guard:
    """Refuses addresses that no reader has, and sends the headers of all answers."""

    def __init__(self, app: ASGIApp) -> None:
        self._app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer a request, or hand it on."""
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return

        async def send_guarded(message: Message) -> None:
            if message["type"] == "http.response.start":
                headers = MutableHeaders(scope=message)
                for name, value in HEADERS.items():
                    headers.setdefault(name, value)
                is_open = scope["path"].startswith(_OPEN)
                headers.setdefault(
                    "Cross-Origin-Resource-Policy",
                    "cross-origin" if is_open else "same-origin",
                )
                if is_open:
                    headers.setdefault("Access-Control-Allow-Origin", "*")
                headers.setdefault("Content-Security-Policy", "default-src 'none'")
            await send(message)

        refusal = None
        if len(scope["raw_path"] or b"") > MAX_PATH:
            refusal = JSONResponse({"error": "there is no such page"}, 404)
        elif len(scope["query_string"]) > MAX_QUERY:
            line = f"query: longer than {MAX_QUERY} bytes"
            refusal = JSONResponse({"error": line, "parameter": "query"}, 422)
        if refusal is not None:
            await refusal(scope, receive, send_guarded)
            return
        await self._app(scope, receive, send_guarded)
