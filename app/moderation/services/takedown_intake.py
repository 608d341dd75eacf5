"""Notices on their way in: sent, confirmed, completed, withdrawn."""

import secrets
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import timedelta
from typing import Final

from sqlalchemy import func, select
from sqlalchemy.dialects.postgresql import insert

from app.accounts.models import User
from app.core import audit
from app.core.clock import now
from app.core.ids import uuid7
from app.extensions import db
from app.moderation import takedown_addresses
from app.moderation.services.takedown_claims import (
    claims_of,
    lock_notice,
    move_claim,
    move_notice,
    settle_parties,
    tell,
)
from app.moderation.services.takedown_clocks import end_clocks, set_clock
from app.moderation.services.takedown_merging import merge_into_known
from app.moderation.takedown_addresses import Complained, Resolved
from app.moderation.takedown_errors import NoticeLinkEnded, NoticeRefused
from app.moderation.takedown_models import (
    ClockKind,
    Complainant,
    ComplainantRole,
    EntryKind,
    TakedownClaim,
    TakedownEntry,
    TakedownNotice,
    TakedownParty,
)
from app.moderation.takedown_rules import (
    CONFIRM_WITHIN,
    DECIDE,
    MOST_ADDRESSES,
    SLOWER,
    after_business_days,
    days,
)
from app.moderation.takedown_states import ClaimAct, NoticeAct, NoticeState, can

REFERENCE_SIGNS: Final = "23456789ABCDEFGHJKMNPQRSTVWXYZ"
MOST_UNCONFIRMED: Final = 3
"""Notices a day that wait for one address to be confirmed: a stranger's mailbox is not to be filled through us."""
NOTHING_HERE = "None of these addresses leads to a work here that is open to everyone. Copy them from the works' pages."
WHOLE_ACCOUNT = "A notice names works, not whole accounts. Open each work and copy its address."
YOUR_OWN = "One of these is yours: you can delete it yourself, at once."
TOO_MANY = f"At most {MOST_ADDRESSES} addresses in one notice. Send the others in a second one."
MANY_UNCONFIRMED = (
    "Several notices from this address wait to be confirmed. Open the mails that we sent to it first; they may take a "
    "few minutes, or lie with the spam."
)


@dataclass(frozen=True, kw_only=True)
class Draft:
    """A notice as it was sent."""

    name: str
    email: str
    role: ComplainantRole
    works: str
    addresses: Sequence[str]
    signature: str
    sending: str
    organisation: str = ""
    postal_address: str = ""
    explanation: str = ""
    proofs: Sequence[str] = ()


def file_notice(draft: Draft, *, sender: User | None, public_url: str) -> TakedownNotice:
    """Take a notice in. It does nothing until its address is confirmed, which a member's own already is.

    The same form sent twice is one notice. The caller commits.

    Raises:
        NoticeRefused: something of it cannot be.
    """
    resolved = _resolve(draft, sender, public_url)
    complainant = _complainant(draft, sender)
    known = bool(sender and sender.email_verified_at and sender.email_key == complainant.email_key)
    if not known:
        _refuse_flood(complainant)
    values = {
        "id": uuid7(), "reference": _reference(), "complainant_id": complainant.id, "name": draft.name,
        "organisation": draft.organisation, "role": draft.role, "postal_address": draft.postal_address,
        "works": draft.works, "explanation": draft.explanation, "proofs": list(draft.proofs),
        "unfound": [*resolved.unfound, *resolved.accounts], "signature": draft.signature, "signed_at": now(),
        "sending": draft.sending or None, "state": NoticeState.UNCONFIRMED, "created_at": now(),
    }  # fmt: skip
    # Who sends the same form at the same moment waits here for the other one, and then finds its notice.
    query = insert(TakedownNotice).values(values).on_conflict_do_nothing(index_elements=[TakedownNotice.sending])
    new_id = db.session.scalar(query.returning(TakedownNotice.id))
    if new_id is None:
        return db.session.scalars(select(TakedownNotice).where(TakedownNotice.sending == draft.sending)).one()
    notice = lock_notice(str(values["reference"]))
    _add_claims(notice, resolved.found)
    audit.record(
        "takedown.filed", actor=sender, subject=("takedown", notice.reference),
        facts={"things": len(resolved.found), "unfound": len(notice.unfound)},
    )  # fmt: skip
    if known:
        _confirm(notice, by=sender)
    else:
        set_clock(notice.id, ClockKind.CONFIRM, now() + CONFIRM_WITHIN)
        tell(notice, "confirm")
    return notice


def confirm_notice(reference: str) -> TakedownNotice:
    """The address of a notice is its complainant's: from now on it counts. Done again, nothing. The caller commits.

    Raises:
        NoticeNotFound: there is none.
        NoticeLinkEnded: it lapsed, or was withdrawn, before that.
    """
    notice = lock_notice(reference)
    if notice.state is NoticeState.UNCONFIRMED:
        _confirm(notice, by=None)
    elif notice.confirmed_at is None:
        raise NoticeLinkEnded
    return notice


