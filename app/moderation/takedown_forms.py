"""The forms of takedowns."""

import secrets
from typing import Any, Final

from wtforms import BooleanField, EmailField, HiddenField, RadioField, SelectMultipleField, StringField, TextAreaField
from wtforms.fields.choices import SelectChoice  # type: ignore[attr-defined]  # newer than its type stubs
from wtforms.validators import DataRequired, Email, InputRequired, Length
from wtforms.widgets import CheckboxInput, ListWidget

from app.moderation.takedown_models import ComplainantRole
from app.social.tidy import tidied
from app.web.forms import FlaskForm

LONGEST: Final = 5000
LONGEST_ADDRESSES: Final = 60_000
_TOO_LONG: Final = f"{LONGEST:,} characters at most."
ROLES: Final = {
    ComplainantRole.OWNER: "I own the rights, or my company does",
    ComplainantRole.AGENT: "I act for whoever owns the rights",
}


def tidy(value: str | None) -> str | None:
    """``value`` without what is not seen."""
    return tidied(value) if value else value


def one_line(value: str | None) -> str | None:
    """Likewise, on one line."""
    return " ".join(tidied(value).split()) if value else value


def _words(label: str, missing: str, **more: Any) -> TextAreaField:
    return TextAreaField(
        label, filters=[tidy], validators=[DataRequired(missing), Length(max=LONGEST, message=_TOO_LONG)], **more
    )


class NoticeForm(FlaskForm):
    """A notice about rights."""

    name = StringField(
        "Your full name", filters=[one_line], validators=[DataRequired("Who complains?"), Length(max=120)],
        render_kw={"autocomplete": "name"},
    )  # fmt: skip
    organisation = StringField(
        "Organisation", filters=[one_line], validators=[Length(max=160)], render_kw={"autocomplete": "organization"}
    )
    role = RadioField(
        "In what role do you write?",
        choices=[SelectChoice(role.value, words) for role, words in ROLES.items()],
        validators=[InputRequired("Say whether the rights are yours.")],
    )
    email = EmailField(
        "Email", filters=[one_line],
        validators=[
            DataRequired("We need an address to answer to."), Email("That is no e-mail address."), Length(max=254)
        ],
        render_kw={"autocomplete": "email"},
    )  # fmt: skip
    postal_address = TextAreaField(
        "Postal address and telephone", filters=[tidy], validators=[Length(max=500)], render_kw={"rows": 3}
    )
    works = _words("Which works are yours?", "Say which works you mean.", render_kw={"rows": 4, "dir": "auto"})
    addresses = TextAreaField(
        "Addresses of what you complain of",
        validators=[
            DataRequired("Paste the address of at least one thing."),
            Length(max=LONGEST_ADDRESSES, message="That is too much for one notice. Send the rest in another one."),
        ],
        render_kw={"rows": 4, "spellcheck": "false", "autocapitalize": "none", "dir": "ltr"},
    )
    explanation = TextAreaField(
        "How are they used here without leave?", filters=[tidy],
        validators=[Length(max=LONGEST, message=_TOO_LONG)], render_kw={"rows": 4, "dir": "auto"},
    )  # fmt: skip
    proofs = TextAreaField(
        "Addresses that show it", validators=[Length(max=4000, message="4,000 characters at most.")],
        render_kw={"rows": 2, "spellcheck": "false", "dir": "ltr"},
    )  # fmt: skip
    good_faith = BooleanField(
        "I believe in good faith that this use is allowed neither by the owner of the rights, nor by somebody who acts "
        "for them, nor by law (quotation and parody, for example, can be)",
        validators=[DataRequired("Without this statement it is no notice.")],
    )
    accuracy = BooleanField(
        "What I say here is accurate, and I own the rights or may act for whoever does. I know that a false statement "
        "can have consequences in law",
        validators=[DataRequired("Without this statement it is no notice.")],
    )
    signature = StringField(
        "Sign with your full name", filters=[one_line],
        validators=[DataRequired("Sign with your name."), Length(max=120)],
        render_kw={"autocomplete": "off"},
    )  # fmt: skip
    sending = HiddenField(validators=[Length(max=40)])

    @classmethod
    def fresh(cls, **values: str) -> "NoticeForm":
        """An empty one, under a new number."""
        return cls(formdata=None, sending=secrets.token_urlsafe(12), **values)


class AnswerForm(FlaskForm):
    """What the moderators asked for."""

    words = _words("Your answer", "Write an answer first.", render_kw={"rows": 5, "dir": "auto"})


class CourtForm(FlaskForm):
    """Where the complainant asked for a decision."""

    court = StringField(
        "Which court, and under what number?", filters=[one_line],
        validators=[DataRequired("Name the court and the number of the case."), Length(max=300)],
    )  # fmt: skip


class CounterForm(FlaskForm):
    """A counter-notice."""

    statement = _words("Why was it taken down in error?", "Say why.", render_kw={"rows": 6, "dir": "auto"})
    name = StringField(
        "Your full name", filters=[one_line], validators=[DataRequired("The law wants a name."), Length(max=120)],
        render_kw={"autocomplete": "name"},
    )  # fmt: skip
    address = TextAreaField(
        "Your postal address and telephone", filters=[tidy],
        validators=[DataRequired("The law wants an address."), Length(max=500)],
        render_kw={"rows": 3, "autocomplete": "street-address"},
    )  # fmt: skip
    good_faith = BooleanField(
        "I believe in good faith that it was taken down by mistake, or taken for something else, and know "
        "that a false statement can have consequences in law",
        validators=[DataRequired("Without this statement it is no counter-notice.")],
    )
    court = BooleanField(
        "I accept that the court where I live decides (or, where I live abroad, a court where this place is), and that "
        "the complainant may serve papers on me",
        validators=[DataRequired("Without this statement it is no counter-notice.")],
    )
    passed_on = BooleanField(
        "I know that all of this, with my name and address, is passed on to the complainant",
        validators=[DataRequired("It cannot be sent without being passed on.")],
    )
    signature = StringField(
        "Sign with your full name", filters=[one_line],
        validators=[DataRequired("Sign with your name."), Length(max=120)],
        render_kw={"autocomplete": "off"},
    )  # fmt: skip


class AgreeForm(FlaskForm):
    """Which of one's things to delete."""

    claims = SelectMultipleField(
        "Delete for good", widget=ListWidget(prefix_label=False), option_widget=CheckboxInput(), choices=[]
    )


class ButtonForm(FlaskForm):
    """A button: nothing but the token."""
