"""What of a medium is looked at before others see it: its words, its file, its picture."""

from collections.abc import Iterable, Sequence
from pathlib import Path

from sqlalchemy import or_, select

from app.accounts.models import User
from app.core.screening import Screened, Verdict, screen
from app.extensions import db
from app.media.models import Caption, Chapter, Medium


def screen_words(medium: Medium, *, is_first_showing: bool = False, files: Sequence[str] = ()) -> Verdict:
    """What is to become of a medium by all that it says: title, description, tags, credits, chapters, text tracks.

    ``files`` are SHA-256 digests in hexadecimal.

    Raises:
        Refused: its owner may not do so much yet.
    """
    db.session.flush()
    return screen(
        Screened.MEDIUM, _owner(medium), texts={**_said(medium), **_beside(medium)}, files=files,
        subject_id=medium.id, is_first_showing=is_first_showing,
    )  # fmt: skip


def screen_details(medium: Medium) -> Verdict:
    """As ``screen_words``, for what the form of details says alone."""
    return screen(Screened.MEDIUM, _owner(medium), texts=_said(medium), subject_id=medium.id)


def screen_text(medium: Medium, name: str, text: str) -> Verdict:
    """What is to become of a medium by one text that is added to it."""
    return screen(Screened.MEDIUM, _owner(medium), texts={name: text}, subject_id=medium.id)


def screen_pictures(medium: Medium, pictures: Iterable[Path]) -> Verdict:
    """What is to become of a medium by pictures that we made for it."""
    return screen(Screened.MEDIUM, _owner(medium), pictures=pictures, subject_id=medium.id)


def _owner(medium: Medium) -> User:
    return db.session.get_one(User, medium.owner_id)


def _said(medium: Medium) -> dict[str, str]:
    names = [f"{role}: {name}" if role else name for role, name in medium.credits or ()]
    return {
        "title": medium.title,
        "description": medium.description_markdown or "",
        "genre": medium.genre or "",
        "tags": "\n".join(medium.tags or ()),
        "credits": "\n".join(names),
    }


def _beside(medium: Medium) -> dict[str, str]:
    """Chapters, and the words of its text tracks."""
    chapters = db.session.scalars(select(Chapter.title).where(Chapter.medium_id == medium.id)).all()
    shown = or_(Caption.version_id.is_(None), Caption.version_id == medium.version_id)
    tracks = db.session.execute(select(Caption.label, Caption.webvtt).where(Caption.medium_id == medium.id, shown))
    captions = "\n".join(f"{label}\n{webvtt}" for label, webvtt in tracks)
    return {"chapters": "\n".join(chapters), "captions": captions}
