"""Who someone is at a provider, and which account that is here.

Issuer and subject decide, never the address: addresses change hands. Only the very first time, when nobody is known by
that subject, an address that both sides have verified leads to its account, unless that asks for a second step: then
its owner links it in the settings.
"""

from uuid import UUID

from sqlalchemy import select, update
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.exc import IntegrityError

from app.accounts.errors import (
    EmailTaken,
    IdentityTaken,
    LinkFirst,
    ProviderEmailUnverified,
    UsernameTaken,
)
from app.accounts.events import UserSignedUp
from app.accounts.factor_models import Identity
from app.accounts.models import Role, User
from app.accounts.names import find_fault_of_display_name
from app.accounts.services import consents, factors
from app.accounts.services.mailed_tokens import is_spoken_for
from app.accounts.services.openid import Claims
from app.accounts.services.usernames import require_free_username
from app.core import audit
from app.core.clock import now
from app.core.events import publish
from app.core.ids import uuid7
from app.extensions import db


def find_identity(claims: Claims) -> Identity | None:
    """The link that was made for this subject of this issuer."""
    return db.session.scalar(
        select(Identity).where(Identity.issuer == claims.issuer, Identity.subject == claims.subject)
    )


def person_for(claims: Claims) -> User | None:
    """Whose account opens for these claims; links it at the first time. None for someone who is new here.

    Raises:
        LinkFirst: an account has the address, but that alone does not prove that it is theirs.
        ProviderEmailUnverified: they are new, and the provider does not vouch for an address of theirs.
    """
    found = find_identity(claims)
    if found is not None:
        db.session.execute(
            update(Identity).where(Identity.id == found.id).values(last_used_at=now(), email=claims.email)
        )
        return db.session.get_one(User, found.user_id)
    user = db.session.scalar(select(User).where(User.email_key == claims.email.lower())) if claims.email else None
    if user is None:
        if not (claims.email and claims.email_verified):
            raise ProviderEmailUnverified
        return None
    if not claims.email_verified or user.email_verified_at is None or user.has_factor:
        raise LinkFirst
    link_identity(user, claims)
    return user


def link_identity(user: User, claims: Claims) -> None:
    """Let ``user`` log in by what these claims say. A second time changes nothing.

    Raises:
        IdentityTaken: that opens somebody else's account.
    """
    values = {"user_id": user.id, "issuer": claims.issuer, "subject": claims.subject}
    made = db.session.scalar(
        insert(Identity)
        .values(id=uuid7(), email=claims.email, linked_at=now(), **values)
        .on_conflict_do_nothing(index_elements=[Identity.issuer, Identity.subject])
        .returning(Identity.id)
    )
    if made is None:
        known = find_identity(claims)
        if known is None or known.user_id != user.id:
            raise IdentityTaken
        return
    audit.record("identity.linked", actor=user, after={"issuer": claims.issuer})
    factors.tell_owner(user, "identity_linked")


def unlink_identity(user: User, identity_id: UUID) -> None:
    """Take a link away. One that is not theirs, or is gone already, changes nothing.

    Raises:
        LastWayIn: there is no password, no passkey and no other provider.
    """
    found = db.session.scalar(select(Identity).where(Identity.id == identity_id, Identity.user_id == user.id))
    if found is None:
        return
    factors.require_another_way_in(user, without=found)
    audit.record("identity.unlinked", actor=user, before={"issuer": found.issuer})
    factors.tell_owner(user, "identity_unlinked")
    db.session.delete(found)


def sign_up_with(claims: Claims, *, username: str) -> User:
    """Make an account without a password for someone whom a provider vouches for.

    Raises:
        ProviderEmailUnverified, UsernameInvalid, UsernameTaken, EmailTaken, IdentityTaken
    """
    if not (claims.email and claims.email_verified):
        raise ProviderEmailUnverified
    key = require_free_username(username)
    if is_spoken_for(claims.email.lower()):
        raise EmailTaken
    user = User(
        id=uuid7(),
        username=username,
        username_key=key,
        email=claims.email,
        email_key=claims.email.lower(),
        email_verified_at=now(),
        password_digest=b"",
        display_name=username if find_fault_of_display_name(claims.name.strip()) else claims.name.strip(),
        role=Role.LISTENER,
        created_at=now(),
    )
    try:
        with db.session.begin_nested():
            db.session.add(user)
    except IntegrityError as error:  # somebody was quicker between the look and the insert
        raise (EmailTaken if "email" in str(error.orig) else UsernameTaken) from error
    consents.agree_to_texts(user)
    audit.record("account.created", actor=user)
    publish(UserSignedUp(user_id=user.id))
    link_identity(user, claims)
    return user
