"""The forms of messages."""

import secrets

from wtforms import HiddenField, RadioField, StringField, TextAreaField
from wtforms.fields.choices import SelectChoice  # type: ignore[attr-defined]  # newer than its type stubs
from wtforms.validators import InputRequired, Length

from app.accounts.models import WhoMayWrite
from app.messaging.models import ReportReason
from app.messaging.services.reports import LONGEST_NOTE
from app.messaging.services.sending import LONGEST_BODY, LONGEST_KEY
from app.web.forms import FlaskForm

REASONS = {
    ReportReason.SPAM: "Advertising, or a scam",
    ReportReason.HARASSMENT: "It insults or harasses me",
    ReportReason.THREAT: "It threatens somebody",
    ReportReason.SEXUAL: "It is sexual, and I did not ask for it",
    ReportReason.OTHER: "Something else",
}
WRITERS = {
    WhoMayWrite.EVERYONE: "Everyone; strangers as requests",
    WhoMayWrite.FOLLOWED: "People whom I follow",
    WhoMayWrite.NOBODY: "Nobody",
}


class MessageForm(FlaskForm):
    """What is written. The key makes a form that is sent twice one message."""

    body = TextAreaField(
        "Message", render_kw={"maxlength": LONGEST_BODY, "rows": 1, "placeholder": "Write a message", "dir": "auto"}
    )
    attach = StringField(
        "Attach a track, video or set",
        validators=[Length(max=1000, message="That address is too long.")],
        render_kw={"placeholder": "Its address, copied from its page", "autocomplete": "off", "inputmode": "url"},
    )
    client_key = HiddenField(validators=[Length(max=LONGEST_KEY)])

    @classmethod
    def fresh(cls, attach: str = "") -> "MessageForm":
        """An empty one, under a new key."""
        return cls(formdata=None, client_key=secrets.token_urlsafe(12), attach=attach)


class RecipientForm(FlaskForm):
    """Whom to write to."""

    to = StringField(
        "Username",
        validators=[InputRequired("Who is it for?"), Length(max=31)],
        render_kw={"autocomplete": "off", "spellcheck": "false", "autocapitalize": "none"},
    )
    attach = HiddenField(validators=[Length(max=1000)])


class ReportForm(FlaskForm):
    """What is wrong."""

    reason = RadioField(
        "What is wrong?",
        choices=[SelectChoice(reason.value, words) for reason, words in REASONS.items()],
        validators=[InputRequired("Pick what fits best.")],
    )
    note = TextAreaField(
        "What should the moderators know?", validators=[Length(max=LONGEST_NOTE, message="1,000 characters at most.")]
    )


class WhoMayWriteForm(FlaskForm):
    """Who may begin a conversation."""

    who_may_write = RadioField(
        "Who may write to you?", choices=[SelectChoice(who.value, words) for who, words in WRITERS.items()]
    )
