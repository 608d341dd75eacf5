"""The forms of signing up: at once, by a mailed link, by a provider. Where they ask for the same, it is one field."""

from wtforms import BooleanField, EmailField, PasswordField, StringField
from wtforms.validators import DataRequired, Email, Length

from app.accounts.forms import tidy
from app.web.forms import FlaskForm


class NameForm(FlaskForm):
    """A username to begin with."""

    username = StringField(
        "Username",
        filters=[tidy],
        validators=[DataRequired("Pick a username."), Length(3, 30, "A username has 3 to 30 characters.")],
        description="3 to 30 letters, digits or underscores. It becomes your address here.",
        render_kw={"autocomplete": "username", "spellcheck": "false", "autocapitalize": "none"},
    )


class AgeForm(FlaskForm):
    """A word on one's age, where this place asks for one."""

    old_enough = BooleanField("I am old enough to be here")


class SignupLinkForm(FlaskForm):
    """Ask for a link to sign up with; the rest is asked for when it is opened."""

    email = EmailField(
        "Email",
        filters=[tidy],
        validators=[
            DataRequired("We need an address to reach you."),
            Email("That is no e-mail address."),
            Length(max=254),
        ],
        render_kw={"autocomplete": "email"},
    )


class FinishForm(NameForm):
    """What is still missing when the link for signing up is opened."""

    password = PasswordField(
        "Password",
        validators=[DataRequired("Pick a password.")],
        description="At least 8 characters. A few unrelated words make a good one.",
        render_kw={"autocomplete": "new-password"},
    )


class SignupForm(FinishForm, SignupLinkForm, AgeForm):
    """A new account."""


class ProviderSignupForm(NameForm, AgeForm):
    """The name of someone whom a provider vouches for."""
