"""Who stands at the doors: known devices, suspicious traffic, and the pace at which passwords may be tried."""

import re
from dataclasses import dataclass
from typing import Any, Final
from uuid import UUID

from flask import Response, current_app, g, request
from flask_login import current_user
from itsdangerous import BadSignature, URLSafeSerializer

from app.accounts.errors import ProofWanted
from app.accounts.models import User
from app.accounts.services import devices, proofs, sessions, throttles
from app.accounts.services.throttles import Gauge, network_of
from app.core import signing
from app.core.clock import now
from app.extensions import db, limiter
from app.web.forms import FlaskForm
from app.web.security import allow_sources, cookie_name
from config import Settings

FAILURES_ALLOWED: Final = 3
"""After so many wrong tries on an account or from a network, or sign-ups, resets, strangers' reports or notices from
one, a proof is asked for.
"""
QUICKEST_S: Final = 2
"""Nobody fills in a form faster than this."""
SIGNS_ALLOWED: Final = 1
HONEYPOT: Final = "website"
BEGUN: Final = "begun"
_TOOLS = re.compile(r"curl|wget|python|go-http|java/|libwww|scrapy|httpclient|okhttp|^$", re.IGNORECASE)
_ANSWERS = {"altcha": "altcha", "hcaptcha": "h-captcha-response", "recaptcha": "g-recaptcha-response"}
_NETWORK_GAUGES = {"login": "address"}
"""What a network is counted by, where that is not called like the door."""
_SOURCES = {
    "hcaptcha": dict.fromkeys(
        ("script-src", "frame-src", "style-src", "connect-src"), "https://hcaptcha.com https://*.hcaptcha.com"
    ),
    "recaptcha": {
        "script-src": "https://www.google.com/recaptcha/ https://www.gstatic.com/recaptcha/",
        "frame-src": "https://www.google.com/recaptcha/ https://recaptcha.google.com/recaptcha/",
        "connect-src": "https://www.google.com/recaptcha/",
    },
}


# Known devices --------------------------------------------------------------------------------------------------------


def device_token() -> str | None:
    """What this browser's cookie holds of earlier log-ins; None where we did not sign it."""
    try:
        token: str = _devices().loads(request.cookies.get(cookie_name(_settings(), "device"), ""))
    except BadSignature:
        return None
    return token


def keep_device(response: Response, user: User) -> None:
    """Know this browser from now on as one of ``user``'s. The caller commits."""
    token = device_token() or devices.new_token()
    devices.remember_device(user.id, token)
    response.set_cookie(
        cookie_name(_settings(), "device"),
        str(_devices().dumps(token)),
        max_age=devices.REMEMBERED_FOR,
        secure=_settings().is_https,
        httponly=True,
        samesite="Lax",
    )


def who_knocks() -> str:
    """By what the doors' budgets are counted: a browser that we signed a cookie for, else the network."""
    token = device_token()
    return f"device:{token}" if token else network_of(request.remote_addr or "")


def login_budget() -> str:
    """How often one address may try to log in, sign up or reset."""
    return str(_settings().login_limit)


def was_refused(response: Response) -> bool:
    """Whether a door stayed shut: whoever logs in again and again with the right password is no guesser."""
    return response.status_code != 303


doors_limit = limiter.shared_limit(login_budget, scope="doors", key_func=who_knocks, methods=["POST"])
guesses_limit = limiter.shared_limit(
    login_budget, scope="doors", key_func=who_knocks, methods=["POST"], deduct_when=was_refused
)


# Passwords ------------------------------------------------------------------------------------------------------------


def check_password(login: str, password: str) -> User:
    """The person whose name and password these are. The try is counted, and committed, before it is looked at.

    Raises:
        TooSoon: the account (for strangers' devices), the address or the device has to wait.
        ProofWanted: there were so many wrong tries, or the traffic is such, that the browser has to show something.
        WrongCredentials: they do not go together.
    """
    candidate = sessions.find_candidate(login)
    gauges = _gauges(candidate.account, candidate.user_id)
    failures = g.door_failures = throttles.count_failures(gauges)
    if is_suspicious("login", failures, checks_traffic=gauges[0].sort != "device"):
        require_proof("login")
    throttles.begin_attempt(gauges)
    db.session.commit()
    g.door_failures = failures + 1
    user = sessions.authenticate(candidate, password)
    throttles.forgive(gauges)
    return user


