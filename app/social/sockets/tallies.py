"""Watching numbers: ``tally:<kind>:<public id>`` for those of a thing, ``tally:people:<username>`` of a person."""

from uuid import UUID

from app.accounts import queries as account_queries
from app.core import tallies
from app.media.gate import Viewer
from app.plays.services import listeners
from app.social.errors import SubjectNotFound
from app.social.subjects import SubjectKind, get_subject
from app.web.topics import Opened

PEOPLE = "people"


def watch_tally(viewer: Viewer, rest: str, secret: str | None) -> Opened | None:
    """The room of a thing's numbers, and what they are now, for those who may see the thing."""
    kind, _, name = rest.partition(":")
    subject_id = _person(viewer, name) if kind == PEOPLE else _thing(viewer, kind, name, secret)
    if subject_id is None:
        return None
    said = tallies.said(subject_id, tallies.exact([subject_id])[subject_id])
    if kind == SubjectKind.MEDIUM:
        said |= listeners.said(subject_id, listeners.count_now(subject_id))
    return Opened(tallies.room(subject_id), (tallies.MESSAGE, said))


def _thing(viewer: Viewer, kind: str, public_id: str, secret: str | None) -> UUID | None:
    if kind not in set(SubjectKind):
        return None
    try:
        return get_subject(SubjectKind(kind), public_id, viewer, secret).id
    except SubjectNotFound:
        return None


def _person(viewer: Viewer, username: str) -> UUID | None:
    person = account_queries.find_person(username)
    if person is None or viewer.is_apart_from(person.id):
        return None
    return person.id
