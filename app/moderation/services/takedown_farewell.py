"""What of takedowns goes with an account that goes for good."""

from uuid import UUID

from sqlalchemy import or_, select, update

from app.accounts.models import User
from app.core.ids import uuid7
from app.extensions import db
from app.moderation.services.takedown_claims import claims_of, lock_notice, move_claim, settle_parties
from app.moderation.services.takedown_clocks import end_clocks
from app.moderation.services.takedown_intake import withdraw_notice
from app.moderation.takedown_models import Complainant, Publication, TakedownEntry, TakedownNotice, TakedownParty
from app.moderation.takedown_states import ClaimAct, NoticeState, can

GONE = "deleted account"


def say_farewell(person_id: UUID) -> None:
    """Before an account goes: notices about its things end, and nothing of its words or names stays in any of them.

    What others decided about notices keeps its place without them. The caller commits.
    """
    user = db.session.get(User, person_id)
    parties = select(TakedownNotice.reference).join(TakedownParty).where(TakedownParty.person_id == person_id)
    for reference in db.session.scalars(parties.order_by(TakedownNotice.reference)).all():
        _leave(reference, person_id)
    sent = select(Complainant).where(
        or_(Complainant.user_id == person_id, Complainant.email_key == (user.email_key if user is not None else ""))
    )
    for complainant in db.session.scalars(sent).all():
        _forget(complainant)
    db.session.execute(update(TakedownEntry).where(TakedownEntry.author_id == person_id).values(body=""))


def _leave(reference: str, person_id: UUID) -> None:
    """Nothing of theirs is there any more that a notice could be about."""
    notice = lock_notice(reference)
    claims = [claim for claim in claims_of(notice) if claim.party.person_id == person_id]
    for claim in claims:
        for act in (ClaimAct.VANISH, ClaimAct.CONCEDE):
            if can(claim.state, act):
                move_claim(notice, claim, act, by=None)
                break
        claim.title = claim.address = ""
    for party in {claim.party_id: claim.party for claim in claims}.values():
        end_clocks(notice.id, party_id=party.id)
        party.counter_statement = party.counter_name = party.counter_address = party.counter_signature = ""
        party.court = ""
    settle_parties(notice, claims, by=None)


def _forget(complainant: Complainant) -> None:
    """What they sent and nobody decided is withdrawn; what stands, stands without their words."""
    query = select(TakedownNotice).where(TakedownNotice.complainant_id == complainant.id)
    for notice in db.session.scalars(query.order_by(TakedownNotice.reference)).all():
        if notice.state in {NoticeState.UNCONFIRMED, NoticeState.WAITING, NoticeState.ASKED}:
            withdraw_notice(notice.reference)
        notice.name = notice.signature = GONE
        notice.organisation = notice.postal_address = notice.explanation = ""
        notice.works, notice.proofs, notice.unfound, notice.redactions = GONE, [], [], []
        if notice.publication is Publication.PUBLISHED:
            notice.public_name, notice.public_works, notice.public_explanation = GONE, GONE, ""
        db.session.execute(update(TakedownEntry).where(TakedownEntry.notice_id == notice.id).values(body=""))
        db.session.execute(update(TakedownParty).where(TakedownParty.notice_id == notice.id).values(court=""))
    complainant.email, complainant.email_key, complainant.user_id = "", f"{GONE} {uuid7()}", None
    complainant.flag_reasons = ""
    db.session.flush()
