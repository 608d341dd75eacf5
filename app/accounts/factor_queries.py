"""What someone can prove themselves with, for pages."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import exists, func, select

from app.accounts.factor_models import Authenticator, Identity, Passkey, RecoveryCode
from app.accounts.models import User
from app.extensions import db

MOST_PASSKEYS = 20


@dataclass(frozen=True, slots=True)
class Ways:
    """How someone can prove themselves, beside the password."""

    has_authenticator: bool
    has_passkey: bool
    issuers: Sequence[str]


@dataclass(frozen=True, slots=True)
class Safety:
    """Everything that guards an account."""

    authenticator_since: datetime | None
    authenticator_used_at: datetime | None
    codes_left: int
    passkeys: Sequence[Passkey]
    identities: Sequence[Identity]
    is_only_way_in: bool
    """Whether there is one passkey or provider and no password: it cannot be removed."""


def ways_of(user: User) -> Ways:
    """How ``user`` can prove themselves."""
    row = db.session.execute(
        select(
            exists().where(Authenticator.user_id == user.id, Authenticator.confirmed_at.is_not(None)),
            exists().where(Passkey.user_id == user.id),
            select(func.coalesce(func.array_agg(Identity.issuer), []))
            .where(Identity.user_id == user.id)
            .scalar_subquery(),
        )
    ).one()
    return Ways(row[0], row[1], row[2] or [])


def safety_of(user: User) -> Safety:
    """What guards ``user``'s account, in three statements."""
    codes = select(func.count()).where(RecoveryCode.user_id == user.id, RecoveryCode.used_at.is_(None))
    row = db.session.execute(
        select(Authenticator.confirmed_at, Authenticator.last_used_at, codes.scalar_subquery().label("codes"))
        .select_from(User)
        .outerjoin(Authenticator, Authenticator.user_id == User.id)
        .where(User.id == user.id)
    ).one()
    keys, identities = list_passkeys(user), list_identities(user)
    return Safety(
        authenticator_since=row.confirmed_at,
        authenticator_used_at=row.last_used_at,
        codes_left=row.codes,
        passkeys=keys,
        identities=identities,
        is_only_way_in=not user.has_password and len(keys) + len(identities) == 1,
    )


def list_passkeys(user: User) -> Sequence[Passkey]:
    """The passkeys of ``user``, oldest first; there are never more than ``MOST_PASSKEYS``."""
    return db.session.scalars(
        select(Passkey).where(Passkey.user_id == user.id).order_by(Passkey.id).limit(MOST_PASSKEYS)
    ).all()


def list_identities(user: User) -> Sequence[Identity]:
    """Who ``user`` is at providers."""
    return db.session.scalars(
        select(Identity).where(Identity.user_id == user.id).order_by(Identity.id).limit(MOST_PASSKEYS)
    ).all()
