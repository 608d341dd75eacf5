"""What is asked of who works on a set, who is asked to, and what they changed."""

from collections.abc import Collection, Sequence
from typing import Any
from uuid import UUID

from sqlalchemy import and_, or_, select
from sqlalchemy.orm import aliased

from app.accounts.models import User
from app.accounts.queries import not_apart
from app.core.clock import now
from app.extensions import db
from app.media.models import Medium
from app.playlists.models import Set, SetChange, SetEditor, SetInvitation
from app.web.pagination import PAGE_SIZE


def list_editors(one: Set) -> Sequence[User]:
    """The people who work on a set beside its owner, in the order in which they came."""
    query = select(User).join(SetEditor, SetEditor.user_id == User.id).where(SetEditor.set_id == one.id)
    query = query.where(*not_apart(one.owner_id, User.id))
    return db.session.scalars(query.order_by(SetEditor.joined_at, User.id)).unique().all()


def list_invitations(one: Set) -> Sequence[Any]:
    """Invitations that are open, the newest first: ``SetInvitation`` and, of those by name, ``User``."""
    query = select(SetInvitation, User).outerjoin(User, User.id == SetInvitation.invited_id)
    living = or_(SetInvitation.expires_at.is_(None), SetInvitation.expires_at > now())
    return db.session.execute(
        query.where(SetInvitation.set_id == one.id, living).order_by(SetInvitation.id.desc())
    ).unique().all()  # fmt: skip


def people_by_id(ids: Collection[UUID], viewer_id: UUID) -> Sequence[User]:
    """These people as far as no block stands between them and the viewer, by name."""
    if not ids:
        return []
    query = select(User).where(User.id.in_(ids), *not_apart(viewer_id, User.id))
    return db.session.scalars(query.order_by(User.display_name, User.id)).unique().all()


def change_rows(one: Set, viewer_id: UUID, *, after: UUID | None = None, size: int = PAGE_SIZE) -> Sequence[Any]:
    """One more than ``size`` rows of what was changed in a set, the newest first.

    ``SetChange``; ``User``, whoever did it, None where they are gone or a block stands between; and of the medium its
    ``title``, ``slug`` and ``username``, None where the viewer may not know of it.
    """
    owner = aliased(User)
    is_known = and_(
        Medium.id == SetChange.medium_id,
        or_(Medium.listed, Medium.owner_id == viewer_id),
        *not_apart(viewer_id, Medium.owner_id),
    )
    query = (
        select(SetChange, User, Medium.title, Medium.slug, owner.username)
        .select_from(SetChange)
        .outerjoin(User, and_(User.id == SetChange.actor_id, *not_apart(viewer_id, User.id)))
        .outerjoin(Medium, is_known)
        .outerjoin(owner, owner.id == Medium.owner_id)
        .where(SetChange.set_id == one.id)
    )
    if after is not None:
        query = query.where(SetChange.id < after)
    return db.session.execute(query.order_by(SetChange.id.desc()).limit(size + 1)).unique().all()


def shared_set_rows(user_id: UUID, *, after: UUID | None = None, size: int = PAGE_SIZE) -> Sequence[Any]:
    """One more than ``size`` rows of others' sets that someone works on: ``Set`` and its owner, ``User``."""
    query = (
        select(Set, User)
        .join(SetEditor, SetEditor.set_id == Set.id)
        .join(User, User.id == Set.owner_id)
        .where(SetEditor.user_id == user_id, ~Set.withheld, *not_apart(user_id, Set.owner_id))
    )
    if after is not None:
        query = query.where(Set.id < after)
    return db.session.execute(query.order_by(Set.id.desc()).limit(size + 1)).unique().all()


def invitations_of(user_id: UUID) -> Sequence[Any]:
    """What someone is asked to work on: ``SetInvitation``, ``Set`` and its owner, ``User``; the newest first."""
    query = (
        select(SetInvitation, Set, User)
        .join(Set, Set.id == SetInvitation.set_id)
        .join(User, User.id == Set.owner_id)
        .where(SetInvitation.invited_id == user_id, SetInvitation.expires_at > now(), ~Set.withheld)
        .where(*not_apart(user_id, Set.owner_id))
    )
    return db.session.execute(query.order_by(SetInvitation.id.desc()).limit(50)).unique().all()
