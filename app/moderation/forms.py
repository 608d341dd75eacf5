"""The forms of moderation."""

import re
from datetime import datetime, timedelta
from typing import Any, Final

from wtforms import EmailField, IntegerField, RadioField, SelectField, StringField, TextAreaField
from wtforms.fields.choices import SelectChoice  # type: ignore[attr-defined]  # newer than its type stubs
from wtforms.validators import Email, InputRequired, Length, NumberRange, Optional, ValidationError

from app.core.clock import now
from app.moderation import wording
from app.moderation.models import ON_PEOPLE, ON_THINGS, DecisionAction, Ground
from app.moderation.refs import RefKind
from app.moderation.rules import rules
from app.moderation.services import appeals, cases, decisions, reports
from app.moderation.services.cases import Verdict
from app.web.forms import FlaskForm

_MOMENT: Final = re.compile(r"(?:(\d{1,3}):)?(\d{1,3}):(\d{1,2})|(\d{1,6})")
GROUNDS: Final = [
    SelectChoice("rules", "It breaks a rule of this place"),
    SelectChoice("law", "It is against the law"),
]
OTHER: Final = "other"
_NOTHING: Final = SelectChoice("", "Nothing")
_LONG: Final = {"rows": 4, "dir": "auto"}


def read_moment(written: str) -> int | None:
    """``1:23`` or ``83`` in milliseconds; None where nothing is written.

    Raises:
        ValueError: it is no time.
    """
    if not written.strip():
        return None
    found = _MOMENT.fullmatch(written.strip())
    if found is None:
        raise ValueError(written)
    hours, minutes, seconds, alone = (int(part or 0) for part in found.groups())
    return (hours * 3600 + minutes * 60 + seconds + alone) * 1000


class ReportForm(FlaskForm):
    """What is wrong with a thing."""

    rule = RadioField("What is wrong?", id="report-rule", validators=[InputRequired("Choose what is wrong.")])
    reason = RadioField("What does it go against?", id="report-reason", choices=GROUNDS, default="rules")
    note = TextAreaField(
        "What should we know?",
        id="report-note",
        validators=[Length(max=reports.LONGEST_NOTE, message="That is more than we can take. Shorten it.")],
        render_kw={**_LONG, "maxlength": reports.LONGEST_NOTE},
    )
    at = StringField(
        "Moment", id="report-at", validators=[Length(max=12)], render_kw={"placeholder": "1:23", "autocomplete": "off"},
        description="Minutes and seconds, where it is one moment that is meant.",
    )  # fmt: skip
    email = EmailField(
        "Where to answer", id="report-email", validators=[Optional(), Email("This is no address."), Length(max=254)],
        render_kw={"autocomplete": "email"}, description="Only to tell you what became of it.",
    )  # fmt: skip

    def __init__(self, kind: RefKind, *, is_stranger: bool, at_s: int = 0, **values: Any) -> None:
        super().__init__(**values)
        choices = [SelectChoice(rule.slug, rule.title) for rule in rules()]
        self.rule.choices = [*choices, SelectChoice(OTHER, "Something else")]
        if kind is not RefKind.MEDIUM:
            del self.at
        elif at_s and not self.at.data:
            self.at.data = f"{at_s // 60}:{at_s % 60:02d}"
        if not is_stranger:
            del self.email

    def validate_at(self, field: StringField) -> None:
        """A moment is a time."""
        try:
            read_moment(field.data or "")
        except ValueError:
            raise ValidationError("Write it like 1:23.") from None

    def validate_note(self, field: TextAreaField) -> None:
        """Something else wants words."""
        if self.rule.data == OTHER and not (field.data or "").strip():
            raise ValidationError("Say what is wrong.")


class AppealForm(FlaskForm):
    """Why a decision is wrong."""

    words = TextAreaField(
        "Why is this wrong?",
        validators=[InputRequired("Say what is wrong about the decision."), Length(max=appeals.LONGEST_WORDS)],
        render_kw={"rows": 6, "dir": "auto", "maxlength": appeals.LONGEST_WORDS},
    )


class ReasonsForm(FlaskForm):
    """Reasons for an act of staff."""

    reasons = TextAreaField(
        "Reasons", validators=[InputRequired("Say why."), Length(max=decisions.LONGEST_REASONS)], render_kw=_LONG
    )


class NoteForm(FlaskForm):
    """A note for other moderators."""

    body = TextAreaField(
        "Note for the other moderators",
        validators=[InputRequired("Write something first."), Length(max=cases.LONGEST_NOTE)],
        render_kw={"rows": 2, "dir": "auto"},
    )


class AnswerForm(FlaskForm):
    """The answer to an appeal."""

    outcome = RadioField(
        "The decision", choices=[SelectChoice("uphold", "It stands"), SelectChoice("grant", "It is reversed")],
        validators=[InputRequired("Choose one.")],
    )  # fmt: skip
    answer = TextAreaField(
        "Reasons", validators=[InputRequired("Say why."), Length(max=decisions.LONGEST_REASONS)], render_kw=_LONG
    )


class DecisionForm(FlaskForm):
    """What is to be done about a thing and about whoever it is from, and why."""

    on_thing = RadioField("About the thing", default="")
    on_person = RadioField("About the person", default="")
    days = IntegerField(
        "For how many days", validators=[Optional(), NumberRange(1, 3650, "Between 1 and 3650 days.")],
        description="A suspension needs an end. A limit or a ban without one stays.",
    )  # fmt: skip
    rule = SelectField("Rule", validate_choice=False)
    ground = SelectField(
        "It rests on", choices=[SelectChoice("rules", "the rules"), SelectChoice("law", "the law")], default="rules"
    )
    reasons = TextAreaField(
        "Statement of reasons", validators=[Length(max=decisions.LONGEST_REASONS)],
        render_kw={"rows": 6, "dir": "auto"}, description="What it is about, the facts, and why. They get these words.",
    )  # fmt: skip

    def __init__(self, kind: RefKind | None = None, **values: Any) -> None:
        super().__init__(**values)
        things = [action for action in DecisionAction if action in ON_THINGS]
        if kind is not None and kind not in {RefKind.MEDIUM, RefKind.POST}:
            things.remove(DecisionAction.RESTRICT)
        self.on_thing.choices = [_NOTHING, *(SelectChoice(one.value, wording.ACTIONS[one]) for one in things)]
        people = [action for action in DecisionAction if action in ON_PEOPLE]
        self.on_person.choices = [_NOTHING, *(SelectChoice(one.value, wording.ACTIONS[one]) for one in people)]
        self.rule.choices = [
            SelectChoice("", "None in particular"),
            *(SelectChoice(rule.slug, rule.title) for rule in rules()),
        ]

    @property
    def until(self) -> datetime | None:
        """When what is done ends by itself."""
        return now() + timedelta(days=self.days.data) if self.days.data else None

    def verdict(self) -> Verdict:
        """As the service takes it."""
        return Verdict(
            on_thing=DecisionAction(self.on_thing.data) if self.on_thing.data else None,
            on_person=DecisionAction(self.on_person.data) if self.on_person.data else None,
            ground=Ground(self.ground.data), rule=self.rule.data or None, reasons=self.reasons.data or "",
            until=self.until,
        )  # fmt: skip
