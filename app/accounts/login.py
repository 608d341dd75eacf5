"""Who is asking: Flask-Login over the session table. The cookie holds a token, the row says whether it still lives."""

from dataclasses import dataclass
from datetime import timedelta
from typing import Final
from urllib.parse import urlsplit
from uuid import UUID

from flask import Flask, Request, Response, current_app, flash, g, make_response, redirect, request, session, url_for
from flask_login import AnonymousUserMixin, current_user

from app.accounts import begun, guard
from app.accounts.factor_models import CeremonyKind
from app.accounts.models import Session, Standing, User
from app.accounts.services import sessions, sign_up
from app.extensions import db, login_manager
from app.web.cookies import SignedCookies, keep_browsers_cookie
from app.web.errors import error_response, wants_json
from app.web.forms import FlaskForm
from app.web.hx import go_to, render, wants_fragment
from app.web.redirects import wanted_page
from app.web.security import clear_browsers_cache, cookie_name
from config import Settings

HOME: Final = "/"
STANDING_PAGE: Final = "/settings/standing"
"""Where people read what was decided about them."""
TOKEN = "account_token"  # noqa: S105 - the name of a key in the cookie


class Stranger(AnonymousUserMixin):
    """Someone who is not logged in, with the questions answered that templates ask of everyone."""

    id = None
    is_adult = False
    """Whether they said so in this browser: only ``stranger_here`` knows."""
    username = ""
    display_name = ""
    avatar = None
    is_artist = False
    is_staff = False
    may_act = True
    remembers_history = False
    levels_loudness = True
    plays_next = True

    @staticmethod
    def is_apart_from(_person_id: object) -> bool:
        """Nobody can block a stranger."""
        return False


ADULT = "is_adult"
"""Where a stranger's cookie holds that they said they are an adult."""


def stranger_here() -> Stranger:
    """The stranger who asks, with what they said in this browser."""
    stranger = Stranger()
    stranger.is_adult = bool(session.get(ADULT))
    return stranger


def register_login(app: Flask, settings: Settings) -> None:
    """Bind Flask-Login to ``app`` and name the cookie by the scheme that people use."""
    app.config.update(
        SESSION_COOKIE_NAME=cookie_name(settings, "session"),
        SESSION_COOKIE_SECURE=settings.is_https,
        SESSION_COOKIE_HTTPONLY=True,
        SESSION_COOKIE_SAMESITE="Lax",
        SESSION_REFRESH_EACH_REQUEST=False,
        PERMANENT_SESSION_LIFETIME=timedelta(seconds=settings.session_max_s),
    )
    app.session_interface = SignedCookies()
    login_manager.anonymous_user = stranger_here
    login_manager.session_protection = (
        None  # addresses and browsers change under honest people; rows are revoked instead
    )
    login_manager.init_app(app)


@login_manager.request_loader
def load_viewer(_request: Request) -> User | None:
    """The person whose living session the cookie names."""
    token = session.get(TOKEN)
    if not token:
        return None
    found = sessions.find_session(token)
    if found is None and (found := sessions.find_replaced(token)) is not None:
        g.has_former_token = True
        keep_browsers_cookie()
    if found is None:
        session.pop(TOKEN, None)
        clear_browsers_cache()
        return None
    g.account_session = found
    g.person_id = str(found.user_id)  # for the log, which must not ask the database
    if sessions.note_seen(found, address=request.remote_addr or ""):
        db.session.commit()
    return found.user


@login_manager.unauthorized_handler
def ask_to_log_in() -> Response:
    """Send a person to the log-in page and back; tell a script."""
    if wants_json():
        return error_response(401)
    wanted = request.full_path.rstrip("?") if request.method == "GET" and not wants_fragment() else page_before()
    response = go_to(url_for("accounts.login", next=wanted))
    assert isinstance(response, Response)  # noqa: S101 - Flask's redirect makes Flask's responses
    return response


def page_before() -> str | None:
    """The page of ours on which someone clicked, as far as the browser says."""
    try:
        before = urlsplit(request.referrer or "")
    except ValueError:
        return None
    if before.netloc != request.host:
        return None
    return before.path + (f"?{before.query}" if before.query else "")


@dataclass(frozen=True, slots=True)
class Means:
    """By what somebody got in: the ``way``, and what was the ``second`` step, if there was one. For the audit log."""

    way: str
    second: str = ""

    def facts(self) -> dict[str, str]:
        """As the audit log has it."""
        return {"way": self.way, "second": self.second} if self.second else {"way": self.way}


