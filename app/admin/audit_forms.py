"""The forms of the audit log."""

from datetime import UTC, date, datetime, time, timedelta

from wtforms import DateField, SelectField, StringField
from wtforms.fields.choices import SelectChoice  # type: ignore[attr-defined]  # newer than its type stubs
from wtforms.validators import Length, Optional

from app.accounts.forms import tidy
from app.admin.audit_log import Wanted
from app.web.forms import FlaskForm


class FindEntriesForm(FlaskForm):
    """What to look for; read from the address."""

    class Meta:
        """Part of an address that one may keep: no token."""

        csrf = False

    words = StringField("Words of action and facts", filters=[tidy], validators=[Length(max=200)])
    action = StringField("Action begins with", filters=[tidy], validators=[Length(max=80)])
    actor = StringField("Done by", filters=[tidy], validators=[Length(max=64)])
    person = StringField("By or about", filters=[tidy], validators=[Length(max=64)])
    subject = StringField("Thing (kind:id)", filters=[tidy], validators=[Length(max=200)])
    since = DateField("From", validators=[Optional()])
    until = DateField("Up to", validators=[Optional()])

    @property
    def wanted(self) -> Wanted:
        """As the query takes it; a day ends with its end, in UTC."""
        return Wanted(
            actor=self.actor.data or "", person=self.person.data or "", subject=self.subject.data or "",
            action=self.action.data or "", words=self.words.data or "",
            since=beginning_of(self.since.data), until=beginning_of(self.until.data, days_later=1),
        )  # fmt: skip


class ExportForm(FlaskForm):
    """Which days to write out, and how."""

    since = DateField("From", validators=[Optional()])
    until = DateField("Up to", validators=[Optional()])
    shape = SelectField(
        "As", choices=[SelectChoice("jsonl", "JSON lines, which anyone can verify"), SelectChoice("csv", "A table")],
        default="jsonl",
    )  # fmt: skip


def beginning_of(day: date | None, *, days_later: int = 0) -> datetime | None:
    """The first moment of a day in UTC, or of one after it; None for none, and where no such day is."""
    if day is None or not 1000 <= day.year <= 9000:
        return None
    return datetime.combine(day, time(), UTC) + timedelta(days=days_later)