def _gauges(account: str, user_id: UUID | None) -> list[Gauge]:
    """What a try is counted by: a known device for itself alone; others by account and by network."""
    token = device_token()
    if token is not None and devices.is_known(user_id, token):
        return [Gauge("device", f"{token}:{account}", user_id)]
    return [Gauge("account", account, user_id), Gauge("address", network_of(request.remote_addr or ""))]


# Suspicion ------------------------------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class Puzzle:
    """What a page shows to find out whether a person sits before it."""

    kind: str
    site_key: str
    challenge: dict[str, Any]


def begun_stamp() -> str:
    """For a hidden field: when a form was opened."""
    return signing.timestamp_signer(_settings().secret_key, purpose="begun").sign("f").decode()


def is_suspicious(door: str, failures: int, *, checks_traffic: bool = True) -> bool:
    """Whether a proof is to be asked for before ``door`` opens: after failures, or for traffic like a robot's."""
    if _settings().captcha == "off":
        return False
    if failures >= FAILURES_ALLOWED:
        return True
    if not checks_traffic or request.method != "POST":
        return False
    headers = request.headers
    if request.form.get(HONEYPOT) or _TOOLS.search(headers.get("User-Agent", "")):
        return True
    signs = [
        not (headers.get("Referer") or headers.get("Origin") or headers.get("Sec-Fetch-Site")),
        not headers.get("Accept-Language"),
        door != "login" and _was_quick(),
    ]
    return sum(signs) > SIGNS_ALLOWED


def _was_quick() -> bool:
    signer = signing.timestamp_signer(_settings().secret_key, purpose="begun")
    try:
        _, signed_at = signer.unsign(request.form.get(BEGUN, ""), return_timestamp=True)
    except BadSignature:
        return True
    return (now() - signed_at).total_seconds() < QUICKEST_S


def count_visit(door: str) -> None:
    """Count that this network came to ``door``, and ask for a proof where it comes often or looks odd. Commits.

    Raises:
        ProofWanted
    """
    gauges = [Gauge(door, network_of(request.remote_addr or ""))]
    visits = g.door_failures = throttles.count_failures(gauges)
    if is_suspicious(door, visits):
        require_proof(door)
    throttles.begin_attempt(gauges)
    db.session.commit()


def lets_in(door: str, form: FlaskForm) -> bool:
    """Whether a stranger may hand in ``form`` at ``door``; else it says what is missing. Members are never asked.

    Commits what it counts, so ask before anything is changed.
    """
    if current_user.is_authenticated:
        return True
    try:
        count_visit(door)
    except ProofWanted as error:
        form.form_errors.append(error.sentence)
        return False
    return True


def asked_of_strangers(door: str) -> dict[str, Any]:
    """What the form at ``door`` holds besides its fields (``accounts/_proof.html``); for members nothing."""
    if current_user.is_authenticated:
        return {"puzzle": None, "begun": ""}
    return {"puzzle": make_puzzle(door), "begun": begun_stamp()}


def require_proof(door: str) -> None:
    """Let pass who shows a proof with this form, once. Commits, so that it is spent whatever becomes of the rest.

    Raises:
        ProofWanted: there is none, or it does not hold.
    """
    g.proof_wanted = True  # and another one, should the form come back for another reason
    kind = _settings().captcha
    answer = request.form.get(_ANSWERS[kind], "")
    good = bool(answer) and (
        proofs.spend_solution(answer, door)
        if kind == "altcha"
        else proofs.ask_service(answer, request.remote_addr or "")
    )
    db.session.commit()
    if not good:
        raise ProofWanted


def make_puzzle(door: str) -> Puzzle | None:
    """What the page for ``door`` shows to find out more about its visitor; None for those who raise no suspicion.

    Where a service does it, the page may load that service's scripts, and no other page may.
    """
    failures = g.get("door_failures")
    if failures is None and _settings().captcha != "off":
        failures = throttles.peek_failures(
            [Gauge(_NETWORK_GAUGES.get(door, door), network_of(request.remote_addr or ""))]
        )
    if not g.get("proof_wanted") and not is_suspicious(door, failures or 0, checks_traffic=False):
        return None
    kind = _settings().captcha
    allow_sources(_SOURCES.get(kind, {}))
    return Puzzle(kind, _settings().captcha_site_key or "", proofs.make_puzzle(door) if kind == "altcha" else {})


def _devices() -> URLSafeSerializer:
    return signing.serializer(_settings().secret_key, purpose="device")


def _settings() -> Settings:
    settings: Settings = current_app.config["SETTINGS"]
    return settings
