"""Step-up: before something dangerous, whoever sits there proves once more to be the owner.

A session that was proven (by a password, a second factor, a passkey or a provider) within the last fifteen minutes
goes on at once; another is led to ``/login/confirm`` and back.
"""

from collections.abc import Callable
from datetime import timedelta
from functools import wraps
from typing import Final, ParamSpec

from flask import g, request, url_for
from flask.typing import ResponseReturnValue

from app.accounts.login import ask_to_log_in, current_session, page_before
from app.core.clock import now
from app.web.errors import error_response, wants_json
from app.web.hx import go_to, wants_fragment

P = ParamSpec("P")
FRESH_FOR: Final = timedelta(minutes=15)


def is_fresh() -> bool:
    """Whether the present session was proven a short while ago."""
    here = current_session()
    return here is not None and not g.get("has_former_token") and now() - here.proven_at < FRESH_FOR


def needs_fresh_proof(view: Callable[P, ResponseReturnValue]) -> Callable[P, ResponseReturnValue]:
    """A view, of a page or of an act, for owners who proved lately that they are; others prove it first.

    After that a page opens; for an act the page opens from which it was asked, because a form is not sent twice.
    Strangers are asked to log in.
    """

    @wraps(view)
    def guarded(*args: P.args, **kwargs: P.kwargs) -> ResponseReturnValue:
        if is_fresh():
            return view(*args, **kwargs)
        if current_session() is None:
            asked: ResponseReturnValue = ask_to_log_in()
            return asked
        if wants_json():
            return error_response(403, "Confirm first that it is you: load the page again.")
        is_page = request.method == "GET" and not wants_fragment()
        wanted = request.full_path.rstrip("?") if is_page else page_before()
        return go_to(url_for("confirm.confirm", next=wanted))

    return guarded
