"""Leaks planted in programs that use real frameworks are found, and the clean versions raise no alarm."""

from __future__ import annotations

import io
import logging
from typing import TYPE_CHECKING, Any, NamedTuple

import flask
import pytest
import sqlalchemy
import starlette.applications
import starlette.responses
import starlette.routing
import starlette.testclient
import structlog
from leaks_world import CARD, NAME, POLICY, Delivery, Payment, shopper_of

from obq_privacy.testing import NoLeaks, guard_for_tests

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from pathlib import Path

    from obq_privacy import Personal, Sensitive


class Order(NamedTuple):
    """What the applications below hold of an order; and the tests, which know what they have put in."""

    name: Personal[str, Delivery | Payment]
    card: Sensitive[str, Payment]

    def pay(self) -> str:
        """Take the plain number of the card, as a payment does."""
        return self.card.reveal(Payment)

    def label(self) -> str:
        """Take the plain name, as a label of a parcel does."""
        return self.name.reveal(Delivery)


@pytest.fixture
def no_leaks() -> Iterator[NoLeaks]:
    """What watches, without the plugin."""
    with NoLeaks() as watch:
        yield watch


@pytest.fixture
def order(no_leaks: NoLeaks) -> Iterator[Order]:
    """An order with two canaries."""
    with guard_for_tests(POLICY) as guard:
        shopper = shopper_of(guard)
        yield Order(shopper.collect(NAME, no_leaks.canary(NAME)), shopper.collect(CARD, no_leaks.canary(CARD)))


def found(no_leaks: NoLeaks) -> list[tuple[str, str, str, str]]:
    """Give everything that is found."""
    return [(leak.item, leak.channel, leak.place, leak.encoding) for leak in no_leaks.found()]


# ── Flask ─────────────────────────────────────────────────────────────────────────────────────────────────


def flask_app(order: Order) -> flask.Flask:
    """An application with clean and with leaking answers."""
    app = flask.Flask("shop")
    app.add_url_rule("/clean", "clean", lambda: {"number": "881", "card": order.pay()[-4:]})
    app.add_url_rule("/json", "json", lambda: {"name": order.label()})
    app.add_url_rule("/page", "page", lambda: flask.render_template_string("<p>{{ name }}", name=order.label()))
    app.add_url_rule("/stream", "stream", lambda: flask.Response(iter(order.label())))
    app.add_url_rule("/header", "header", lambda: ("", {"X-Payer": order.pay().encode().hex()}))
    app.add_url_rule("/fails", "fails", lambda: _refused(order.pay()))
    app.testing = True
    return app


def _refused(card: str) -> str:
    raise ValueError(f"the bank refuses {card}")


ANSWERS = {
    "/json": ("consignee-name", "http", "GET /json, body", "plain"),
    "/page": ("consignee-name", "http", "GET /page, body", "plain"),
    "/stream": ("consignee-name", "http", "GET /stream, body", "plain"),
    "/header": ("bank-card", "http", "GET /header, header X-Payer", "hex"),
}


@pytest.mark.parametrize("path", ANSWERS)
def test_flask_answers_are_searched_without_being_asked(path: str, order: Order, no_leaks: NoLeaks) -> None:
    """Flask itself tells of them, by its signal."""
    flask_app(order).test_client().get(path).get_data()
    assert found(no_leaks) == [ANSWERS[path]]


def test_clean_flask_answers_raise_no_alarm(order: Order, no_leaks: NoLeaks) -> None:
    """Also wrapped; and answers that are meant, as to the person about her own name."""
    app = flask_app(order)
    assert app.test_client().get("/clean").json == {"number": "881", "card": order.pay()[-4:]}
    assert found(no_leaks) == []
    no_leaks.expected(NAME, in_="http", at="GET /page*")
    assert order.label() in app.test_client().get("/page").text
    assert found(no_leaks) == []


def test_a_wsgi_application_is_searched_once_it_is_wrapped(order: Order, no_leaks: NoLeaks) -> None:
    """Its answers pass through, and what it raises is searched with the locals of its frames."""
    app = flask_app(order)
    app.wsgi_app = no_leaks.wsgi(app.wsgi_app)  # type: ignore[assignment,method-assign]
    with pytest.raises(ValueError, match="the bank refuses"):
        app.test_client().get("/fails")
    places = [place for item, channel, place, _ in found(no_leaks) if (item, channel) == ("bank-card", "exception")]
    assert any("GET /fails, ValueError raised at" in place for place in places)
    assert any("local card of _refused" in place for place in places)
    app.test_client().get("/stream").get_data()
    assert any(place == "GET /stream, body" for _, _, place, _ in found(no_leaks))


# ── Starlette ─────────────────────────────────────────────────────────────────────────────────────────────


def starlette_app(order: Order) -> starlette.applications.Starlette:
    """An application with clean and with leaking answers."""

    async def told(websocket: Any) -> None:
        await websocket.accept()
        await websocket.send_text(order.label())
        await websocket.close()

    async def clean(_: object) -> Any:
        return starlette.responses.JSONResponse({"card": order.pay()[-4:]}, background=None)

    async def leaking(_: object) -> Any:
        return starlette.responses.JSONResponse({"name": order.label()}, headers={"X-Payer": order.pay()})

    async def streaming(_: object) -> Any:
        async def parts() -> Any:
            for character in order.label():
                yield character

        return starlette.responses.StreamingResponse(parts())

    async def fails(_: object) -> Any:
        return starlette.responses.PlainTextResponse(_refused(order.pay()))

    paths: dict[str, Any] = {"/clean": clean, "/json": leaking, "/stream": streaming, "/fails": fails}
    routes: list[Any] = [starlette.routing.Route(path, does) for path, does in paths.items()]
    return starlette.applications.Starlette(routes=[*routes, starlette.routing.WebSocketRoute("/told", told)])


