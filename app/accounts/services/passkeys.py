"""Passkeys (WebAuthn level 3): a key pair in someone's phone, laptop or security key, unlocked there by its owner.

Every one is discoverable and was made with user verification, so that it opens the account by itself: holding it is
one factor, unlocking it the other. As second step after a password a touch is enough.
"""

from dataclasses import dataclass
from typing import Any, Final
from urllib.parse import urlsplit
from uuid import UUID

import structlog
import webauthn
from flask import current_app
from sqlalchemy import func, select
from webauthn.helpers import base64url_to_bytes, bytes_to_base64url, generate_challenge, options_to_json_dict
from webauthn.helpers.structs import (
    AuthenticatorSelectionCriteria,
    AuthenticatorTransport,
    PublicKeyCredentialDescriptor,
    ResidentKeyRequirement,
    UserVerificationRequirement,
)

from app.accounts.errors import PasskeyKnown, PasskeyRefused, TooManyPasskeys
from app.accounts.factor_models import Passkey
from app.accounts.factor_queries import MOST_PASSKEYS, list_passkeys
from app.accounts.models import User
from app.accounts.services import factors
from app.core.clock import now
from app.core.ids import uuid7
from app.extensions import db

LONGEST_ANSWER: Final = 20_000
"""Characters of what a browser says of a key; usual ones have two thousand."""
TIMEOUT_MS: Final = 5 * 60 * 1000
_TRANSPORTS: Final = {transport.value for transport in AuthenticatorTransport}

log = structlog.get_logger()


@dataclass(frozen=True, slots=True)
class Place:
    """Where passkeys are good: a name, and the one origin whose pages may ask for them."""

    name: str
    origin: str


def place() -> Place:
    """This installation as browsers know it. They give no passkeys to numbers, so this machine is called localhost."""
    settings = current_app.config["SETTINGS"]
    parts = urlsplit(settings.public_url)
    host = parts.hostname or ""
    if settings.is_local and host != "localhost":
        port = f":{parts.port}" if parts.port else ""
        return Place("localhost", f"{parts.scheme}://localhost{port}")
    return Place(host, f"{parts.scheme}://{parts.netloc}")


def adding_options(user: User) -> tuple[dict[str, Any], str]:
    """What a browser is asked in order to make a key for ``user``, and the challenge in it.

    Raises:
        TooManyPasskeys: there are as many as one person may have.
    """
    known = list_passkeys(user)
    if len(known) >= MOST_PASSKEYS:
        raise TooManyPasskeys
    challenge = generate_challenge()
    options = webauthn.generate_registration_options(
        rp_id=place().name,
        rp_name="Soundstage",
        user_id=user.id.bytes,
        user_name=user.username,
        user_display_name=user.display_name,
        challenge=challenge,
        timeout=TIMEOUT_MS,
        authenticator_selection=AuthenticatorSelectionCriteria(
            resident_key=ResidentKeyRequirement.REQUIRED, user_verification=UserVerificationRequirement.REQUIRED
        ),
        exclude_credentials=[PublicKeyCredentialDescriptor(id=key.credential_id) for key in known],
    )
    return options_to_json_dict(options), bytes_to_base64url(challenge)


def add_passkey(user: User, *, answer: str, challenge: str | None, name: str) -> list[str]:
    """Keep the public half of the key that a browser made. Returns recovery codes where there were none, else [].

    ``challenge`` is None where nothing was asked, or something that was answered already.

    Raises:
        PasskeyRefused: the answer does not fit the question.
        PasskeyKnown: the key is someone's already.
        TooManyPasskeys
    """
    if challenge is None or len(answer) > LONGEST_ANSWER:
        raise PasskeyRefused
    try:
        made = webauthn.verify_registration_response(
            credential=answer,
            expected_challenge=base64url_to_bytes(challenge),
            expected_rp_id=place().name,
            expected_origin=place().origin,
            require_user_verification=True,
        )
        transports = webauthn.helpers.parse_registration_credential_json(answer).response.transports or []
    except Exception as error:  # what strangers send breaks parsers in ways of its own
        log.info("passkey_refused", why=str(error)[:200])
        raise PasskeyRefused from error
    db.session.execute(select(User.id).where(User.id == user.id).with_for_update())  # two at once are counted
    if (db.session.scalar(select(func.count()).where(Passkey.user_id == user.id)) or 0) >= MOST_PASSKEYS:
        raise TooManyPasskeys
    if db.session.scalar(select(Passkey.id).where(Passkey.credential_id == made.credential_id)):
        raise PasskeyKnown
    db.session.add(
        Passkey(
            id=uuid7(),
            user_id=user.id,
            credential_id=made.credential_id,
            public_key=made.credential_public_key,
            sign_count=made.sign_count,
            name=name,
            transports=[one.value for one in transports if one.value in _TRANSPORTS],
            is_synced=made.credential_backed_up,
        )
    )
    return factors.note_added(user, factors.PASSKEY)


