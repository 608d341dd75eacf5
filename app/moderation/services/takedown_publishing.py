"""Publishing notices: what is blacked out by rule, what by hand, and when."""

from collections.abc import Sequence
from typing import Final

from sqlalchemy import select

from app.accounts.models import User
from app.core import audit
from app.core.clock import now
from app.extensions import db
from app.moderation.services.takedown_claims import lock_notice
from app.moderation.services.takedown_clocks import end_clocks
from app.moderation.takedown_errors import NoticeRefused
from app.moderation.takedown_models import ClockKind, Publication, TakedownNotice, TakedownParty
from app.moderation.takedown_redaction import black_out, names_in

PRIVATE_PERSON: Final = "A private person"


def publish_notice(notice: TakedownNotice, *, by: User | None) -> None:
    """Let everyone read a decided notice, without what is private in it. The caller holds its lock and commits."""
    if notice.publication is Publication.KEPT_BACK or notice.decided_at is None:
        return
    words = _words_of(notice, _people_of(notice))
    # An organisation stands by its name in public; a person's name is their own.
    notice.public_name = black_out(notice.organisation, notice.redactions) or PRIVATE_PERSON
    notice.public_works = black_out(notice.works, words)
    notice.public_explanation = black_out(notice.explanation, words)
    notice.publication, notice.published_at = Publication.PUBLISHED, notice.published_at or now()
    end_clocks(notice.id, ClockKind.PUBLISH)
    audit.record("takedown.published", actor=by, subject=("takedown", notice.reference))


def redact(reference: str, words: Sequence[str], *, by: User) -> TakedownNotice:
    """Say what else is blacked out; also of one that is published already. The caller commits."""
    notice = lock_notice(reference)
    notice.redactions = list(words)
    audit.record(
        "takedown.redacted", actor=by, subject=("takedown", notice.reference), facts={"redactions": len(words)}
    )
    if notice.publication is Publication.PUBLISHED:
        publish_notice(notice, by=by)
    return notice


def set_publication(reference: str, *, kept_back: bool, by: User) -> TakedownNotice:
    """Publish a notice now, or keep it from the public altogether. The caller commits.

    Raises:
        NoticeRefused: it is not decided yet.
    """
    notice = lock_notice(reference)
    if notice.decided_at is None:
        raise NoticeRefused("publication", "What is not decided yet is not published.")
    if kept_back:
        notice.publication, notice.published_at = Publication.KEPT_BACK, None
        end_clocks(notice.id, ClockKind.PUBLISH)
        audit.record("takedown.kept_back", actor=by, subject=("takedown", notice.reference))
    else:
        notice.publication, notice.published_at = Publication.WAITING, None
        publish_notice(notice, by=by)
    return notice


def preview(notice: TakedownNotice, people: Sequence[User]) -> tuple[str, str]:
    """Works and explanation as they would be published now. ``people`` are those whose things it names."""
    words = _words_of(notice, people)
    return black_out(notice.works, words), black_out(notice.explanation, words)


def _people_of(notice: TakedownNotice) -> Sequence[User]:
    query = select(User).join(TakedownParty, TakedownParty.person_id == User.id)
    return db.session.scalars(query.where(TakedownParty.notice_id == notice.id)).all()


def _words_of(notice: TakedownNotice, people: Sequence[User]) -> list[str]:
    """What is blacked out of a notice's words: names of people on both sides, and what moderators added."""
    sides = [name for person in people for name in (person.username, person.display_name)]
    lines = [line.strip() for line in notice.postal_address.splitlines()]
    return [*names_in(notice.name, notice.signature), *sides, *lines, *notice.redactions]
