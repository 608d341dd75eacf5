"""The forms of the studio."""

from flask_wtf.file import FileField, FileRequired, FileSize
from wtforms import BooleanField, DateField, DateTimeLocalField, IntegerField, SelectField, StringField, TextAreaField
from wtforms.fields.choices import SelectChoice  # type: ignore[attr-defined]  # newer than its type stubs
from wtforms.validators import DataRequired, Length, NumberRange, Optional

from app.accounts.forms import PICTURE_BYTES, tidy
from app.media.models import CaptionKind, CommentPolicy, Visibility
from app.media.services.licences import LICENCES
from app.web.forms import FlaskForm

CAPTION_BYTES = 2 * 1024 * 1024
VISIBILITIES = [
    SelectChoice(Visibility.PUBLIC.value, "Public: everyone finds it"),
    SelectChoice(Visibility.UNLISTED.value, "Unlisted: whoever has the secret link"),
    SelectChoice(Visibility.PRIVATE.value, "Private: you alone"),
]
CAPTION_KINDS = [
    SelectChoice(CaptionKind.CAPTIONS.value, "Captions: what is said and heard"),
    SelectChoice(CaptionKind.SUBTITLES.value, "Subtitles: what is said, in another language"),
    SelectChoice(CaptionKind.LYRICS.value, "Lyrics: what is sung"),
]
COMMENT_POLICIES = [
    SelectChoice(CommentPolicy.OPEN.value, "Open: everyone with an account"),
    SelectChoice(CommentPolicy.FOLLOWERS.value, "Followers: those who follow you"),
    SelectChoice(CommentPolicy.HELD.value, "Held: they wait until you let them through"),
    SelectChoice(CommentPolicy.CLOSED.value, "Closed: you alone"),
]
LOCAL_TIME = "%Y-%m-%dT%H:%M"


class DetailsForm(FlaskForm):
    """What an artist says about a medium."""

    title = StringField("Title", filters=[tidy], validators=[DataRequired("A title, please."), Length(max=200)])
    slug = StringField(
        "Address",
        filters=[tidy],
        validators=[Length(max=80)],
        description="The last part of its address. Old ones keep working.",
    )
    description = TextAreaField(
        "Description",
        validators=[Length(max=20_000)],
        description="Markdown. Lines like “1:23 The bridge” can become chapters.",
    )
    realm = SelectField("Realm")
    genre = StringField("Genre", filters=[tidy], validators=[Length(max=60)])
    tags = StringField(
        "Tags", filters=[tidy], validators=[Length(max=900)], description="Separated by commas, twenty at most."
    )
    language = StringField(
        "Language", filters=[tidy], validators=[Length(max=20)], description="A short code: en, de, pt-BR."
    )
    licence = SelectField("Licence", choices=[SelectChoice(key, name) for key, (name, _url) in LICENCES.items()])
    explicit = BooleanField("Explicit")
    credits = TextAreaField(
        "Credits", validators=[Length(max=12_000)], description="One a line: “Guitar: Ana Lindqvist”."
    )
    release_date = DateField("Release date", validators=[Optional()])
    downloads_allowed = BooleanField("Let people download the original file")


class VisibilityForm(FlaskForm):
    """For whom, and when."""

    visibility = SelectField("Visibility", choices=VISIBILITIES)
    publish_at = DateTimeLocalField(
        "Publish at (UTC)",
        format=[LOCAL_TIME, "%Y-%m-%dT%H:%M:%S"],
        validators=[Optional()],
        description="For drafts. Leave it empty to publish with the button.",
    )
    available_until = DateTimeLocalField(
        "Available until (UTC)", format=[LOCAL_TIME, "%Y-%m-%dT%H:%M:%S"], validators=[Optional()]
    )


class CommentPolicyForm(FlaskForm):
    """Who may comment."""

    policy = SelectField("Who may comment", choices=COMMENT_POLICIES)


class PosterForm(FlaskForm):
    """One of the film's frames, or a picture of one's own."""

    poster = StringField("Frame", validators=[Length(max=80)])
    picture = FileField("Own picture", validators=[FileSize(PICTURE_BYTES, message="A picture has 10 MB at most.")])


class CaptionForm(FlaskForm):
    """A text track."""

    language = StringField(
        "Language",
        filters=[tidy],
        validators=[DataRequired("Which language?"), Length(max=20)],
        description="A short code: en, de, pt-BR.",
    )
    label = StringField(
        "Name", filters=[tidy], validators=[Length(max=80)], description="As people choose it; may stay empty."
    )
    kind = SelectField("Kind", choices=CAPTION_KINDS)
    file = FileField(
        "File",
        validators=[FileRequired("Choose a file."), FileSize(CAPTION_BYTES, message="A text track has 2 MB at most.")],
        description="WebVTT, SRT or LRC.",
    )


class ChaptersForm(FlaskForm):
    """The chapters, a line each."""

    chapters = TextAreaField("Chapters", validators=[Length(max=40_000)], description="One a line: “1:23 The bridge”.")


class DeleteForm(FlaskForm):
    """Delete for good."""

    confirm = BooleanField(
        "Yes, delete it and every file of it", validators=[DataRequired("Tick the box to delete it.")]
    )


class ShareLinkForm(FlaskForm):
    """A link for somebody: whose it is, when it ends, how often it may be played."""

    recipient = StringField(
        "For whom",
        filters=[tidy],
        validators=[DataRequired("Say whom it is for: you will want to know whose it was."), Length(max=120)],
        description="A name, or words of your own. Nobody but you reads them.",
    )
    expires_at = DateTimeLocalField("Ends at (UTC)", format=[LOCAL_TIME, "%Y-%m-%dT%H:%M:%S"], validators=[Optional()])
    play_cap = IntegerField(
        "Plays at most",
        validators=[Optional(), NumberRange(1, 1_000_000, message="Between one play and a million.")],
        description="A play counts when it starts; a reload within half an hour is the same play.",
    )
