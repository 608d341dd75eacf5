"""The form by which operators word the rules of the house."""

from wtforms import SelectField, StringField, TextAreaField
from wtforms.fields.choices import SelectChoice  # type: ignore[attr-defined]  # newer than its type stubs
from wtforms.validators import DataRequired, Length

from app.accounts.forms import tidy
from app.moderation import wording
from app.moderation.models import DecisionAction, Rule
from app.moderation.services import rule_keeping as keeping
from app.moderation.services.rule_keeping import RuleDetails
from app.web.forms import FlaskForm


class RuleForm(FlaskForm):
    """A rule of the house. ``slug`` is asked for a new one alone: it is for good."""

    title = StringField(
        "Title",
        filters=[tidy],
        validators=[DataRequired("It needs a title."), Length(max=keeping.LONGEST_TITLE)],
        render_kw={"dir": "auto", "maxlength": keeping.LONGEST_TITLE},
    )
    slug = StringField(
        "Short name",
        filters=[tidy],
        validators=[DataRequired("It needs a short name."), Length(max=keeping.LONGEST_SLUG)],
        description="For its address, and for good: small letters, digits and hyphens.",
        render_kw={"autocapitalize": "none", "spellcheck": "false", "maxlength": keeping.LONGEST_SLUG},
    )
    text = TextAreaField(
        "What it says",
        filters=[tidy],
        validators=[DataRequired("Say what holds."), Length(max=keeping.LONGEST_TEXT)],
        description="As everyone reads it under “The rules”.",
        render_kw={"rows": 4, "dir": "auto", "maxlength": keeping.LONGEST_TEXT},
    )
    severity = SelectField(
        "Severity",
        coerce=int,
        choices=[SelectChoice(str(number), f"{number} · {words}") for number, words in wording.SEVERITIES.items()],
        description="The worst is looked at first.",
    )
    default_action = SelectField(
        "Usual action",
        choices=[SelectChoice(action.value, wording.ACTIONS[action]) for action in keeping.USUAL],
        description="What moderators find chosen. They can choose another.",
    )
    statement = TextAreaField(
        "Statement of reasons",
        filters=[tidy],
        validators=[DataRequired("Say what people are told."), Length(max=keeping.LONGEST_STATEMENT)],
        description="Where moderators begin. {title} stands for the title of the thing, {kind} for “work”, “post” or "
        "“profile”, {rule} for the title of the rule.",
        render_kw={"rows": 4, "dir": "auto", "maxlength": keeping.LONGEST_STATEMENT},
    )

    @classmethod
    def of(cls, rule: Rule) -> "RuleForm":
        """The form as the rule is now."""
        form = cls(
            formdata=None, title=rule.title, text=rule.text, severity=rule.severity,
            default_action=rule.default_action.value, statement=rule.statement,
        )  # fmt: skip
        del form.slug
        return form

    def details(self) -> RuleDetails:
        """What the form says."""
        return RuleDetails(
            title=self.title.data or "", text=self.text.data or "", severity=self.severity.data,
            default_action=DecisionAction(self.default_action.data), statement=self.statement.data or "",
        )  # fmt: skip
