"""Sets that two people work on, and named links, as rows."""

from typing import Any

from sqlalchemy import select
from sqlalchemy.orm import Session

from app.accounts.models import User
from app.core.clock import now
from app.extensions import db
from app.media.models import Medium, ShareLink
from app.playlists.models import ChangeKind, Set, SetChange, SetEditor, SetInvitation
from app.playlists.services.editors import INVITATION_LASTS
from tests.browser.community import Community, Person, Work
from tests.browser.installation import Installation
from tests.factories.sets import add_set


def add_shared_set(installation: Installation, owner: Person, editor: Person, works: list[Work], title: str) -> Set:
    """A private set of ``owner`` that ``editor`` works on."""
    with installation.services(), Session(db.engine, expire_on_commit=False) as session:
        people = {user.username: user for user in session.scalars(select(User)).unique()}
        media = {medium.public_id: medium for medium in session.scalars(select(Medium))}
        wanted = [media[work.public_id] for work in works]
        one = add_set(session, people[owner.username], wanted, visibility="private", title=title)
        session.add(SetEditor(set_id=one.id, user_id=people[editor.username].id))
        session.commit()
        return one


def add_link(installation: Installation, work: Work, **values: Any) -> str:
    """The address of a named link to a work."""
    with installation.services(), Session(db.engine, expire_on_commit=False) as session:
        medium = session.scalars(select(Medium).where(Medium.public_id == work.public_id)).one()
        link = ShareLink(owner_id=medium.owner_id, medium_id=medium.id, recipient="Mara at the label", **values)
        session.add(link)
        session.commit()
        return f"/share/{link.token}"


def names_together(installation: Installation, community: Community) -> dict[str, str]:
    """A set of Ada's on which Ben works and to which Cleo is asked, with changes; and a link that has ended."""
    add_link(installation, community.song, revoked_at=now())
    add_link(installation, community.song, play_cap=3)
    one = add_shared_set(installation, community.ada, community.ben, [community.song], "Made by two")
    with installation.services(), Session(db.engine, expire_on_commit=False) as session:
        people = {user.username: user.id for user in session.scalars(select(User)).unique()}
        asked = SetInvitation(
            set_id=one.id, invited_id=people[community.cleo.username], expires_at=now() + INVITATION_LASTS
        )
        session.add_all([asked, SetInvitation(set_id=one.id, expires_at=now() + INVITATION_LASTS)])
        medium_id = session.scalar(select(Medium.id).where(Medium.public_id == community.song.public_id))
        made: list[dict[str, Any]] = [
            {"kind": ChangeKind.ADDED, "medium_id": medium_id},
            {"kind": ChangeKind.EDITED, "before": {"title": "Before"}, "undone_at": now()},
        ]
        session.add_all(SetChange(set_id=one.id, actor_id=people[community.ben.username], **each) for each in made)
        session.commit()
        return {"together": one.public_id, "invitation": asked.token}
