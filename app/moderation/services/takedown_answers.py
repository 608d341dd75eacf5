"""The other side: they agree, or send a counter-notice; the complainant goes to court, or does not."""

from collections.abc import Sequence
from dataclasses import dataclass
from uuid import UUID

from sqlalchemy import select

from app.accounts.models import User
from app.core.clock import now
from app.core.ids import uuid7
from app.extensions import db
from app.media.models import Medium
from app.media.services import editing
from app.moderation.refs import Ref, RefKind, find_thing
from app.moderation.services.takedown_claims import claims_of, lock_notice, move_claim, settle_parties, tell
from app.moderation.services.takedown_clocks import end_clocks, find_clock, set_clock
from app.moderation.services.takedown_decisions import end_idle_clocks
from app.moderation.takedown_errors import NothingToAnswer, NoticeNotFound
from app.moderation.takedown_models import (
    ClockKind,
    EntryKind,
    TakedownClaim,
    TakedownEntry,
    TakedownNotice,
    TakedownParty,
)
from app.moderation.takedown_rules import COURT, after_business_days, days
from app.moderation.takedown_states import ClaimAct, ClaimState, can
from app.playlists.models import Set
from app.playlists.services import sets
from app.social.models import Comment, Post
from app.social.services import comments, posts


@dataclass(frozen=True, kw_only=True)
class Counter:
    """A counter-notice as it was sent. All of it is passed on to the complainant."""

    statement: str
    name: str
    address: str
    signature: str


def agree(reference: str, claim_ids: Sequence[UUID], *, person: User) -> TakedownNotice:
    """Delete things of one's own that a notice took down: nothing further happens to them. The caller commits.

    Raises:
        NoticeNotFound: the person has no part in it.
        NothingToAnswer: none of these stands.
    """
    notice, _party, claims = _part_of(reference, person)
    wanted = set(claim_ids)
    chosen = [claim for claim in claims if claim.id in wanted and can(claim.state, ClaimAct.CONCEDE)]
    if not chosen:
        raise NothingToAnswer
    for claim in chosen:
        move_claim(notice, claim, ClaimAct.CONCEDE, by=person)
    db.session.flush()
    for claim in chosen:
        _delete(claim, person)
    settle_parties(notice, claims, by=person)
    end_idle_clocks(notice, claims)
    tell(notice, "conceded")
    return notice


def counter_notice(reference: str, counter: Counter, *, person: User) -> TakedownNotice:
    """Say, over one's name, that what stands was taken down in error. The caller commits.

    The complainant is told all of it, and has ``takedowns.court_days`` business days to go to court.

    Raises:
        NoticeNotFound: the person has no part in it.
        NothingToAnswer: nothing of theirs stands, or their time is over.
    """
    notice, party, claims = _part_of(reference, person)
    clock = find_clock(notice.id, ClockKind.COUNTER, party_id=party.id)
    standing = [claim for claim in claims if claim.state is ClaimState.STANDING]
    if clock is None or clock.due_at <= now() or not standing:
        raise NothingToAnswer
    party.countered_at = now()
    # Things may be taken down one after the other: what was said about the first of them is not lost.
    party.counter_statement = "\n\n".join(filter(None, (party.counter_statement, counter.statement)))
    party.counter_name = counter.name
    party.counter_address, party.counter_signature = counter.address, counter.signature
    for claim in standing:
        move_claim(notice, claim, ClaimAct.COUNTER, by=person)
    settle_parties(notice, claims, by=person)
    end_clocks(notice.id, ClockKind.COUNTER, party_id=party.id)
    set_clock(notice.id, ClockKind.COURT, after_business_days(now(), days(COURT)), party_id=party.id)
    tell(notice, "countered")
    tell(notice, "counter_sent", party)
    return notice


def go_to_court(reference: str, party_id: UUID, *, court: str) -> TakedownNotice:
    """The complainant says that they asked a court to decide: it stays down until then. The caller commits.

    Raises:
        NoticeNotFound: there is no such party.
        NothingToAnswer: nothing of it was countered, or the time is over.
    """
    notice = lock_notice(reference)
    claims = [claim for claim in claims_of(notice) if claim.party_id == party_id]
    clock = find_clock(notice.id, ClockKind.COURT, party_id=party_id)
    countered = [claim for claim in claims if claim.state is ClaimState.COUNTERED]
    if not countered or clock is None or clock.due_at <= now():
        raise NothingToAnswer
    party = countered[0].party
    party.sued_at, party.court = now(), court
    for claim in countered:
        move_claim(notice, claim, ClaimAct.SUE, by=None)
    settle_parties(notice, claims, by=None)
    end_clocks(notice.id, ClockKind.COURT, party_id=party_id)
    db.session.add(TakedownEntry(id=uuid7(), notice_id=notice.id, kind=EntryKind.SUED, body=court))
    tell(notice, "sued", party)
    tell(notice, "court_noted")
    return notice


def restore_unsued(notice: TakedownNotice, party_id: UUID) -> None:
    """The time to go to court is over: what was countered comes back. The caller holds the lock and commits."""
    claims = [claim for claim in claims_of(notice) if claim.party_id == party_id]
    countered = [claim for claim in claims if claim.state is ClaimState.COUNTERED]
    for claim in countered:
        move_claim(notice, claim, ClaimAct.RESTORE, by=None)
    settle_parties(notice, claims, by=None)
    if countered:
        tell(notice, "restored")
        tell(notice, "restored", countered[0].party)


def _part_of(reference: str, person: User) -> tuple[TakedownNotice, TakedownParty, list[TakedownClaim]]:
    """A notice, locked, with what in it is a person's."""
    notice = lock_notice(reference)
    party = db.session.scalar(
        select(TakedownParty).where(TakedownParty.notice_id == notice.id, TakedownParty.person_id == person.id)
    )
    if party is None or party.told_at is None:
        raise NoticeNotFound
    return notice, party, [claim for claim in claims_of(notice) if claim.party_id == party.id]


def _delete(claim: TakedownClaim, person: User) -> None:
    """Delete the thing, in its own domain; one that is gone already stays so."""
    thing = find_thing(Ref(RefKind(claim.kind), claim.thing_id))
    row = thing.row if thing is not None else None
    if isinstance(row, Medium):
        editing.delete_medium(row)
    elif isinstance(row, Set):
        sets.delete_set(row, by=person)
    elif isinstance(row, Post):
        posts.delete_post(row)
    elif isinstance(row, Comment):
        comments.delete_comment(row, by=person)
