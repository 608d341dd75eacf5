"""The forms of the desk's lists of things."""

from typing import Final

from wtforms import SelectField, SelectMultipleField, StringField, TextAreaField
from wtforms.fields.choices import SelectChoice  # type: ignore[attr-defined]  # newer than its type stubs
from wtforms.validators import DataRequired, Length, Optional

from app.accounts.forms import tidy
from app.media.models import Kind, MediumState
from app.moderation.thing_rows import HoldWanted
from app.playlists.models import SetKind
from app.social.models import CommentState
from app.web.forms import FlaskForm

ANY: Final = SelectChoice("", "Any")
ACTS: Final = {
    "hide": "Hide", "remove": "Remove", "restore": "Restore", "remake": "Make anew", "retry": "Try again what failed",
}  # fmt: skip
NEED_NO_REASON: Final = frozenset({"remake", "retry"})


def _choices(*values: str) -> list[SelectChoice]:
    return [ANY, *(SelectChoice(value, value.replace("_", " ").capitalize()) for value in values)]


class FindThingsForm(FlaskForm):
    """Which things; read from the address."""

    class Meta:
        """Part of an address that one may keep: no token."""

        csrf = False

    owner = StringField("Whose", filters=[tidy], validators=[Length(max=64)])
    hold = SelectField(
        "Held",
        choices=[
            ANY, SelectChoice(HoldWanted.ANY.value, "Held in any way"), SelectChoice("hidden", "Hidden"),
            SelectChoice("removed", "Removed"),
        ],
        default="",
    )  # fmt: skip


class FindMediaForm(FindThingsForm):
    """Which media."""

    state = SelectField("State", choices=_choices(*(state.value for state in MediumState)), default="")
    type = SelectField("Kind", choices=_choices(*(kind.value for kind in Kind)), default="")
    realm = SelectField("Realm", choices=[ANY], default="")


class FindSetsForm(FindThingsForm):
    """Which sets."""

    type = SelectField(
        "Kind", choices=_choices(*(kind.value for kind in SetKind if kind is not SetKind.WATCH_LATER)), default=""
    )
    realm = SelectField("Realm", choices=[ANY], default="")


class FindCommentsForm(FindThingsForm):
    """Which comments; those that were deleted have no words any more."""

    state = SelectField("State", choices=_choices(CommentState.VISIBLE.value, CommentState.HELD.value), default="")


class BulkForm(FlaskForm):
    """What to do with the things that were ticked, and why."""

    ids = SelectMultipleField("Things", validate_choice=False)
    act = SelectField("Do", choices=[])
    """The view offers those of ``ACTS`` that a list has."""
    rule = SelectField("Rule", validators=[Optional()], default="")
    reasons = TextAreaField(
        "Reasons",
        filters=[tidy],
        validators=[Length(max=5000, message="5,000 characters at most.")],
        render_kw={"rows": 2, "maxlength": 5000},
    )


class ReasonedBulkForm(BulkForm):
    """The same for acts that need reasons: whoever is concerned reads them."""

    reasons = TextAreaField(
        "Reasons",
        filters=[tidy],
        validators=[DataRequired("Say why. Whoever is concerned reads it."), Length(max=5000)],
        render_kw={"rows": 2, "maxlength": 5000},
    )