def answer_question(reference: str, *, words: str) -> TakedownNotice:
    """Say what the moderators asked for. The caller commits.

    Raises:
        NotNow: nothing is asked.
    """
    notice = lock_notice(reference)
    move_notice(notice, NoticeAct.ANSWER, by=None)
    db.session.add(TakedownEntry(id=uuid7(), notice_id=notice.id, kind=EntryKind.ANSWERED, body=words))
    end_clocks(notice.id, ClockKind.COMPLETE)
    start_desk_clock(notice)
    return notice


def withdraw_notice(reference: str) -> TakedownNotice:
    """Take a notice back: whatever stands of it ends, and what was held comes back. The caller commits.

    Raises:
        NotNow: it is over.
    """
    notice = lock_notice(reference)
    was_confirmed = notice.confirmed_at is not None
    claims = claims_of(notice)
    move_notice(notice, NoticeAct.WITHDRAW, by=None)
    ended = [claim for claim in claims if can(claim.state, ClaimAct.WITHDRAW)]
    for claim in ended:
        move_claim(notice, claim, ClaimAct.WITHDRAW, by=None)
    end_clocks(notice.id, *(kind for kind in ClockKind if kind is not ClockKind.PUBLISH))
    settle_parties(notice, claims, by=None)
    if was_confirmed:
        tell(notice, "withdrawn")
    parties = {claim.party_id: claim.party for claim in ended if claim.party.told_at is not None}
    for party in parties.values():
        tell(notice, "withdrawn", party)
    return notice


def start_desk_clock(notice: TakedownNotice) -> None:
    """From now on the desk's time runs; it runs slower for whoever abused notices before."""
    count = days(DECIDE) * (SLOWER if notice.complainant.flagged_at is not None else 1)
    set_clock(notice.id, ClockKind.DECIDE, after_business_days(now(), count))


def _confirm(notice: TakedownNotice, *, by: User | None) -> None:
    move_notice(notice, NoticeAct.CONFIRM, by=by)
    notice.confirmed_at = now()
    end_clocks(notice.id, ClockKind.CONFIRM)
    start_desk_clock(notice)
    if not merge_into_known(notice):
        tell(notice, "received")


def _resolve(draft: Draft, sender: User | None, public_url: str) -> Resolved:
    if len(draft.addresses) > MOST_ADDRESSES:
        raise NoticeRefused("addresses", TOO_MANY)
    resolved = takedown_addresses.resolve(draft.addresses, public_url=public_url)
    if not resolved.found:
        raise NoticeRefused("addresses", WHOLE_ACCOUNT if resolved.accounts else NOTHING_HERE)
    if sender is not None and any(one.owner_id == sender.id for one in resolved.found):
        raise NoticeRefused("addresses", YOUR_OWN)
    return resolved


def _complainant(draft: Draft, sender: User | None) -> Complainant:
    """Whoever uses this address; two at once are one."""
    key = draft.email.strip().lower()
    own = sender.id if sender is not None and sender.email_key == key and sender.email_verified_at else None
    query = insert(Complainant).values(id=uuid7(), email=draft.email.strip(), email_key=key, user_id=own)
    db.session.execute(query.on_conflict_do_nothing(index_elements=[Complainant.email_key]))
    found = db.session.scalars(select(Complainant).where(Complainant.email_key == key)).one()
    found.user_id = own or found.user_id
    return found


def _refuse_flood(complainant: Complainant) -> None:
    query = select(func.count()).select_from(TakedownNotice).where(
        TakedownNotice.complainant_id == complainant.id, TakedownNotice.state == NoticeState.UNCONFIRMED,
        TakedownNotice.created_at > now() - timedelta(days=1),
    )  # fmt: skip
    if (db.session.scalar(query) or 0) >= MOST_UNCONFIRMED:
        raise NoticeRefused("email", MANY_UNCONFIRMED)


def _add_claims(notice: TakedownNotice, found: Sequence[Complained]) -> None:
    """A claim for each thing, a party for each of their owners."""
    parties = {
        owner_id: TakedownParty(id=uuid7(), notice_id=notice.id, person_id=owner_id)
        for owner_id in dict.fromkeys(one.owner_id for one in found)
    }
    db.session.add_all(parties.values())
    db.session.flush()
    db.session.add_all(
        TakedownClaim(
            id=uuid7(), notice_id=notice.id, party_id=parties[one.owner_id].id, kind=one.ref.kind.value,
            thing_id=one.ref.id, title=one.title, address=one.address,
        )
        for one in found
    )  # fmt: skip
    db.session.flush()


def _reference() -> str:
    """Ten signs without look-alikes: people read them to each other."""
    return "TD" + "".join(secrets.choice(REFERENCE_SIGNS) for _ in range(8))