def asking_options(user: User | None, *, verified: bool) -> tuple[dict[str, Any], str]:
    """What a browser is asked in order to use a key, and the challenge in it.

    ``user`` is None where nobody has said yet who they are: the key says it. ``verified`` asks for its owner to unlock
    it, not only to touch it.
    """
    challenge = generate_challenge()
    options = webauthn.generate_authentication_options(
        rp_id=place().name,
        challenge=challenge,
        timeout=TIMEOUT_MS,
        allow_credentials=[
            PublicKeyCredentialDescriptor(
                id=key.credential_id, transports=[AuthenticatorTransport(one) for one in key.transports] or None
            )
            for key in (list_passkeys(user) if user is not None else [])
        ],
        user_verification=_wish(verified=verified),
    )
    return options_to_json_dict(options), bytes_to_base64url(challenge)


def use_passkey(*, answer: str, challenge: str, user: User | None, verified: bool) -> User:
    """Accept the answer of a key to a challenge; returns whose it is. As ``asking_options``, for the same arguments.

    The row is locked: a key that counts cannot bring one answer twice at once.

    Raises:
        PasskeyRefused: the key is not known, or not of ``user``; the answer does not fit; its count went backwards,
            as that of a copy does.
    """
    if len(answer) > LONGEST_ANSWER:
        raise PasskeyRefused
    try:
        said = webauthn.helpers.parse_authentication_credential_json(answer)
    except Exception as error:  # as above
        raise PasskeyRefused from error
    key = db.session.scalar(
        select(Passkey)
        .where(Passkey.credential_id == said.raw_id)
        .with_for_update()
        .execution_options(populate_existing=True)
    )
    if key is None or (user is not None and key.user_id != user.id):
        raise PasskeyRefused
    handle = said.response.user_handle
    if handle != key.user_id.bytes and (handle is not None or user is None):
        raise PasskeyRefused
    try:
        used = webauthn.verify_authentication_response(
            credential=answer,
            expected_challenge=base64url_to_bytes(challenge),
            expected_rp_id=place().name,
            expected_origin=place().origin,
            credential_public_key=key.public_key,
            credential_current_sign_count=key.sign_count,
            require_user_verification=verified,
        )
    except Exception as error:  # as above
        log.info("passkey_refused", passkey=str(key.id), why=str(error)[:200])
        raise PasskeyRefused from error
    key.sign_count, key.is_synced, key.last_used_at = used.new_sign_count, used.credential_backed_up, now()
    return user if user is not None else db.session.get_one(User, key.user_id)


def remove_passkey(user: User, passkey_id: UUID) -> None:
    """Take a key away. One that is not theirs, or is gone already, changes nothing.

    Raises:
        LastWayIn: there is no password, and no other key or provider.
    """
    key = db.session.scalar(select(Passkey).where(Passkey.id == passkey_id, Passkey.user_id == user.id))
    if key is None:
        return
    factors.require_another_way_in(user, without=key)
    db.session.delete(key)
    factors.note_removed(user, factors.PASSKEY)


def _wish(*, verified: bool) -> UserVerificationRequirement:
    return UserVerificationRequirement.REQUIRED if verified else UserVerificationRequirement.DISCOURAGED
