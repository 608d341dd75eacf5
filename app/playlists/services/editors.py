"""Who works on a set: invitations by name and by link, coming, leaving, being shown out."""

from datetime import timedelta
from uuid import UUID

from sqlalchemy import delete, exists, func, select

from app.accounts import queries as people
from app.accounts.models import User
from app.core.clock import now
from app.core.events import publish
from app.core.locking import hold_row
from app.extensions import db
from app.playlists.errors import (
    InvitationNotFound,
    InvitationRefused,
    KeptBySystem,
    MayNotArrange,
    TooManyEditors,
)
from app.playlists.events import EditorInvited, EditorsChanged
from app.playlists.models import Set, SetEditor, SetInvitation, SetKind

MOST_EDITORS = 50
MOST_INVITATIONS = 100
INVITATION_LASTS = timedelta(days=14)


def invite_person(one: Set, username: str, *, by: User) -> SetInvitation:
    """Ask somebody to work on a set. Asking again begins the time anew. The caller commits.

    Raises:
        MayNotArrange: ``by`` does not own it.
        KeptBySystem: it is "watch later".
        InvitationRefused: ``by`` finds nobody of this name, or it is somebody who is in already.
        TooManyEditors: enough are invited.
    """
    _begin(one, by)
    user = people.find_person(username.strip().removeprefix("@")) if "\0" not in username else None
    if user is None or user.is_withheld or by.is_apart_from(user.id):
        raise InvitationRefused("There is nobody of this name here.")
    if user.id == one.owner_id:
        raise InvitationRefused("This set is yours: you are in already.")
    if is_editor(one.id, user.id):
        raise InvitationRefused(f"{user.display_name} works on it already.")
    query = select(SetInvitation).where(SetInvitation.set_id == one.id, SetInvitation.invited_id == user.id)
    invitation = db.session.scalar(query)
    if invitation is None:
        _require_room(one)
        invitation = SetInvitation(set_id=one.id, invited_id=user.id)
        db.session.add(invitation)
    invitation.expires_at = now() + INVITATION_LASTS
    db.session.flush()
    publish(EditorInvited(invitation_id=invitation.id))
    _tell(one)
    return invitation


def invite_by_link(one: Set, *, by: User) -> SetInvitation:
    """A link that asks whoever has it, for two weeks or until it is taken back. The caller commits.

    Raises:
        MayNotArrange, KeptBySystem, TooManyEditors: as for ``invite_person``.
    """
    _begin(one, by)
    _require_room(one)
    invitation = SetInvitation(set_id=one.id, expires_at=now() + INVITATION_LASTS)
    db.session.add(invitation)
    db.session.flush()
    _tell(one)
    return invitation


def revoke_invitation(one: Set, invitation_id: UUID, *, by: User) -> None:
    """Take an invitation back. One that is gone already changes nothing. The caller commits.

    Raises:
        MayNotArrange: ``by`` does not own the set.
    """
    _require_owner(one, by)
    db.session.execute(delete(SetInvitation).where(SetInvitation.set_id == one.id, SetInvitation.id == invitation_id))
    _tell(one)


def find_invited(token: str, user: User) -> tuple[SetInvitation, Set]:
    """An invitation that is for ``user``, and its set.

    Raises:
        InvitationNotFound: there is none, it is over or somebody else's, or a block stands between.
    """
    if not token.isascii() or "\0" in token:
        raise InvitationNotFound
    invitation = db.session.scalar(select(SetInvitation).where(SetInvitation.token == token))
    if invitation is None or (invitation.expires_at is not None and invitation.expires_at <= now()):
        raise InvitationNotFound
    one = db.session.get_one(Set, invitation.set_id)
    is_theirs = invitation.invited_id in {None, user.id}
    if not is_theirs or one.withheld or one.owner_id == user.id or user.is_apart_from(one.owner_id):
        raise InvitationNotFound
    return invitation, one


def accept_invitation(token: str, *, by: User) -> Set:
    """Begin to work on a set. Accepting twice does no more. The caller commits.

    Raises:
        InvitationNotFound: there is none for ``by``, not any more.
        TooManyEditors: others were quicker.
    """
    invitation, one = find_invited(token, by)
    hold_row(one)  # one at a time, so that there is room for those who come
    if not is_editor(one.id, by.id):
        count = db.session.scalar(select(func.count()).select_from(SetEditor).where(SetEditor.set_id == one.id)) or 0
        if count >= MOST_EDITORS:
            raise TooManyEditors
        db.session.add(SetEditor(set_id=one.id, user_id=by.id))
    if invitation.invited_id is not None:
        db.session.delete(invitation)
    db.session.flush()
    _tell(one)
    return one


def decline_invitation(token: str, *, by: User) -> None:
    """Say no. A link stays for others. The caller commits.

    Raises:
        InvitationNotFound: there is none for ``by``.
    """
    invitation, one = find_invited(token, by)
    if invitation.invited_id is not None:
        db.session.delete(invitation)
        _tell(one)


def leave_set(one: Set, *, by: User) -> None:
    """Work on it no more. What one added stays. The caller commits."""
    db.session.execute(delete(SetEditor).where(SetEditor.set_id == one.id, SetEditor.user_id == by.id))
    _tell(one)


def remove_editor(one: Set, user_id: UUID, *, by: User) -> None:
    """Show somebody out. What they added stays. The caller commits.

    Raises:
        MayNotArrange: ``by`` does not own the set.
    """
    _require_owner(one, by)
    db.session.execute(delete(SetEditor).where(SetEditor.set_id == one.id, SetEditor.user_id == user_id))
    _tell(one)


def part_people(one_id: UUID, other_id: UUID) -> None:
    """A block stands between two people: neither works on the other's sets, nor is asked to. The caller commits."""
    pairs = ((one_id, other_id), (other_id, one_id))
    for owner_id, person_id in pairs:
        owned = select(Set.id).where(Set.owner_id == owner_id)
        gone = delete(SetEditor).where(SetEditor.user_id == person_id, SetEditor.set_id.in_(owned))
        asked = delete(SetInvitation).where(SetInvitation.invited_id == person_id, SetInvitation.set_id.in_(owned))
        set_ids = set(db.session.scalars(gone.returning(SetEditor.set_id)))
        set_ids |= set(db.session.scalars(asked.returning(SetInvitation.set_id)))
        for one in db.session.scalars(select(Set).where(Set.id.in_(set_ids))).all():
            _tell(one)


def is_editor(set_id: UUID, user_id: UUID) -> bool:
    """Whether somebody works on another's set."""
    return bool(db.session.scalar(select(exists().where(SetEditor.set_id == set_id, SetEditor.user_id == user_id))))


def _begin(one: Set, by: User) -> None:
    _require_owner(one, by)
    if one.kind is SetKind.WATCH_LATER:
        raise KeptBySystem
    hold_row(one, ["id"])


def _require_owner(one: Set, by: User) -> None:
    if by.id != one.owner_id:
        raise MayNotArrange


def _require_room(one: Set) -> None:
    editors = select(func.count()).select_from(SetEditor).where(SetEditor.set_id == one.id)
    asked = select(func.count()).select_from(SetInvitation).where(SetInvitation.set_id == one.id)
    if (db.session.scalar(editors) or 0) >= MOST_EDITORS or (db.session.scalar(asked) or 0) >= MOST_INVITATIONS:
        raise TooManyEditors


def _tell(one: Set) -> None:
    publish(EditorsChanged(set_id=one.id, public_id=one.public_id))