PASSWORD: Final = "password"  # noqa: S105 - a way in
MAILED_LINK: Final = "mailed_link"
PROVIDER: Final = "provider"
SIGN_UP: Final = "sign_up"
PASSKEY: Final = "passkey"
TRUSTED_BROWSER: Final = "trusted_browser"


def log_in(user: User, *, remembered: bool, means: Means) -> Session:
    """Begin a session for ``user`` in this browser, with a fresh cookie: nothing from before survives in it."""
    account_session, token = sessions.begin_session(
        user,
        remembered=remembered,
        user_agent=request.user_agent.string,
        address=request.remote_addr or "",
        means=means.facts(),
    )
    session.clear()
    session[TOKEN] = token
    session.permanent = remembered
    return account_session


def after_password(
    user: User,
    remembered: bool,  # noqa: FBT001 - named by whoever calls
    wanted: str | None = None,
    *,
    way: str,
) -> Response:
    """What follows once someone has shown that they are ``user``, by the ``way`` of password, mailed link or provider.

    That is the second step, or in. ``wanted`` is a page of ours; without it the request says. Commits.
    """
    wanted = wanted or wanted_page()
    if not user.has_factor or begun.is_trusted_here(user):
        means = Means(way, TRUSTED_BROWSER if user.has_factor else "")
        return enter(user, remembered=remembered, wanted=wanted, means=means)
    content = {"remembered": remembered, "next": wanted, "way": way}
    begun.begin(CeremonyKind.LOGIN_STEP, user_id=user.id, content=content)
    db.session.commit()
    return make_response(redirect(url_for("second_step.ask"), code=303))


def enter(user: User, *, remembered: bool, wanted: str | None = None, means: Means) -> Response:
    """Let ``user`` in, with everything shown that was to be shown, and lead them to where they wanted. Commits.

    ``wanted`` is a page of ours; without it the request says. Who wanted to leave stays. Who is suspended or banned
    reads first why and until when.
    """
    target = wanted or wanted_page()
    log_in(user, remembered=remembered, means=means)
    if sign_up.keep_account(user):
        flash("Good that you are back: your account stays.", "success")
    if user.standing_now in {Standing.SUSPENDED, Standing.BANNED}:
        target = STANDING_PAGE
    response = make_response(redirect(target, code=303))
    guard.keep_device(response, user)
    db.session.commit()
    return response


def viewer() -> User | None:
    """Who is logged in here."""
    return current_user if current_user.is_authenticated else None


def look_into_mail(door: str, *, again: bool = False, code: str | None = None) -> Response:
    """The page that says where the mail is to be looked for; on this machine, without a mail server, in which folder.

    The same for everyone, whoever has an account. ``again``: this browser may ask for another mail. ``code`` is what a
    mailed log-in asks for in another browser.
    """
    settings: Settings = current_app.config["SETTINGS"]
    folder = str(settings.data_dir / "mail") if settings.is_local and not settings.smtp_url else None
    return render("accounts/look_into_mail.html", door=door, folder=folder, again=again, code=code, form=FlaskForm())


def current_session() -> Session | None:
    """The row of the session that this request came with."""
    if not current_user.is_authenticated:  # asking is what loads the session
        return None
    found: Session | None = g.get("account_session")
    return found


@dataclass(frozen=True, slots=True)
class Asker:
    """Who made a request, for asking again while its answer is still going out."""

    session_id: UUID | None = None
    is_adult: bool = False
    """What a stranger had said when they asked."""

    def now(self) -> User | Stranger:
        """Who that is at this moment; a stranger once the session has ended."""
        found = sessions.find_session_by_id(self.session_id) if self.session_id else None
        if found is not None:
            return found.user
        stranger = Stranger()
        stranger.is_adult = self.is_adult and self.session_id is None
        return stranger


def current_asker() -> Asker:
    """Who makes the present request."""
    here = current_session()
    return Asker(here.id if here is not None else None, bool(session.get(ADULT)))


def prove_here() -> None:
    """Note that whoever sits here proved to be the owner just now: the session goes on under a new token. Commits.

    Other tabs have the cookie in common, and sockets hang on the session and not on its token: they all go on.
    """
    here = current_session()
    assert here is not None  # noqa: S101 - whoever is logged in has one
    session[TOKEN] = sessions.prove(here)
    db.session.commit()


def forget_cookie() -> None:
    """Empty this browser's cookie, and its cache of our pages; what it plays next, ``leave.js`` forgets."""
    session.clear()
    clear_browsers_cache()
