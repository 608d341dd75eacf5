"""The forms of accounts."""

import re
from urllib.parse import urlsplit

from flask_wtf.file import FileField, FileSize
from wtforms import (
    BooleanField,
    EmailField,
    Field,
    HiddenField,
    PasswordField,
    SelectField,
    StringField,
    TextAreaField,
    ValidationError,
)
from wtforms.validators import DataRequired, Email, Length

from app.accounts.names import find_fault_of_display_name
from app.web.forms import FlaskForm

PICTURE_BYTES = 10 * 1024 * 1024
MOST_LINKS = 8
_CONTROL = re.compile(r"[\x00-\x08\x0b\x0c\x0e-\x1f\x7f\u202a-\u202e\u2066-\u2069]")


def tidy(value: str | None) -> str | None:
    """``value`` without surrounding space, control characters and marks that turn the direction of what follows."""
    return _CONTROL.sub("", value).strip() if value else value


def _is_web_address(link: str) -> bool:
    try:
        parts = urlsplit(link)
    except ValueError:  # brackets that hold no IPv6 address
        return False
    return parts.scheme in {"http", "https"} and bool(parts.hostname)


class LoginForm(FlaskForm):
    """Log in."""

    login = StringField(
        "Email or username",
        filters=[tidy],
        validators=[DataRequired("Who are you?"), Length(max=254)],
        render_kw={"autocomplete": "username", "spellcheck": "false", "autocapitalize": "none"},
    )
    password = PasswordField(
        "Password", validators=[DataRequired("Your password, please.")], render_kw={"autocomplete": "current-password"}
    )
    remember = BooleanField("Stay logged in on this device")


class ConfirmForm(FlaskForm):
    """Prove once more that it is you: by the password here, by other ways beside it."""

    password = PasswordField(
        "Password", validators=[DataRequired("Your password, please.")], render_kw={"autocomplete": "current-password"}
    )


class CodeForm(FlaskForm):
    """A code of an authenticator app, or a recovery code."""

    code = StringField(
        "Code",
        filters=[tidy],
        validators=[DataRequired("The code, please."), Length(max=60, message="That is no code.")],
        render_kw={"autocomplete": "one-time-code", "spellcheck": "false", "autocapitalize": "none"},
    )
    trust = BooleanField("Do not ask here for 30 days")


class PasskeyForm(FlaskForm):
    """A new passkey: what it is called, and what the browser says of it."""

    name = StringField(
        "Name",
        filters=[tidy],
        validators=[DataRequired("What do you call it?"), Length(max=60, message="60 characters at most.")],
        description="So that you know it again: where does it live?",
    )
    answer = HiddenField()


class AnswerForm(FlaskForm):
    """What a passkey answered; the browser's script fills it in."""

    answer = HiddenField()
    trust = BooleanField("Do not ask here for 30 days")


class LinkForm(FlaskForm):
    """Ask for a link to log in with."""

    login = StringField("Email or username", filters=[tidy], validators=[DataRequired("Who are you?"), Length(max=254)])


class LinkCodeForm(FlaskForm):
    """Open a mailed log-in in another browser than the one that asked for it."""

    code = StringField(
        "Code",
        filters=[tidy],
        validators=[DataRequired("The code, please."), Length(max=20, message="That is no code.")],
        render_kw={"autocomplete": "off", "spellcheck": "false", "inputmode": "numeric"},
    )


class ForgotForm(FlaskForm):
    """Ask for a link to set a new password."""

    email = EmailField(
        "Email",
        filters=[tidy],
        validators=[DataRequired("Which address?"), Email("That is no e-mail address.")],
        render_kw={"autocomplete": "email"},
    )


class ResetForm(FlaskForm):
    """Set a new password by a mailed link."""

    password = PasswordField(
        "New password", validators=[DataRequired("Pick a password.")], render_kw={"autocomplete": "new-password"}
    )


class ProfileForm(FlaskForm):
    """How a person shows themselves."""

    is_staff = False
    """Whether the person may say that they run this place."""
    display_name = StringField(
        "Display name", filters=[tidy], validators=[DataRequired("A name, please."), Length(max=80)]
    )
    bio = TextAreaField(
        "About",
        filters=[tidy],
        validators=[Length(max=5000)],
        description="Markdown: *emphasis*, **strong**, [links](https://…).",
    )
    location = StringField("Location", filters=[tidy], validators=[Length(max=80)])
    links = TextAreaField("Links", filters=[tidy], description="One address a line, eight at most.")
    realm = SelectField("Realm", description="Whose colours your profile wears.")
    avatar = FileField("Avatar", validators=[FileSize(PICTURE_BYTES, message="A picture has 10 MB at most.")])
    cover = FileField("Cover", validators=[FileSize(PICTURE_BYTES, message="A picture has 10 MB at most.")])

    def validate_display_name(self, field: Field) -> None:
        """Nothing that nobody sees, and nobody who runs this place but those who do. What stood there may stay."""
        fault = find_fault_of_display_name(field.data or "", is_staff=self.is_staff)
        if fault and field.data != field.object_data:
            raise ValidationError(fault)

    def validate_links(self, field: Field) -> None:
        """Web addresses only, and not too many."""
        links = self.link_list(field.data)
        if len(links) > MOST_LINKS:
            raise ValidationError("Eight links at most.")
        for link in links:
            if not _is_web_address(link) or len(link) > 300:
                raise ValidationError(f"“{link[:60]}” is no web address: it must begin with https:// or http://.")

    @staticmethod
    def link_list(text: str | None) -> list[str]:
        """The lines of the field that hold something."""
        return [line.strip() for line in (text or "").splitlines() if line.strip()]


class UsernameForm(FlaskForm):
    """Take another name."""

    username = StringField(
        "Username",
        filters=[tidy],
        validators=[DataRequired("Pick a username.")],
        description="Addresses under your old name will lead to the new one.",
        render_kw={"autocomplete": "username", "spellcheck": "false", "autocapitalize": "none"},
    )


class EmailForm(FlaskForm):
    """Take another address."""

    email = EmailField(
        "New email",
        filters=[tidy],
        validators=[DataRequired("Which address?"), Email("That is no e-mail address.")],
        render_kw={"autocomplete": "email"},
    )
    password = PasswordField(
        "Current password",
        validators=[DataRequired("Your password, please.")],
        render_kw={"autocomplete": "current-password"},
    )


class PasswordForm(FlaskForm):
    """Change the password."""

    current_password = PasswordField(
        "Current password",
        validators=[DataRequired("Your present password, please.")],
        render_kw={"autocomplete": "current-password"},
    )
    password = PasswordField(
        "New password", validators=[DataRequired("Pick a password.")], render_kw={"autocomplete": "new-password"}
    )


class DeleteForm(FlaskForm):
    """Leave."""

    password = PasswordField(
        "Current password",
        validators=[DataRequired("Your password, please.")],
        render_kw={"autocomplete": "current-password"},
    )


class PlaybackForm(FlaskForm):
    """How things play, and what is remembered of it."""

    remember_history = BooleanField("Keep a history of what I play")
    level_loudness = BooleanField("Play everything equally loud")
    autoplay_next = BooleanField("Go on with what comes next")


class PrivacyForm(FlaskForm):
    """Who hears what of oneself."""

    share_likes = BooleanField("Let those who follow me see in their feed what I like")


class ButtonForm(FlaskForm):
    """A form that is one button: it carries the CSRF token and nothing else."""
