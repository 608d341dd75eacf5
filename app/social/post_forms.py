"""The forms of posts."""

from datetime import timedelta
from typing import Any

from flask_wtf.file import FileField, FileSize
from wtforms import HiddenField, RadioField, SelectField, StringField, TextAreaField
from wtforms.fields.choices import SelectChoice  # type: ignore[attr-defined]  # newer than its type stubs
from wtforms.validators import Length

from app.accounts.forms import PICTURE_BYTES
from app.core.ids import secret
from app.media.models import CommentPolicy
from app.social.services import polls
from app.social.services.post_pictures import LONGEST_ALT, MOST_PICTURES, SentPicture
from app.social.services.posts import LONGEST, Draft
from app.social.tidy import tidied
from app.web.forms import FlaskForm

_TYPES = "image/jpeg,image/png,image/webp"
_LASTS = [
    SelectChoice(hours, label)
    for hours, label in (
        ("1", "1 hour"), ("6", "6 hours"), ("24", "1 day"), ("72", "3 days"), ("168", "7 days"), ("336", "14 days"),
    )
]  # fmt: skip
_POLICIES = [
    SelectChoice(CommentPolicy.OPEN.value, "Everyone may comment"),
    SelectChoice(CommentPolicy.FOLLOWERS.value, "Only followers may comment"),
    SelectChoice(CommentPolicy.HELD.value, "Comments wait for your approval"),
    SelectChoice(CommentPolicy.CLOSED.value, "Nobody may comment"),
]


def _tidy(text: str | None) -> str:
    return tidied(text) if text else ""


def _line(text: str | None) -> str:
    return " ".join(_tidy(text).split())


def _picture(number: int) -> FileField:
    return FileField(
        f"Picture {number}",
        validators=[FileSize(PICTURE_BYTES, message="A picture has 10 MB at most.")],
        render_kw={"accept": _TYPES},
    )


def _alt(number: int) -> StringField:
    return StringField(
        f"What picture {number} shows",
        filters=[_line],
        validators=[Length(max=LONGEST_ALT, message=f"{LONGEST_ALT} characters at most.")],
        render_kw={"dir": "auto", "autocomplete": "off"},
    )


def _answer(number: int) -> StringField:
    return StringField(
        f"Answer {number}",
        filters=[_line],
        validators=[
            Length(max=polls.LONGEST_ANSWER, message=f"An answer has {polls.LONGEST_ANSWER} characters at most.")
        ],
        render_kw={"dir": "auto", "autocomplete": "off", "maxlength": polls.LONGEST_ANSWER},
    )


class _WordsForm(FlaskForm):
    """What a post says, and who may answer."""

    body = TextAreaField(
        "Your post",
        filters=[_tidy],
        validators=[Length(max=LONGEST, message=f"A post has {LONGEST:,} characters at most.")],
        description="Markdown and @names work.",
        render_kw={"dir": "auto", "rows": 3},
    )
    policy = SelectField("Comments", choices=_POLICIES, default=CommentPolicy.OPEN.value)


class PostForm(_WordsForm):
    """Write a post."""

    sending = HiddenField(default=secret, filters=[_line], validators=[Length(max=64)])
    picture_1, picture_2, picture_3, picture_4 = (_picture(number) for number in (1, 2, 3, 4))
    alt_1, alt_2, alt_3, alt_4 = (_alt(number) for number in (1, 2, 3, 4))
    answer_1, answer_2, answer_3 = (_answer(number) for number in (1, 2, 3))
    answer_4, answer_5, answer_6 = (_answer(number) for number in (4, 5, 6))
    lasts = SelectField("Open for", choices=_LASTS, default="24")
    work = StringField(
        "A work",
        filters=[_line],
        validators=[Length(max=2000, message="That is too long for an address.")],
        description="The address of a track, a video or a set of this place.",
        render_kw={"autocomplete": "off", "spellcheck": "false", "inputmode": "url", "placeholder": "/@name/title"},
    )

    @property
    def picture_fields(self) -> list[tuple[Any, Any]]:
        """The places for pictures, each with the place for its words."""
        return [(self[f"picture_{number}"], self[f"alt_{number}"]) for number in range(1, MOST_PICTURES + 1)]

    @property
    def answer_fields(self) -> list[Any]:
        """The places for answers of a poll."""
        return [self[f"answer_{number}"] for number in range(1, polls.MOST + 1)]

    def opens(self, *names: str) -> bool:
        """Whether any of these fields holds something or wants another look, so that their part of the form is open."""
        return any(self[name].errors or self[name].data for name in names)

    def draft(self) -> Draft:
        """What was sent, in the language of the field."""
        return Draft(
            body=self.body.data or "",
            sending=self.sending.data or "",
            pictures=[
                SentPicture(number, picture.data.stream, alt.data or "")
                for number, (picture, alt) in enumerate(self.picture_fields, 1)
                if picture.data
            ],
            answers=[answer.data for answer in self.answer_fields if answer.data],
            lasts=timedelta(hours=int(self.lasts.data)),
            work=self.work.data or "",
            comments_policy=CommentPolicy(self.policy.data),
        )


class EditPostForm(_WordsForm):
    """Change a post's words and what its pictures are said to show."""

    alt_1, alt_2, alt_3, alt_4 = (_alt(number) for number in (1, 2, 3, 4))

    @property
    def alt_fields(self) -> list[Any]:
        """The places for words about pictures."""
        return [self[f"alt_{number}"] for number in range(1, MOST_PICTURES + 1)]


class VoteForm(FlaskForm):
    """Vote for one of a poll's answers."""

    answer = RadioField("Answer", choices=[SelectChoice(str(position), "") for position in range(polls.MOST)])
