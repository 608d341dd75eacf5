"""Reports, decisions and an appeal in the community, for the pages that show them."""

from sqlalchemy import select

from app.accounts.models import User
from app.extensions import db
from app.moderation.models import Case, DecisionAction, Report
from app.moderation.refs import RefKind, find_by_public_id
from app.moderation.services import appeals, cases, decisions, reports
from tests.browser.community import Community
from tests.browser.installation import Installation


def names_of_cases(installation: Installation, community: Community) -> dict[str, str]:
    """A case in Dora's hands, a decision about Ada, and her appeal: their public ids by name."""

    def person(username: str) -> User:
        return db.session.scalars(select(User).where(User.username == username)).one()

    with installation.services():
        ada, cleo, dora = (person(one.username) for one in (community.ada, community.cleo, community.dora))
        film = find_by_public_id(RefKind.MEDIUM, community.film.public_id)
        song = find_by_public_id(RefKind.MEDIUM, community.song.public_id)
        assert film is not None
        assert song is not None
        words = "Donaudampfschifffahrtsgesellschaftskapitän! شكرا جزيلا"
        report: Report = reports.file_report(film, reason="rules", rule="spam", note=words, reporter=cleo)
        case = db.session.get_one(Case, report.case_id)
        cases.claim_case(case, dora)
        cases.add_note(case, dora, words)
        decision = decisions.decide(song, DecisionAction.WARN, by=None, rule="spam", reasons=words)
        appeal = appeals.file_appeal(decision, ada, words)
        db.session.flush()
        return {"case": case.public_id, "decision": decision.public_id, "appeal": appeal.public_id}
