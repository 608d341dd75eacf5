"""Notices about rights, sent through the services as people send them."""

from collections.abc import Sequence
from datetime import timedelta
from itertools import count
from typing import Any

from flask import Flask
from sqlalchemy import text
from sqlalchemy.orm import Session

from app.accounts.models import User
from app.extensions import db
from app.moderation.services import takedown_decisions, takedown_intake
from app.moderation.services.takedown_decisions import Verdict
from app.moderation.services.takedown_intake import Draft
from app.moderation.takedown_models import ComplainantRole
from app.moderation.takedown_queries import claims_of, get_notice

_number = count(1)


def draft(addresses: Sequence[str], **values: Any) -> Draft:
    """What somebody writes into the form."""
    return Draft(
        **{
            "name": "Jo Doe", "email": "jo@label.example", "role": ComplainantRole.OWNER, "addresses": addresses,
            "works": "The song “Harbour” by Jo Doe", "signature": "Jo Doe", "sending": f"sending-{next(_number)}",
            **values,
        }
    )  # fmt: skip


def send_notice(
    app: Flask, addresses: Sequence[str], *, sender: User | None = None, confirmed: bool = True, **values: Any
) -> str:
    """A notice, confirmed unless said otherwise; returns its reference. Commits."""
    with app.app_context():
        me = db.session.get(User, sender.id) if sender is not None else None
        notice = takedown_intake.file_notice(draft(addresses, **values), sender=me, public_url="http://127.0.0.1")
        if confirmed:
            takedown_intake.confirm_notice(notice.reference)
        db.session.commit()
        return notice.reference


def decide_all(app: Flask, reference: str, by: User, *, accept: bool = True, reasons: str = "As it says.") -> None:
    """Decide all that waits in a notice alike. Commits."""
    with app.app_context():
        claims = claims_of(get_notice(reference).id)
        verdicts = {claim.id: Verdict(accept=accept, reasons=reasons) for claim in claims if claim.state == "waiting"}
        takedown_decisions.decide_claims(reference, verdicts, by=db.session.get_one(User, by.id))
        db.session.commit()


def let_time_pass(session: Session, days: float) -> None:
    """Move everything that has a time in takedowns into the past. Commits."""
    for table, columns in {
        "takedown_clocks": ("due_at", "warn_at", "warned_at"),
        "strikes": ("given_at", "expires_at"),
        "takedown_notices": ("due_at", "created_at", "confirmed_at", "decided_at"),
        "repeat_infringements": ("ends_at",),
    }.items():
        moved = ", ".join(f"{column} = {column} - :span" for column in columns)
        session.execute(text(f"UPDATE {table} SET {moved}"), {"span": timedelta(days=days)})  # noqa: S608 - names above
    session.commit()
