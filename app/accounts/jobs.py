"""Jobs of accounts: mail."""

from uuid import UUID

from flask import current_app, render_template

from app.accounts.models import MailedToken, TokenPurpose, User
from app.accounts.notices import NOTICES
from app.accounts.services.mailed_tokens import issue_token
from app.core.clock import now
from app.core.mail import send_mail
from app.extensions import db

SUBJECTS = {
    TokenPurpose.VERIFY_EMAIL: "Is this your address?",
    TokenPurpose.RESET_PASSWORD: "Set a new password",
    TokenPurpose.CHANGE_EMAIL: "Your new address",
}
PATHS = {
    TokenPurpose.VERIFY_EMAIL: "/email/verify/",
    TokenPurpose.RESET_PASSWORD: "/password/reset/",
    TokenPurpose.CHANGE_EMAIL: "/email/change/",
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
    token = issue_token(row)
    db.session.commit()
    link = current_app.config["SETTINGS"].public_url + PATHS[row.purpose] + token
    values = {"user": row.user, "link": link, "purpose": row.purpose.value}
    send_mail(
        to=row.email,
        subject=SUBJECTS[row.purpose],
        text=render_template(f"mail/{row.purpose.value}.txt", **values),
        html=render_template(f"mail/{row.purpose.value}.html", **values),
    )


def mail_notice(user_id: str, email: str, notice: str) -> None:
    """Tell the owner at ``email`` that something about the account changed."""
    user = db.session.get(User, UUID(user_id))
    if user is not None:
        send_mail(
            to=email,
            subject=NOTICE_SUBJECTS[notice] if notice in NOTICE_SUBJECTS else NOTICES[notice][0],
            text=render_template("mail/notice.txt", user=user, notice=notice, notices=NOTICES),
        )
