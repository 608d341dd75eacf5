"""The forms of filters."""

from typing import Any

from flask_wtf.file import FileField, FileRequired
from wtforms import BooleanField, HiddenField, RadioField, SelectField, SelectMultipleField, StringField, TextAreaField
from wtforms.fields.choices import SelectChoice  # type: ignore[attr-defined]  # newer than its type stubs
from wtforms.validators import InputRequired, Length
from wtforms.widgets import CheckboxInput, ListWidget

from app.core.screening import Screened
from app.moderation.filter_models import Category, FilterAction, FilterKind, Whom
from app.moderation.services.filter_rules import LISTS, LONGEST_NAME, RuleDraft
from app.web.forms import FlaskForm

KINDS = {
    FilterKind.WORDS: "Words and phrases",
    FilterKind.LINKS: "Links",
    FilterKind.PATTERNS: "Patterns (regular expressions)",
    FilterKind.FILES: "Known files (SHA-256)",
    FilterKind.PICTURES: "Known pictures (PDQ)",
}
CATEGORIES = {
    Category.CHILDREN: "Child safety",
    Category.VIOLENCE: "Violence",
    Category.HATE: "Hate",
    Category.SPAM: "Spam",
    Category.OTHER: "Something else",
}
ACTIONS = {
    FilterAction.FLAG: "Flag it: it can be seen, and goes to the queue",
    FilterAction.HOLD: "Hold it: it waits, and nobody sees it before somebody has looked",
    FilterAction.HIDE: "Hide it: the rule decides, with reasons and an appeal; it stands at the end of the queue",
}
SCREENED = {
    Screened.COMMENT: "Comments",
    Screened.POST: "Posts",
    Screened.MEDIUM: "Works",
    Screened.SET: "Sets",
    Screened.PROFILE: "Profiles",
    Screened.USERNAME: "Usernames",
    Screened.MESSAGE: "Messages to strangers",
    Screened.LINK: "Names on share links",
}


def _choices(labels: dict[Any, str]) -> list[SelectChoice]:
    return [SelectChoice(value.value, label) for value, label in labels.items()]


class RuleForm(FlaskForm):
    """A rule."""

    name = StringField("Name", validators=[InputRequired("Give it a name."), Length(max=LONGEST_NAME)])
    kind = SelectField("Looks for", choices=_choices(KINDS))
    category = SelectField("Because of", choices=_choices(CATEGORIES), default=Category.OTHER.value)
    action = RadioField("What it does", choices=_choices(ACTIONS), default=FilterAction.HOLD.value)
    whom = SelectField(
        "For",
        choices=[SelectChoice(Whom.EVERYONE.value, "Everyone"), SelectChoice(Whom.NEW.value, "New accounts")],
    )
    applies_to = SelectMultipleField(
        "In", choices=_choices(SCREENED), widget=ListWidget(prefix_label=False), option_widget=CheckboxInput()
    )
    terms = TextAreaField(
        "One a line",
        description="A line that begins with # is a remark. word* also finds longer words that begin so, *word* any.",
        render_kw={"rows": 10, "spellcheck": "false", "dir": "auto"},
    )
    note = TextAreaField("Note for the others", render_kw={"rows": 2, "dir": "auto"})
    version = HiddenField(default="1")

    def draft(self) -> RuleDraft:
        """What was sent, in the language of the field."""
        return RuleDraft(
            name=self.name.data or "",
            kind=FilterKind(self.kind.data),
            category=Category(self.category.data),
            action=FilterAction(self.action.data),
            whom=Whom(self.whom.data),
            applies_to=[Screened(one) for one in self.applies_to.data or ()],
            terms=self.terms.data or "",
            note=self.note.data or "",
        )

    @property
    def is_list(self) -> bool:
        """Whether its entries are imported."""
        return self.kind.data in {one.value for one in LISTS}


class StateForm(FlaskForm):
    """Turn a rule on or off."""

    state = SelectField(
        "State", choices=[SelectChoice(one, one) for one in ("draft", "trial", "live", "off")], validate_choice=True
    )
    meant = BooleanField("I mean it: hold that much")


class ListForm(FlaskForm):
    """Import a list of hashes."""

    file = FileField("A file with one hash a line", validators=[FileRequired("Choose a file.")])


class TryForm(FlaskForm):
    """Try a text against the rules that find something now."""

    text = TextAreaField(
        "A text",
        validators=[InputRequired("Write something."), Length(max=100_000)],
        render_kw={"rows": 4, "dir": "auto"},
    )


class TrustForm(FlaskForm):
    """Trust somebody."""

    username = StringField("Username", validators=[InputRequired("Whom?"), Length(max=31)])
