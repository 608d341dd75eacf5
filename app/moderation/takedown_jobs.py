"""Jobs of takedowns: letters, clocks, figures. Each may run twice."""

from datetime import datetime
from uuid import UUID

import structlog
from flask import current_app, render_template
from sqlalchemy import func, select

from app.core.mail import send_mail
from app.extensions import db
from app.moderation import takedown_links as links
from app.moderation import takedown_queries as queries
from app.moderation.services import strikes, takedown_due, takedown_figures
from app.moderation.takedown_letters import Facts, compose
from app.moderation.takedown_models import ClockKind, EntryKind, TakedownClock, TakedownEntry, TakedownNotice
from app.moderation.takedown_rules import LIMIT, days

log = structlog.get_logger()
OBEY_CLOCKS = "app.moderation.takedown_jobs.obey_clocks"
COUNT_FIGURES = "app.moderation.takedown_jobs.count_figures"
CLOCK_OF = {
    "confirm": ClockKind.CONFIRM, "received": ClockKind.DECIDE, "asked": ClockKind.COMPLETE,
    "complete_soon": ClockKind.COMPLETE, "countered": ClockKind.COURT, "court_soon": ClockKind.COURT,
    "told": ClockKind.COUNTER, "counter_soon": ClockKind.COUNTER, "counter_sent": ClockKind.COURT,
}  # fmt: skip


def obey_clocks() -> None:
    """Do what is to be done now that clocks have run out, each in a transaction of its own; remind people."""
    takedown_due.remind()
    db.session.commit()
    failed: set[UUID] = set()
    while (due := takedown_due.next_due(failed)) is not None:
        try:
            takedown_due.obey(*due)
            db.session.commit()
        except Exception:  # one notice must not hold up the clocks of all others
            db.session.rollback()
            log.exception("clock_failed", reference=due[1])
            failed.add(due[0])
    takedown_due.forget_unconfirmed()
    strikes.end_suspensions()
    db.session.commit()


def count_figures() -> None:
    """Make the numbers of the transparency page anew."""
    takedown_figures.count_anew()
    db.session.commit()


def mail_letter(letter: str, notice_id: str, party_id: str) -> None:
    """Write one letter about a notice: to the complainant, or to the person behind a party of it."""
    notice = queries.find_notice_by_id(UUID(notice_id))
    if notice is None:
        return
    claims = queries.claims_of(notice.id)
    party = next((claim.party for claim in claims if party_id and claim.party_id == UUID(party_id)), None)
    if party_id and (party is None or party.person is None):
        return
    person = party.person if party is not None else None
    to = person.email if person is not None else notice.complainant.email
    if not to:
        return
    settings = current_app.config["SETTINGS"]
    facts = Facts(
        notice=notice, party=party, claims=[one for one in claims if party is None or one.party_id == party.id],
        due_at=_due_at(letter, notice, party_id), asked=_latest_question(notice) if letter == "asked" else "",
        strikes=strikes.count_strikes(person.id) if person is not None else 0, limit=days(LIMIT),
        link=settings.public_url + _path(letter, notice, to_party=party is not None),
    )  # fmt: skip
    written = compose(letter, facts)
    values = {"letter": written, "link": written.link}
    send_mail(
        to=to, subject=written.subject, text=render_template("mail/takedown.txt", **values),
        html=render_template("mail/takedown.html", **values),
    )  # fmt: skip


def _path(letter: str, notice: TakedownNotice, *, to_party: bool) -> str:
    if to_party:
        return links.standing_path(notice.reference)
    return links.confirm_path(notice.reference) if letter == "confirm" else links.status_path(notice.reference)


def _due_at(letter: str, notice: TakedownNotice, party_id: str) -> datetime | None:
    """When the clock runs out that a letter speaks of; of several parties' clocks, the first."""
    kind = CLOCK_OF.get(letter)
    if kind is None:
        return None
    query = select(func.min(TakedownClock.due_at)).where(
        TakedownClock.notice_id == notice.id, TakedownClock.kind == kind, TakedownClock.ended_at.is_(None)
    )
    if party_id:
        query = query.where(TakedownClock.party_id == UUID(party_id))
    return db.session.scalar(query)


def _latest_question(notice: TakedownNotice) -> str:
    query = select(TakedownEntry.body).where(
        TakedownEntry.notice_id == notice.id, TakedownEntry.kind == EntryKind.ASKED
    )
    return db.session.scalar(query.order_by(TakedownEntry.id.desc()).limit(1)) or ""
