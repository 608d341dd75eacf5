"""The forms of comments. What the words may be, the service says; these read what was sent."""

import re

from wtforms import HiddenField, StringField, TextAreaField
from wtforms.validators import Length

from app.core.errors import DomainError
from app.web.forms import FlaskForm

_TIME = re.compile(r"(?:([0-9]{1,3}):)?([0-9]{1,3}):([0-5][0-9])")


class MomentUnreadable(DomainError):
    """What should be a time is none."""

    sentence = "A moment is written like 1:42."


class CommentForm(FlaskForm):
    """Words, and the moment that they are about."""

    body = TextAreaField("Your comment")
    at = StringField("At", validators=[Length(max=12, message=MomentUnreadable.sentence)])
    answers = HiddenField()
    key = HiddenField()

    def at_ms(self) -> int | None:
        """The moment that it is about, in milliseconds from the start of the medium; None in general.

        Raises:
            MomentUnreadable: what was typed is no time.
        """
        written = (self.at.data or "").strip()
        if not written:
            return None
        found = _TIME.fullmatch(written)
        if found is None:
            raise MomentUnreadable
        return ((int(found[1] or 0) * 60 + int(found[2])) * 60 + int(found[3])) * 1000


class WordsForm(FlaskForm):
    """Other words for what was said."""

    body = TextAreaField("Your comment")
