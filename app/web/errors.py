"""Every error becomes a page in the product's voice, or one JSON sentence for a script that asked for JSON."""

import errno

import structlog
from flask import Flask, Response, current_app, jsonify, make_response, render_template, request
from flask_limiter import RateLimitExceeded
from flask_wtf.csrf import CSRFError
from psycopg.errors import DeadlockDetected, DiskFull, ForeignKeyViolation, UniqueViolation
from redis import RedisError
from sqlalchemy.exc import DataError, IntegrityError, OperationalError
from werkzeug.exceptions import HTTPException

from app.core import refusals
from app.core.errors import DomainError
from app.core.refusals import Refusal
from app.extensions import db
from app.web.hx import wants_fragment

log = structlog.get_logger()

PAGES = {400, 401, 403, 404, 409, 410, 413, 422, 429, 500, 503}
SENTENCES = {
    400: "We could not read that request.",
    401: "Log in first, then try again.",
    403: "You may not do that.",
    404: "There is nothing at this address.",
    405: "This address does not take that kind of request.",
    409: "Something changed in the meantime. Look again, then repeat it.",
    410: "This was here, and is not any more.",
    413: "That is larger than you may send.",
    422: "Some of that cannot be right. Look at it once more.",
    429: "That was a lot in a short time. Wait a few minutes, then go on.",
    500: "Something broke on our side. It has been noted.",
    503: "A part of this place is taking a break. Please try again in a minute.",
    507: "There is no room left here at the moment.",
}


def wants_json() -> bool:
    """Whether the asker is a script of ours: it sends or accepts JSON and no HTML."""
    return (
        request.is_json or request.accept_mimetypes.best_match(["text/html", "application/json"]) == "application/json"
    )


def error_response(status: int, sentence: str | None = None) -> Response:
    """The answer for ``status``: a page with its own template where there is one, else that of its class."""
    sentence = sentence or SENTENCES.get(status, SENTENCES[500 if status >= 500 else 400])
    if wants_json():
        response = jsonify(error=sentence)
    elif request.method != "GET" and wants_fragment():
        # What was refused leaves the part of the page as it is; why, a toast says.
        response = make_response(render_template("errors/_toast.html", sentence=sentence))
        response.headers.update({"HX-Retarget": "#toasts", "HX-Reswap": "beforeend", "HX-Reselect": ".toast"})
    else:
        page = status if status in PAGES else (503 if status == 507 else 500 if status >= 500 else 400)
        response = make_response(_page(page, sentence=sentence, status=status))
    response.status_code = status
    response.headers["Cache-Control"] = "no-store"
    if request.method != "GET":
        response.headers["HX-Push-Url"] = "false"
    return response


def _page(page: int, *, sentence: str, status: int) -> str:
    """The page ``page``. Those of the server's own faults are drawn without asking who is looking.

    Flask would add ``current_user``, which asks the database, which may be what is away.
    """
    name = f"errors/{page}.html"
    if page < 500:
        return render_template(name, sentence=sentence, status=status)
    return current_app.jinja_env.get_template(name).render(sentence=sentence, status=status)


def register_error_pages(app: Flask) -> None:  # noqa: C901 - a list of small handlers
    """Hang the pages on ``app``."""

    @app.errorhandler(DomainError)
    def domain_error(error: DomainError) -> Response:
        db.session.rollback()
        if error.status == 403:
            refusals.tell(Refusal.ACT, "act_refused", route=str(request.url_rule or ""), reason=type(error).__name__)
        return error_response(error.status, error.sentence)

    @app.errorhandler(CSRFError)
    def csrf_error(error: CSRFError) -> Response:
        refusals.tell(Refusal.FORM, "form_refused", route=str(request.url_rule or ""), why=str(error.description))
        return error_response(
            400, "This form is too old, or it came from another site. Load the page again, then send it once more."
        )

    @app.errorhandler(RateLimitExceeded)
    def too_many(error: RateLimitExceeded) -> Response:
        refusals.tell(Refusal.BUDGET, "budget_spent", route=str(request.url_rule or ""), budget=str(error.description))
        response = error_response(429)
        if error.limit is not None:
            response.headers["Retry-After"] = str(error.limit.limit.get_expiry())
        return response

    @app.errorhandler(DataError)
    @app.errorhandler(UnicodeEncodeError)
    def unspeakable(_error: Exception) -> Response:
        db.session.rollback()  # an address with a NUL, say, or half a pair of surrogates, which no row can have
        return error_response(400)

    @app.errorhandler(IntegrityError)
    def somebody_was_quicker(error: IntegrityError) -> Response:
        if not isinstance(error.orig, UniqueViolation | ForeignKeyViolation):
            return unexpected(error)
        log.warning("somebody_was_quicker", route=str(request.url_rule or ""), exc_info=error)
        db.session.rollback()
        return error_response(409)  # it is there by now, or what it belongs to is not any more

    @app.errorhandler(OperationalError)
    def database_away(error: OperationalError) -> Response:
        if isinstance(error.orig, DeadlockDetected):
            log.warning("deadlock", route=str(request.url_rule or ""), error=str(error.orig))
            db.session.rollback()
            return error_response(409)  # of two who did something about the same, the other one got through
        log.error("database_unavailable", error=str(error.orig))
        db.session.rollback()
        return error_response(507 if isinstance(error.orig, DiskFull) else 503)

    @app.errorhandler(OSError)
    def disk_full(error: OSError) -> Response:
        if error.errno not in {errno.ENOSPC, errno.EDQUOT}:
            return unexpected(error)
        log.error("disk_full", file=error.filename, error=str(error))
        db.session.rollback()
        return error_response(507)

    @app.errorhandler(RedisError)
    def redis_away(error: RedisError) -> Response:
        log.error("redis_unavailable", error=str(error))
        return error_response(503)

    @app.errorhandler(HTTPException)
    def http_error(error: HTTPException) -> Response:
        status = error.code or 500
        if status < 400:
            return make_response(error.get_response())
        return error_response(status)

    @app.errorhandler(Exception)
    def unexpected(error: Exception) -> Response:
        if app.testing and app.config.get("PROPAGATE_UNEXPECTED"):
            raise error
        log.error("unexpected_error", route=str(request.url_rule or ""), exc_info=error)
        db.session.rollback()
        return error_response(500)
