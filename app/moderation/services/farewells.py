"""When somebody's account goes for good: what moderation keeps says nothing about them any more."""

from uuid import UUID

from sqlalchemy import and_, or_, select, update

from app.core.pictures import Picture, drop_picture
from app.extensions import db
from app.moderation.models import Appeal, Case, CaseNote, Decision, HoldRecord, Report
from app.moderation.refs import RefKind

GONE = "Something of someone who left"


def say_farewell(user_id: UUID) -> None:
    """Empty what was kept of a person's words and works, and what they wrote here. The caller commits.

    That something was decided, when and by which rule, stays: numbers that are published rest on it.
    """
    about = select(Case.id).where(
        or_(Case.person_id == user_id, and_(Case.kind == RefKind.PERSON, Case.thing_id == user_id))
    )
    own = Report.reporter_id == user_id
    _run(update(Report).where(Report.case_id.in_(about)).values(snapshot={}, note=""))
    _run(update(Report).where(own).values(note="", reporter_email=""))
    _run(update(CaseNote).where(or_(CaseNote.case_id.in_(about), CaseNote.author_id == user_id)).values(body=""))
    _run(update(Case).where(Case.id.in_(about)).values(title=GONE, excerpt=""))
    concerned = Decision.person_id == user_id
    _run(update(Appeal).where(Appeal.by_id == user_id).values(words="", answer=""))
    _run(update(Decision).where(concerned).values(title=GONE, reasons="", reversal_reasons=""))
    own_profile = and_(HoldRecord.kind == RefKind.PERSON, HoldRecord.thing_id == user_id)
    for record in db.session.scalars(select(HoldRecord).where(own_profile)).all():
        taken_away = [one for one in (record.avatar_id, record.cover_id) if one is not None]
        db.session.delete(record)
        db.session.flush()
        for picture_id in taken_away:
            drop_picture(db.session.get(Picture, picture_id))


def _run(statement: object) -> None:
    db.session.execute(statement.execution_options(synchronize_session=False))  # type: ignore[attr-defined]  # all have it
