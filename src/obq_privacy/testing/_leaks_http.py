"""What an application answers over HTTP: wrappers of WSGI and ASGI applications, and what Flask announces."""

from __future__ import annotations

import sys
from typing import TYPE_CHECKING, Any, cast

from obq_privacy.testing._leaks_errors import said_of
from obq_privacy.testing._leaks_output import Said

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable, Iterable, Iterator, MutableMapping
    from wsgiref.types import StartResponse, WSGIApplication, WSGIEnvironment

    Scope = MutableMapping[str, Any]
    Receive = Callable[[], Awaitable[MutableMapping[str, Any]]]
    Send = Callable[[MutableMapping[str, Any]], Awaitable[None]]
    ASGIApplication = Callable[[Scope, Receive, Send], Awaitable[None]]


class Answers:
    """Answers that were given. It passes on everything as it is."""

    def __init__(self) -> None:
        self._said: list[Said] = []
        self._bodies: list[tuple[str, bytearray]] = []
        self._signal: Any = None

    def start(self) -> None:
        """Ask Flask, if it is in use, to tell of every answer."""
        flask: Any = sys.modules.get("flask")
        if flask is not None:
            self._signal = flask.request_finished
            self._signal.connect(self._flask)

    def stop(self) -> None:
        """Ask for nothing more."""
        if self._signal is not None:
            self._signal.disconnect(self._flask)
            self._signal = None

    def said(self) -> Iterator[Said]:
        """Give status, headers and bodies."""
        yield from list(self._said)
        for place, body in list(self._bodies):
            yield Said("http", f"{place}, body", bytes(body))

    def _body(self, place: str) -> bytearray:
        body = bytearray()
        self._bodies.append((place, body))
        return body

    def _head(self, place: str, status: str, headers: Iterable[tuple[str, str]]) -> None:
        self._said.append(Said("http", f"{place}, status", status))
        self._said += [Said("http", f"{place}, header {name}", f"{name}: {value}") for name, value in headers]

    def _raised(self, place: str, error: Exception) -> None:
        self._said += [Said("exception", f"{place}, {said.place}", said.thing) for said in said_of(error, own=__file__)]

    def _flask(self, _: object, response: Any, **__: object) -> None:
        flask: Any = sys.modules["flask"]

        place = f"{flask.request.method} {flask.request.path}"
        self._head(place, response.status, response.headers)
        body = self._body(place)

        def passing(parts: Iterable[Any]) -> Iterator[Any]:
            for part in parts:
                body.extend(part if isinstance(part, bytes) else str(part).encode())
                yield part

        if response.is_streamed:
            response.response = passing(response.response)
        else:
            body.extend(response.get_data())

    # ── WSGI ──────────────────────────────────────────────────────────────────────────────────────────────

    def wsgi(self, app: WSGIApplication) -> WSGIApplication:
        """Wrap a WSGI application."""

        def watched(environ: WSGIEnvironment, start_response: StartResponse) -> Iterable[bytes]:
            place = f"{environ.get('REQUEST_METHOD', '')} {environ.get('PATH_INFO', '')}"

            def start(status: str, headers: list[tuple[str, str]], *error: Any) -> Callable[[bytes], object]:
                self._head(place, status, headers)
                return start_response(status, headers, *error)

            try:
                return _Parts(app(environ, cast("StartResponse", start)), self._body(place))
            except Exception as error:
                self._raised(place, error)
                raise

        return watched

    # ── ASGI ──────────────────────────────────────────────────────────────────────────────────────────────

    def asgi(self, app: ASGIApplication) -> ASGIApplication:
        """Wrap an ASGI application."""

        async def watched(scope: Scope, receive: Receive, send: Send) -> None:
            place = f"{scope.get('method', scope.get('type', ''))} {scope.get('path', '')}".strip()
            body = self._body(place)

            async def sending(message: MutableMapping[str, Any]) -> None:
                pairs = [(_text(name), _text(value)) for name, value in message.get("headers", ())]
                self._head(place, str(message.get("reason", "")), pairs)
                for part in (message.get("body"), message.get("bytes"), message.get("text")):
                    body.extend(part.encode() if isinstance(part, str) else part or b"")
                await send(message)

            try:
                await app(scope, receive, sending)
            except Exception as error:
                self._raised(place, error)
                raise

        return watched


def _text(data: bytes) -> str:
    return data.decode("latin-1")


class _Parts:
    """The parts of a WSGI answer, remembered while they pass."""

    def __init__(self, parts: Iterable[bytes], into: bytearray) -> None:
        self._parts = parts
        self._into = into

    def __iter__(self) -> Iterator[bytes]:
        for part in self._parts:
            self._into.extend(part)
            yield part

    def close(self) -> None:
        """Close what the application gave, as servers must."""
        close: Any = getattr(self._parts, "close", None)
        if close is not None:
            close()
