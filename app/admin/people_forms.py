"""The forms of the desk's people."""

from enum import StrEnum
from typing import Final

from wtforms import EmailField, SelectField, StringField, TextAreaField
from wtforms.fields.choices import SelectChoice  # type: ignore[attr-defined]  # newer than its type stubs
from wtforms.validators import DataRequired, Email, Length, Optional

from app.accounts.care import LONGEST_NOTE
from app.accounts.forms import tidy
from app.accounts.models import Role, Standing
from app.accounts.staff_queries import Trait
from app.web.forms import FlaskForm

ANY: Final = SelectChoice("", "Any")


def _choices(kind: type[StrEnum]) -> list[SelectChoice]:
    """The members of ``kind``, as people read them."""
    return [SelectChoice(member.value, member.value.capitalize()) for member in kind]


class FindPeopleForm(FlaskForm):
    """Whom to look for; read from the address."""

    class Meta:
        """Part of an address that one may keep: no token."""

        csrf = False

    q = StringField("Name, address or id", filters=[tidy], validators=[Length(max=254)])
    role = SelectField("Role", choices=[ANY, *_choices(Role)], default="")
    standing = SelectField("Standing", choices=[ANY, *_choices(Standing)], default="")
    trait = SelectField(
        "Only",
        choices=[
            SelectChoice("", "Everyone"), SelectChoice(Trait.NEW.value, "New this week"),
            SelectChoice(Trait.UNVERIFIED.value, "Address not verified"), SelectChoice(Trait.STAFF.value, "Staff"),
            SelectChoice(Trait.LEAVING.value, "On their way out"),
        ],
        default="",
    )  # fmt: skip


class DeedForm(FlaskForm):
    """Something done to somebody's account, and why."""

    reason = TextAreaField(
        "Why",
        filters=[tidy],
        validators=[DataRequired("Say why: the log keeps it."), Length(max=2000, message="2,000 characters at most.")],
        description="Kept in the audit log, sealed with the person's key.",
        render_kw={"rows": 3, "maxlength": 2000},
    )


class RoleForm(DeedForm):
    """Another role."""

    role = SelectField("Role", choices=_choices(Role))


class NewEmailForm(DeedForm):
    """Another address."""

    email = EmailField(
        "New address",
        filters=[tidy],
        validators=[DataRequired("Which address?"), Email("That is no e-mail address."), Length(max=254)],
        render_kw={"autocomplete": "off"},
    )


class PlainDeedForm(DeedForm):
    """What needs no reason of its own."""

    reason = TextAreaField("Why", filters=[tidy], validators=[Optional(), Length(max=2000)], render_kw={"rows": 2})


class NoteForm(FlaskForm):
    """A remark for other staff."""

    body = TextAreaField(
        "Note",
        filters=[tidy],
        validators=[DataRequired("Write something first."), Length(max=LONGEST_NOTE)],
        render_kw={"rows": 3, "maxlength": LONGEST_NOTE},
    )
