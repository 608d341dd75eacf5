"""Strikes, and the rule for repeat infringers."""

from collections.abc import Collection
from uuid import UUID

from sqlalchemy import func, select, update

from app.accounts.models import User
from app.core import audit, options
from app.core.clock import now
from app.core.ids import uuid7
from app.extensions import db
from app.moderation.errors import NotNow
from app.moderation.models import Decision, DecisionAction, Ground
from app.moderation.refs import Ref, RefKind
from app.moderation.services.decisions import decide, require_may_decide, reverse_decision
from app.moderation.takedown_errors import NoticeNotFound
from app.moderation.takedown_models import RepeatInfringement, RepeatState, Strike, TakedownParty
from app.moderation.takedown_rules import AUTOMATIC, LIMIT, STRIKE, SUSPENSION, after_days, days
from app.moderation.takedown_states import STRIKES, ClaimState

TAKEN_BACK = "A strike that this rested on was taken back."


def keep_strike(party: TakedownParty, states: Collection[ClaimState], *, reference: str, by: User | None) -> None:
    """Bring the strike of a notice for one person up to date with ``states``, those of their claims in it.

    One notice is one strike, however many things it names. What the count of strikes means follows at once. The caller
    holds the notice's lock and commits.
    """
    person = party.person
    if person is None:
        return
    stands = any(state in STRIKES for state in states)
    strike = db.session.scalar(select(Strike).where(Strike.party_id == party.id))
    if stands and strike is None:
        moment = now()
        expires_at = after_days(moment, days(STRIKE))
        db.session.add(
            Strike(id=uuid7(), person_id=person.id, party_id=party.id, given_at=moment, expires_at=expires_at)
        )
        audit.record("strike.given", actor=by, about=person, subject=("takedown", reference))
    elif not stands and strike is not None and strike.taken_back_at is None:
        strike.taken_back_at = now()
        audit.record("strike.taken_back", actor=by, about=person, subject=("takedown", reference))
    else:
        return
    db.session.flush()
    _judge(person, by=by)


def count_strikes(person_id: UUID) -> int:
    """How many strikes count against somebody now."""
    query = select(func.count()).select_from(Strike)
    standing = (Strike.person_id == person_id, Strike.taken_back_at.is_(None), Strike.expires_at > now())
    return db.session.scalar(query.where(*standing)) or 0


def confirm_suspension(infringement_id: UUID, *, by: User, reasons: str) -> None:
    """Suspend a repeat infringer whom the rule proposed. The caller commits.

    Raises:
        NoticeNotFound, NotNow: there is no such proposal, or somebody decided it already.
        OwnCase, MayNotDecide: they are an equal or a superior.
    """
    found = _proposed(infringement_id, by)
    _suspend(found, found.person, by=by, reasons=reasons)


def spare(infringement_id: UUID, *, by: User, reasons: str) -> None:
    """Decide that somebody is not to be suspended for the strikes they have now. The caller commits.

    Raises:
        NoticeNotFound, NotNow, OwnCase, MayNotDecide: as ``confirm_suspension``.
    """
    found = _proposed(infringement_id, by)
    _close(found, RepeatState.SPARED, by=by, reasons=reasons)
    audit.record(
        "repeat_infringer.spared", actor=by, about=found.person, reason=reasons, facts={"strikes": found.strikes}
    )


def end_suspensions() -> None:
    """Close those whose time has run out; the suspension itself ends by its own time. The caller commits."""
    db.session.execute(
        update(RepeatInfringement)
        .where(RepeatInfringement.state == RepeatState.SUSPENDED, RepeatInfringement.ends_at <= now())
        .values(state=RepeatState.LIFTED, closed_at=now())
    )


def _judge(person: User, *, by: User | None) -> None:
    """What the number of strikes means now: a proposal, a suspension, or the end of either."""
    # Two notices decided at once must not both find one strike too few: the person's row makes them take turns.
    db.session.execute(select(User.id).where(User.id == person.id).with_for_update())
    count, limit = count_strikes(person.id), days(LIMIT)
    found = db.session.scalar(
        select(RepeatInfringement).where(
            RepeatInfringement.person_id == person.id,
            RepeatInfringement.state.in_([RepeatState.PROPOSED, RepeatState.SUSPENDED]),
        )
    )
    if count < limit:
        if found is not None:
            _take_back(found, person, by=by)
        return
    if found is not None:
        found.strikes = count
        return
    found = RepeatInfringement(id=uuid7(), person_id=person.id, strikes=count, state=RepeatState.PROPOSED)
    db.session.add(found)
    db.session.flush()
    audit.record("repeat_infringer.proposed", actor=by, about=person, facts={"strikes": count, "limit": limit})
    if options.get(AUTOMATIC.name) and not person.is_staff:
        _suspend(found, person, by=None, reasons=f"{count} notices about your works were accepted and stand.")


def _suspend(found: RepeatInfringement, person: User, *, by: User | None, reasons: str) -> None:
    until = after_days(now(), days(SUSPENSION))
    decision = decide(
        Ref(RefKind.PERSON, person.id), DecisionAction.SUSPEND, by=by, ground=Ground.LAW, rule=None, reasons=reasons,
        until=until, automated=by is None,
    )  # fmt: skip
    found.state, found.decision_id, found.ends_at = RepeatState.SUSPENDED, decision.id, until
    found.decided_by_id, found.reasons = by.id if by is not None else None, reasons
    audit.record("repeat_infringer.suspended", actor=by, about=person, reason=reasons, facts={"strikes": found.strikes})


def _take_back(found: RepeatInfringement, person: User, *, by: User | None) -> None:
    if found.state is RepeatState.PROPOSED:
        _close(found, RepeatState.DROPPED, by=None, reasons=TAKEN_BACK)
        return
    decision = db.session.get(Decision, found.decision_id) if found.decision_id else None
    if decision is not None and decision.reversed_at is None:
        reverse_decision(decision, None, TAKEN_BACK)  # the rule gave it, the rule takes it back
    _close(found, RepeatState.LIFTED, by=None, reasons=TAKEN_BACK)
    audit.record("repeat_infringer.lifted", actor=by, about=person, reason=TAKEN_BACK)


def _close(found: RepeatInfringement, state: RepeatState, *, by: User | None, reasons: str) -> None:
    found.state, found.closed_at, found.reasons = state, now(), reasons
    found.decided_by_id = by.id if by is not None else found.decided_by_id


def _proposed(infringement_id: UUID, by: User) -> RepeatInfringement:
    found = db.session.get(RepeatInfringement, infringement_id, with_for_update=True)
    if found is None:
        raise NoticeNotFound
    if found.state is not RepeatState.PROPOSED:
        raise NotNow
    person = db.session.get_one(User, found.person_id)
    require_may_decide(by, person, None)
    found.person = person
    return found
