"""The door of named links: whoever has one comes in here, and is led to what it opens."""

from flask import Blueprint, Response, redirect
from flask.typing import ResponseReturnValue
from flask_login import current_user

from app.core.errors import NotFound
from app.media import by_link, gate, links, passes
from app.media.errors import LinkEnded
from app.media.gate import Action, Opening, Reason
from app.playlists import links as set_links
from app.playlists import passes as set_passes
from app.playlists.models import Set

bp = Blueprint("share", __name__)


@bp.get("/share/<token>")
def share_open(token: str) -> ResponseReturnValue:
    """Lead to the medium or the set that a link opens; say that it has ended, where it has.

    Raises:
        NotFound: there is no such link, it never was for this viewer, or what it led to is closed to everyone.
        LinkEnded: it has ended.
    """
    found = passes.find_link(token)
    thing = set_passes.find_thing(medium_id=found.medium_id, set_id=found.set_id) if found else None
    if found is None or thing is None or current_user.is_apart_from(thing.owner_id):
        raise NotFound
    secret = by_link.secret_of(current_user, thing, Action.SEE, found.token)
    if secret == found.token and found.opening is Opening.ENDED and current_user.id != thing.owner_id:
        raise LinkEnded(found.whom)
    decision = gate.require(current_user, thing, Action.SEE, secret=secret)
    by_secret = secret if decision.reason in {Reason.SHARE_LINK, Reason.SHARED_PLAY} else None
    make_url = set_links.set_url if isinstance(thing, Set) else links.medium_url
    response = redirect(make_url(thing.owner.username, thing.slug, by_secret), code=302)
    assert isinstance(response, Response)  # noqa: S101 - Flask's redirect makes Flask's responses
    return by_link.keep_to_oneself(by_link.mark_browser(response))
