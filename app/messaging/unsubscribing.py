"""The address in a mail's foot that ends such mails, for whoever has it: signed, without a session (RFC 8058)."""

from uuid import UUID

from flask import current_app
from itsdangerous import BadSignature, URLSafeSerializer

from app.core import signing
from app.messaging.kinds import MailChoice


def address_of(person_id: UUID, how: MailChoice) -> str:
    """Where ``person_id`` ends mails of this sort."""
    return f"{current_app.config['SETTINGS'].public_url}/unsubscribe/{_serializer().dumps([person_id.hex, how.value])}"


def read_token(token: str) -> tuple[UUID, MailChoice] | None:
    """Whose mails of which sort an address ends; None where it was changed on the way."""
    try:
        person_id, how = _serializer().loads(token)
        return UUID(person_id), MailChoice(how)
    except (BadSignature, ValueError, TypeError):
        return None


def _serializer() -> URLSafeSerializer:
    return signing.serializer(current_app.config["SETTINGS"].secret_key, purpose="unsubscribe")
