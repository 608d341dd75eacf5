"""The comments of a medium along its time, for players."""

from typing import Any
from uuid import UUID

from flask import Blueprint, Response, jsonify, request
from flask_login import current_user

from app.accounts import queries as account_queries
from app.core.pictures import Artwork
from app.social import threads
from app.social.errors import SubjectNotFound
from app.social.queries import moments
from app.social.subjects import Subject, SubjectKind, get_subject
from app.web.shared import SHARED_SECONDS, shared

bp = Blueprint("moments", __name__)
SHOWN_LENGTH = 140
"""Characters of a comment that float over a player."""


@bp.get("/media/<public_id>/moments")
def moment_index(public_id: str) -> Response:
    """A sample of the comments along the time of a medium, and their density; with ``since``, what came after that."""
    subject = get_subject(SubjectKind.MEDIUM, public_id, current_user, request.args.get("s"))
    line = threads.timeline_of(subject)
    viewer_id: UUID | None = current_user.id if account_queries.has_anyone_apart(current_user.id) else None
    if "since" in request.args:
        try:
            since = UUID(hex=request.args["since"])
        except ValueError as error:
            raise SubjectNotFound from error
        rows = moments.newer(subject.id, viewer_id, since)
        response = jsonify(comments=_shown(rows), newest=rows[0].id.hex if rows else since.hex)
        response.headers["Cache-Control"] = "private, no-store"
        return response
    duration_ms = line.duration_ms if line else 0
    if not subject.is_open or viewer_id is not None:
        response = jsonify(_of(subject, duration_ms, viewer_id))
        response.headers["Cache-Control"] = "private, no-store"
        return response
    response = jsonify(shared(f"moments:{subject.id}", lambda: _of(subject, duration_ms, None)))
    response.headers["Cache-Control"] = f"private, max-age={SHARED_SECONDS:.0f}"
    return response


def _of(subject: Subject, duration_ms: int, viewer_id: UUID | None) -> dict[str, Any]:
    newest = moments.newest_id(subject.id)  # first, so that what is written meanwhile comes twice rather than never
    return {
        "duration_ms": duration_ms,
        "topic": threads.topic_of(subject.kind.value, subject.public_id),
        "bars": moments.density(subject.id, duration_ms) if duration_ms else [],
        "comments": _shown(moments.sample(subject.id, duration_ms, viewer_id)) if duration_ms else [],
        "newest": newest.hex,
    }


def _shown(rows: Any) -> list[dict[str, Any]]:
    found = []
    for _, public_id, at_ms, body, name, username, picture in rows:
        avatar = Artwork.of(picture)
        words = " ".join(body.split())
        found.append(
            {
                "id": public_id,
                "at_ms": at_ms,
                "text": words if len(words) <= SHOWN_LENGTH else words[: SHOWN_LENGTH - 1] + "…",
                "name": name,
                "username": username,
                "avatar": avatar.src(96) if avatar else None,
            }
        )
    return found
