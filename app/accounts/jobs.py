"""Jobs of accounts: mail."""

from uuid import UUID

from flask import current_app, render_template

from app.accounts.door_models import LinkWish, SignUp
from app.accounts.models import MailedToken, TokenPurpose, User
from app.accounts.notices import NOTICES
from app.accounts.services import sign_up
from app.accounts.services.mailed_tokens import grant_wish, is_spoken_for, issue_token
from app.core.clock import now
from app.core.mail import send_mail
from app.extensions import db

SUBJECTS = {
    TokenPurpose.VERIFY_EMAIL: "Is this your address?",
    TokenPurpose.RESET_PASSWORD: "Set a new password",
    TokenPurpose.CHANGE_EMAIL: "Your new address",
    TokenPurpose.UNDO_EMAIL: "Your address was changed",
    TokenPurpose.LOG_IN: "Your way in",
}
PATHS = {
    TokenPurpose.VERIFY_EMAIL: "/email/verify/",
    TokenPurpose.RESET_PASSWORD: "/password/reset/",
    TokenPurpose.CHANGE_EMAIL: "/email/change/",
    TokenPurpose.UNDO_EMAIL: "/email/undo/",
    TokenPurpose.LOG_IN: "/login/link/",
}
NOTICE_SUBJECTS = {
    "password_changed": "Your password was changed",
    "email_changed": "Your address was changed",
    "email_change_asked": "Someone asked to change your address",
    "email_corrected": "Your address was corrected",
    "role_changed": "What you may do here changed",
    "factors_reset": "Your second factors were removed",
}


def mail_link(token_id: str) -> None:
    """Mail the link that row ``token_id`` stands for. Run twice, it mails a second link and the first stops working."""
    row = db.session.get(MailedToken, UUID(token_id))
    if row is None or row.used_at is not None or row.expires_at <= now():
        return
    if row.purpose is TokenPurpose.CHANGE_EMAIL and is_spoken_for(row.email.lower(), but=row.user):
        _mail("address_known", row.email, "You already have an account", link=f"{_base()}/login")
        return
    token = issue_token(row)
    db.session.commit()
    _mail(row.purpose.value, row.email, SUBJECTS[row.purpose], user=row.user, link=_base() + PATHS[row.purpose] + token)


def mail_wished_link(wish_id: str) -> None:
    """Find out for whom somebody wished for a link. Run twice, it finds no wish the second time."""
    wish = db.session.get(LinkWish, UUID(wish_id), with_for_update=True)
    if wish is not None:
        grant_wish(wish)
        db.session.commit()


def mail_sign_up(sign_up_id: str) -> None:
    """Mail the link that makes an account; to an address that has one, word of that. Run twice, the last link works."""
    row = db.session.get(SignUp, UUID(sign_up_id))
    if row is None or row.used_at is not None or row.expires_at <= now():
        return
    token = sign_up.issue_token(row)
    is_known = is_spoken_for(row.email_key)
    db.session.commit()
    if token is None:
        return
    if is_known:
        _mail("address_known", row.email, "You already have an account", link=f"{_base()}/login")
        return
    _mail("sign_up", row.email, "Is this your address?", row=row, link=f"{_base()}/signup/confirm/{token}")


def mail_notice(user_id: str, email: str, notice: str) -> None:
    """Tell the owner at ``email`` that something about the account changed."""
    user = db.session.get(User, UUID(user_id))
    if user is not None:
        send_mail(
            to=email,
            subject=NOTICE_SUBJECTS[notice] if notice in NOTICE_SUBJECTS else NOTICES[notice][0],
            text=render_template("mail/notice.txt", user=user, notice=notice, notices=NOTICES),
        )


def _base() -> str:
    return str(current_app.config["SETTINGS"].public_url)


def _mail(template: str, to: str, subject: str, **values: object) -> None:
    send_mail(
        to=to,
        subject=subject,
        text=render_template(f"mail/{template}.txt", **values),
        html=render_template(f"mail/{template}.html", **values),
    )
