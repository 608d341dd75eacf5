"""Watching what is said under a thing: ``comments:<kind>:<public id>``."""

from app.media.gate import Viewer
from app.social.errors import SubjectNotFound
from app.social.subjects import SubjectKind, get_subject
from app.social.threads import topic_of


def watch_comments(viewer: Viewer, rest: str, secret: str | None) -> str | None:
    """The room of the comments under a thing, for those who may see the thing."""
    kind, _, public_id = rest.partition(":")
    if kind not in set(SubjectKind) - {SubjectKind.COMMENT}:
        return None
    try:
        subject = get_subject(SubjectKind(kind), public_id, viewer, secret)
    except SubjectNotFound:
        return None
    return topic_of(subject.kind.value, subject.public_id)
