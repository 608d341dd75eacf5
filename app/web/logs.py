"""Structured logs: one JSON object a line, with the id of the request or job that it belongs to."""

import logging
import re
import sys
import time
from uuid import uuid4

import structlog
from flask import Flask, Response, g, has_request_context, request
from structlog.typing import EventDict

from app.core import audit
from config import Settings

REQUEST_ID = re.compile(r"[A-Za-z0-9._-]{8,64}")
_DETAIL = re.compile(r"^DETAIL:.*?(?=^\[SQL: |^HINT:|^CONTEXT:|^\nThe above exception|\Z)", re.MULTILINE | re.DOTALL)
"""What PostgreSQL adds to an error: often the whole row, with addresses and digests."""


def configure_logs(settings: Settings) -> None:
    """Write logs to standard error, coloured lines in development and JSON elsewhere."""
    renderer = structlog.dev.ConsoleRenderer() if settings.development else structlog.processors.JSONRenderer()
    level = logging.getLevelNamesMapping().get(settings.log_level, logging.INFO)
    structlog.configure(
        processors=[
            structlog.contextvars.merge_contextvars,
            structlog.processors.add_log_level,
            structlog.processors.TimeStamper(fmt="iso", utc=True),
            structlog.processors.StackInfoRenderer(),
            structlog.processors.format_exc_info,
            _without_rows,
            _with_person,
            renderer,
        ],
        wrapper_class=structlog.make_filtering_bound_logger(level),
        logger_factory=structlog.WriteLoggerFactory(sys.stderr),
        cache_logger_on_first_use=False,
    )
    logging.basicConfig(level=max(level, logging.WARNING), stream=sys.stderr)


def _without_rows(_logger: object, _method: str, entry: EventDict) -> EventDict:
    """``entry`` without the rows that errors of the database quote."""
    return {
        name: _DETAIL.sub("DETAIL: left out\n", said) if isinstance(said, str) else said for name, said in entry.items()
    }


def _with_person(_logger: object, _method: str, entry: EventDict) -> EventDict:
    """``entry`` with the id of whoever is logged in, where that has been found out already."""
    if has_request_context() and (person := g.get("person_id")):
        entry.setdefault("user", person)
    return entry


def register_request_logs(app: Flask) -> None:
    """Give every request an id, tell it in the answer, and log slow and failed ones.

    A proxy that is trusted may give it, so that its own log and ours can be laid side by side; nobody else.
    """
    log = structlog.get_logger()
    trusts_proxy = app.config["SETTINGS"].trusted_proxies > 0

    @app.before_request
    def begin() -> None:
        given = request.headers.get("X-Request-ID", "") if trusts_proxy else ""
        request_id = given if REQUEST_ID.fullmatch(given) else uuid4().hex
        g.began = time.perf_counter()
        structlog.contextvars.clear_contextvars()
        structlog.contextvars.bind_contextvars(request_id=request_id)
        g.request_id = request_id
        audit.note_origin(request.remote_addr or "", request.user_agent.string)

    @app.teardown_request
    def leave(_error: BaseException | None) -> None:
        audit.forget_origin()

    @app.after_request
    def end(response: Response) -> Response:
        response.headers["X-Request-ID"] = g.get("request_id", "")
        milliseconds = round((time.perf_counter() - g.get("began", time.perf_counter())) * 1000, 1)
        note = log.info if response.status_code >= 500 or milliseconds > 1000 else log.debug
        route = str(request.url_rule or "")
        note("request", method=request.method, route=route, status=response.status_code, ms=milliseconds)
        return response