def test_an_asgi_application_is_searched_once_it_is_wrapped(order: Order, no_leaks: NoLeaks) -> None:
    """Bodies, headers, streams, sockets, and what it raises."""
    client = starlette.testclient.TestClient(no_leaks.asgi(starlette_app(order)))
    assert client.get("/clean").json() == {"card": order.pay()[-4:]}
    assert found(no_leaks) == []
    assert client.get("/json").json() == {"name": order.label()}
    assert client.get("/stream").text == order.label()
    with client.websocket_connect("/told") as socket:
        assert socket.receive_text() == order.label()
    assert sorted(place for _, _, place, _ in found(no_leaks)) == [
        "GET /json, body",
        "GET /json, header x-payer",
        "GET /stream, body",
        "websocket /told, body",
    ]
    with pytest.raises(ValueError, match="the bank refuses"):
        client.get("/fails")
    assert any("GET /fails, ValueError raised at" in place for _, channel, place, _ in found(no_leaks))


# ── Structured logs ───────────────────────────────────────────────────────────────────────────────────────


@pytest.fixture
def configured() -> Iterator[Callable[..., Any]]:
    """Configure structlog, and put it back."""
    yield structlog.configure
    structlog.reset_defaults()


def test_structlog_on_the_standard_output_is_searched(
    order: Order, no_leaks: NoLeaks, configured: Callable[..., Any]
) -> None:
    """As JSON and by its console, clean and with a value."""
    for renderer in (structlog.processors.JSONRenderer(), structlog.dev.ConsoleRenderer(colors=False)):
        configured(processors=[structlog.processors.add_log_level, renderer])
        structlog.get_logger().info("paid", card=order.card, last=order.pay()[-4:])
        assert found(no_leaks) == []
    structlog.get_logger().info("paid", card=order.pay())
    ((item, channel, place, _),) = found(no_leaks)
    assert (item, channel) == ("bank-card", "stdout")
    assert place.startswith("tests/testing/test_leaks_frameworks.py:")


def test_structlog_through_logging_is_searched(order: Order, no_leaks: NoLeaks, configured: Callable[..., Any]) -> None:
    """The event is a dictionary until a handler renders it."""
    configured(
        processors=[structlog.stdlib.ProcessorFormatter.wrap_for_formatter],
        logger_factory=structlog.stdlib.LoggerFactory(),
        wrapper_class=structlog.stdlib.BoundLogger,
    )
    log = structlog.get_logger("shop.pay")
    log.warning("paid", card=order.card)
    assert found(no_leaks) == []
    log.warning("paid", card=order.pay())
    ((item, channel, place, _),) = found(no_leaks)
    assert (item, channel) == ("bank-card", "log")
    assert "logger 'shop.pay'" in place


# ── SQLAlchemy ────────────────────────────────────────────────────────────────────────────────────────────


@pytest.mark.parametrize("hidden", [True, False])
def test_what_sqlalchemy_echoes_and_stores_is_searched(
    order: Order, no_leaks: NoLeaks, tmp_path: Path, *, hidden: bool
) -> None:
    """Its echo shows parameters unless told not to; the table holds what it was given."""
    no_leaks.folder(tmp_path)
    engine = sqlalchemy.create_engine(f"sqlite:///{tmp_path / 'shop.db'}", echo=True, hide_parameters=hidden)
    columns = sqlalchemy.Column("token", sqlalchemy.LargeBinary), sqlalchemy.Column("card", sqlalchemy.String)
    table = sqlalchemy.Table("orders", sqlalchemy.MetaData(), *columns)
    table.create(engine)
    with engine.begin() as connection:
        connection.execute(table.insert(), {"token": order.card.seal(record="881")})
    assert found(no_leaks) == []
    with engine.begin() as connection:
        connection.execute(table.insert(), {"card": order.pay()})
    engine.dispose()
    channels = {channel for _, channel, _, _ in found(no_leaks)}
    assert channels == ({"sqlite"} if hidden else {"sqlite", "log", "stdout"})
    assert ("bank-card", "sqlite", "shop.db, orders.card", "plain") in found(no_leaks)


def test_an_error_of_sqlalchemy_is_searched(order: Order, no_leaks: NoLeaks) -> None:
    """It quotes the parameters."""
    engine = sqlalchemy.create_engine("sqlite://")
    with pytest.raises(sqlalchemy.exc.OperationalError) as caught, engine.connect() as connection:
        connection.execute(sqlalchemy.text("select * from nowhere where card = :card"), {"card": order.pay()})
    engine.dispose()
    no_leaks.look("exception", caught.value)
    assert {(item, channel) for item, channel, _, _ in found(no_leaks)} == {("bank-card", "exception")}


def test_a_handler_of_standard_logging_is_searched_where_it_writes(
    order: Order, no_leaks: NoLeaks, tmp_path: Path
) -> None:
    """A file below tmp_path, although the record itself was clean when it was made."""
    no_leaks.folder(tmp_path)

    class Adding(logging.Formatter):
        def format(self, record: logging.LogRecord) -> str:
            return f"{super().format(record)} {order.label()}"

    logger = logging.Logger("shop")
    for handler in (logging.FileHandler(tmp_path / "shop.log"), logging.StreamHandler(io.StringIO())):
        logger.addHandler(handler)
    logger.handlers[0].setFormatter(Adding())
    logger.warning("clean")
    logger.handlers[0].close()
    assert found(no_leaks) == [("consignee-name", "file", "shop.log:1", "plain")]
