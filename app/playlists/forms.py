"""The forms of sets."""

import re

from flask_wtf.file import FileField, FileRequired, FileSize
from wtforms import BooleanField, DateField, IntegerField, SelectField, StringField, TextAreaField, ValidationError
from wtforms.fields.choices import SelectChoice  # type: ignore[attr-defined]  # newer than its type stubs
from wtforms.validators import AnyOf, DataRequired, Length, NumberRange, Optional

from app.accounts.forms import PICTURE_BYTES, tidy
from app.media.models import CommentPolicy, Visibility
from app.playlists.models import SetKind
from app.playlists.services.sets import SetDetails
from app.web.forms import FlaskForm

_TIME = re.compile(r"(?:(\d{1,3}):)?(\d{1,4}):(\d{2}(?:\.\d{1,3})?)|(\d{1,6}(?:\.\d{1,3})?)")

KINDS = [
    SelectChoice(SetKind.PLAYLIST.value, "Playlist"),
    SelectChoice(SetKind.ALBUM.value, "Album"),
    SelectChoice(SetKind.EP.value, "EP"),
    SelectChoice(SetKind.SINGLE.value, "Single"),
    SelectChoice(SetKind.SERIES.value, "Series, with seasons and episodes"),
    SelectChoice(SetKind.PODCAST.value, "Podcast"),
]
VISIBILITIES = [
    SelectChoice(Visibility.PUBLIC.value, "Public: everyone finds it"),
    SelectChoice(Visibility.UNLISTED.value, "Unlisted: whoever has the secret link"),
    SelectChoice(Visibility.PRIVATE.value, "Private: you alone"),
]
POLICIES = [
    SelectChoice(CommentPolicy.OPEN.value, "Everyone"),
    SelectChoice(CommentPolicy.FOLLOWERS.value, "People who follow you"),
    SelectChoice(CommentPolicy.HELD.value, "Everyone, once you let it through"),
    SelectChoice(CommentPolicy.CLOSED.value, "Nobody"),
]


def parse_time(written: str | None) -> int | None:
    """Milliseconds of ``1:23``, ``1:02:03.5`` or ``83``; None for nothing written.

    Raises:
        ValueError: it is no time.
    """
    if not written or not written.strip():
        return None
    match = _TIME.fullmatch(written.strip())
    if match is None or (match[3] and float(match[3]) >= 60):
        raise ValueError(written)
    if match[4]:
        return round(float(match[4]) * 1000)
    return round((int(match[1] or 0) * 3600 + int(match[2]) * 60 + float(match[3])) * 1000)


def is_time(_form: FlaskForm, field: StringField) -> None:
    """A validator: what is written is a time, or nothing."""
    try:
        parse_time(field.data)
    except ValueError as error:
        raise ValidationError("A time reads like 1:23.") from error


class NewSetForm(FlaskForm):
    """What it takes to begin a set; and the medium that is to be the first in it."""

    title = StringField("Title", filters=[tidy], validators=[DataRequired("A title, please."), Length(max=100)])
    kind = SelectField("Kind", choices=KINDS, default=SetKind.PLAYLIST.value)
    visibility = SelectField("Visibility", choices=VISIBILITIES, default=Visibility.PUBLIC.value)
    medium = StringField("Medium", validators=[Length(max=20)])
    s = StringField("Secret", validators=[Length(max=100)])

    def details(self) -> SetDetails:
        """What was filled in, as the services take it."""
        return SetDetails(
            title=self.title.data or "", kind=SetKind(self.kind.data), visibility=Visibility(self.visibility.data)
        )


class SetForm(FlaskForm):
    """What is said of a set."""

    title = StringField("Title", filters=[tidy], validators=[DataRequired("A title, please."), Length(max=100)])
    kind = SelectField("Kind", choices=KINDS)
    description = TextAreaField("Description", validators=[Length(max=20_000)], description="Markdown.")
    realm = SelectField("Realm")
    genre = StringField("Genre", filters=[tidy], validators=[Length(max=60)])
    tags = StringField(
        "Tags", filters=[tidy], validators=[Length(max=900)], description="Separated by commas, twenty at most."
    )
    release_date = DateField("Release date", validators=[Optional()])
    newest_first = BooleanField("What is added goes to the top")
    visibility = SelectField("Visibility", choices=VISIBILITIES)
    comments_policy = SelectField("Who may comment", choices=POLICIES)
    slug = StringField(
        "Address",
        filters=[tidy],
        validators=[Length(max=80)],
        description="The last part of its address. Old ones keep working.",
    )

    def details(self) -> SetDetails:
        """What was filled in, as the services take it."""
        return SetDetails(
            title=self.title.data or "",
            kind=SetKind(self.kind.data),
            description=self.description.data or "",
            realm=self.realm.data or None,
            genre=self.genre.data or "",
            tags=self.tags.data or "",
            release_date=self.release_date.data,
            newest_first=self.newest_first.data,
            visibility=Visibility(self.visibility.data),
            comments_policy=CommentPolicy(self.comments_policy.data),
            slug=self.slug.data or "",
        )


class CoverForm(FlaskForm):
    """A cover of one's own."""

    picture = FileField(
        "Own cover",
        validators=[FileRequired("Choose a picture."), FileSize(PICTURE_BYTES, message="A picture has 10 MB at most.")],
    )


class AddForm(FlaskForm):
    """A medium for a set, with the secret that opened it."""

    medium = StringField("Medium", validators=[DataRequired(), Length(max=20)])
    s = StringField("Secret", validators=[Length(max=100)])


class MembershipForm(FlaskForm):
    """Whether a medium is in a set."""

    set = StringField("Set", validators=[DataRequired(), Length(max=20)])
    on = BooleanField("In it")


class PlaceForm(FlaskForm):
    """Where an item goes: a step, an end, or beside another item."""

    to = StringField("To", validators=[AnyOf(["", "up", "down", "first", "last"]), Optional()])
    after = StringField("After", validators=[Length(max=40)])
    before = StringField("Before", validators=[Length(max=40)])


class ItemForm(FlaskForm):
    """What is said of an item."""

    note = StringField("Note", filters=[tidy], validators=[Length(max=500)])
    starts_at = StringField("Start at", validators=[Length(max=16), is_time], description="Like 1:23.")
    stops_at = StringField("Stop at", validators=[Length(max=16), is_time])
    season = IntegerField("Season", validators=[Optional(), NumberRange(0, 9999)])
    episode = IntegerField("Episode", validators=[Optional(), NumberRange(0, 9999)])


class DeleteForm(FlaskForm):
    """Delete for good."""

    confirm = BooleanField("Yes, delete this set", validators=[DataRequired("Tick the box to delete it.")])
