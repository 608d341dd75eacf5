"""Showing that one is no robot: work for the browser (ALTCHA), or a service that looks at the visitor.

ALTCHA's puzzle is made and checked here and told nobody else. A solution counts once, in its time, for its door.
"""

import hashlib
import hmac
import secrets
from datetime import UTC, datetime, timedelta
from typing import Any, Final

import altcha
import requests
import structlog
from flask import current_app
from sqlalchemy import delete
from sqlalchemy.dialects.postgresql import insert

from app.accounts.door_models import SpentProof
from app.core.clock import now
from app.core.outbound import Reach
from app.core.outbound import session as outbound_session
from app.extensions import db
from config import Settings

log = structlog.get_logger()

LASTS: Final = timedelta(minutes=20)
ALGORITHM: Final = "PBKDF2/SHA-256"
ROUNDS: Final = 1_000
"""Of one try; about half a millisecond of a laptop."""
FEWEST_TRIES: Final = 300
MOST_TRIES: Final = 900
LONGEST_SOLUTION: Final = 4_000
ANSWER_WITHIN_S: Final = 5
SERVICES: Final = {
    "hcaptcha": "https://api.hcaptcha.com/siteverify",
    "recaptcha": "https://www.google.com/recaptcha/api/siteverify",
}


def make_puzzle(door: str) -> dict[str, Any]:
    """A puzzle for the browser of someone at ``door``, as ALTCHA writes it."""
    challenge = altcha.create_challenge(
        ALGORITHM,
        ROUNDS,
        counter=FEWEST_TRIES + secrets.randbelow(MOST_TRIES - FEWEST_TRIES),
        expires_at=now() + LASTS,
        data={"door": door},
        hmac_secret=_key(),
    )
    puzzle: dict[str, Any] = challenge.to_dict()
    return puzzle


def spend_solution(solution: str, door: str) -> bool:
    """Whether ``solution`` solves a puzzle for ``door`` that was not handed in before. The caller commits."""
    if len(solution) > LONGEST_SOLUTION or not altcha.verify_solution(solution, _key()).verified:
        return False
    challenge = altcha.Payload.from_base64(solution).challenge
    said, expires_at = challenge.parameters.data, challenge.parameters.expires_at
    if not isinstance(said, dict) or said.get("door") != door or expires_at is None or challenge.signature is None:
        return False
    spent = insert(SpentProof).values(
        digest=hashlib.sha256(challenge.signature.lower().encode()).digest(),
        expires_at=datetime.fromtimestamp(expires_at, UTC),
    )
    return db.session.scalar(spent.on_conflict_do_nothing().returning(SpentProof.digest)) is not None


def ask_service(answer: str, address: str) -> bool:
    """Whether hCaptcha or reCAPTCHA, whichever is set, takes the visitor for a person. No answer is a no."""
    settings = _settings()
    url = settings.captcha_verify_url or SERVICES[settings.captcha]
    said = {"secret": settings.captcha_secret or "", "response": answer, "remoteip": address}
    try:
        # One that operators name may lie inside.
        reach = Reach(allows_local=settings.captcha_verify_url is not None, total_s=2 * ANSWER_WITHIN_S)
        with outbound_session(reach) as session:
            reply = session.post(url, data=said, timeout=ANSWER_WITHIN_S, allow_redirects=False)
        reply.raise_for_status()
        return reply.json().get("success") is True
    except (requests.RequestException, ValueError, AttributeError) as error:
        log.warning("captcha_service_away", service=settings.captcha, error=str(error))
        return False


def forget_spent() -> None:
    """Delete those whose puzzle ran out. The caller commits."""
    db.session.execute(delete(SpentProof).where(SpentProof.expires_at < now()))


def _key() -> bytes:
    return hmac.digest(_settings().secret_key.encode(), b"altcha", "sha256")


def _settings() -> Settings:
    settings: Settings = current_app.config["SETTINGS"]
    return settings
