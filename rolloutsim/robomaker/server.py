"""The server over HTTP: starlette and uvicorn around `rolloutsim.robomaker.protocol` and `rolloutsim.robomaker.control`."""

from __future__ import annotations

import socket
import sys
import traceback
from collections.abc import Callable
from typing import TYPE_CHECKING, Any
from urllib.parse import urlsplit

from rolloutsim.errors import UsageError
from rolloutsim.robomaker.control import Control
from rolloutsim.robomaker.operations import Operation
from rolloutsim.robomaker.protocol import MOST_BYTES, HttpError, HttpRequest, HttpResponse, answer, refusal
from rolloutsim.robomaker.server_clock import ServerClock
from rolloutsim.robomaker.service import Service

if TYPE_CHECKING:
    from starlette.requests import Request
    from starlette.types import ASGIApp, Receive, Scope, Send

__all__ = ["Server", "listen"]

_LOOPBACK = ("127.0.0.1", "localhost", "::1")


class Server:
    """Answers requests over HTTP.

    Parameters
    ----------
    service, clock
        What is served.
    public
        A name beside those of loopback that requests may be for.
    """

    def __init__(self, service: Service, clock: ServerClock, public: str | None = None) -> None:
        self._service, self._clock = service, clock
        self._control = Control(service, clock)
        self._hosts = {*_LOOPBACK, *([public.lower()] if public else [])}

    def answer(self, request: HttpRequest) -> HttpResponse:
        """Answer a request; a fault of the program is an answer too, and is printed."""
        try:
            self._check_host(request)
            if request.path.startswith("/-/"):
                return self._control.answer(request)
            return answer(request, self._call)
        except HttpError as error:
            return refusal(error)
        except Exception:
            traceback.print_exc(file=sys.stderr)
            return refusal(HttpError(500, "InternalFailure", "this is a fault of the program: please report what the server prints"))

    def _call(self, operation: Operation, members: Any) -> Any:
        with self._service.lock:
            return self._service.call(operation, members, self._clock.now())

    def _check_host(self, request: HttpRequest) -> None:
        """Refuse requests for other names, and those that pages of others send: no page of the Web may use a server on loopback."""
        host = request.headers.get("host", "")
        if _name_of(host) not in self._hosts:
            raise HttpError(403, "AccessDeniedException", "this server answers requests for 127.0.0.1 and localhost only: see --public")
        if request.headers.get("origin", f"http://{host}") != f"http://{host}":
            raise HttpError(403, "AccessDeniedException", "this server does not answer pages of other origins")

    def application(self) -> ASGIApp:
        """Return the application for an ASGI server."""
        from starlette.requests import Request
        from starlette.responses import Response

        async def application(scope: Scope, receive: Receive, send: Send) -> None:
            if scope["type"] != "http":
                return
            request = Request(scope, receive)
            try:
                found = self.answer(await _read(request))
            except HttpError as error:
                found = refusal(error)
            await Response(found.body, found.status, found.headers)(scope, receive, send)

        return application

    def run(self, listening: socket.socket, started: Callable[[str], None]) -> None:
        """Serve until the process is interrupted.

        Parameters
        ----------
        listening
            From `listen`.
        started
            Called with the address before the first request is answered.
        """
        import uvicorn

        config = uvicorn.Config(self.application(), log_level="warning", lifespan="off", access_log=False, server_header=False)
        started(f"127.0.0.1:{listening.getsockname()[1]}")
        uvicorn.Server(config).run(sockets=[listening])


def listen(port: int, public: str | None = None) -> socket.socket:
    """Return a socket that listens on loopback, with a public name on all addresses; port 0 is any that is free.

    Raises
    ------
    UsageError
        If the port cannot be used.
    """
    # With the protocol named, asyncio sends small packets at once: otherwise each response waits 40 ms for an acknowledgement.
    listening = socket.socket(socket.AF_INET, socket.SOCK_STREAM, socket.IPPROTO_TCP)
    listening.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
    try:
        listening.bind(("0.0.0.0" if public else "127.0.0.1", port))
        listening.listen(128)
    except OSError as error:
        listening.close()
        raise UsageError(f"port {port} cannot be used ({error.strerror}): choose another, or 0 for one that is free") from None
    return listening


def _name_of(host: str) -> str | None:
    """Return the name in a header ``Host``, None if there is none."""
    try:
        return urlsplit(f"//{host}").hostname
    except ValueError:
        return None


async def _read(request: Request) -> HttpRequest:
    """Read a request, up to the largest body."""
    body = bytearray()
    async for part in request.stream():
        body += part
        if len(body) > MOST_BYTES:
            raise HttpError(413, "RequestEntityTooLargeException", f"a body has at most {MOST_BYTES:,} bytes")
    raw = request.scope.get("raw_path") or request.scope["path"].encode()
    headers = {key.decode("latin-1").lower(): value.decode("latin-1") for key, value in request.headers.raw}
    return HttpRequest(request.method, raw.decode("latin-1"), request.url.query, headers, bytes(body))
