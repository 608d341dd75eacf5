"""The forms by which operators shape the place."""

from wtforms import DateTimeLocalField, SelectField, StringField, TextAreaField
from wtforms.fields.choices import SelectChoice  # type: ignore[attr-defined]  # newer than its type stubs
from wtforms.validators import DataRequired, Length, Optional

from app.accounts.forms import tidy
from app.core.announcements import LONGEST, Audience, Tone
from app.media.services import realm_keeping as keeping
from app.web.forms import FlaskForm


class AnnouncementForm(FlaskForm):
    """Something said to everyone."""

    body = TextAreaField(
        "Words",
        filters=[tidy],
        validators=[DataRequired("Say something."), Length(max=LONGEST)],
        description="Markdown: **bold**, links, a line or two.",
        render_kw={"rows": 3, "maxlength": LONGEST},
    )
    audience = SelectField(
        "For",
        choices=[
            SelectChoice(Audience.EVERYONE.value, "Everyone, strangers too"),
            SelectChoice(Audience.ARTISTS.value, "Artists"), SelectChoice(Audience.STAFF.value, "Staff"),
        ],
    )  # fmt: skip
    tone = SelectField(
        "Tone",
        choices=[
            SelectChoice(Tone.INFO.value, "News"), SelectChoice(Tone.SUCCESS.value, "Good news"),
            SelectChoice(Tone.WARNING.value, "Warning"),
        ],
    )  # fmt: skip
    begins_at = DateTimeLocalField(
        "From (UTC)", format=["%Y-%m-%dT%H:%M", "%Y-%m-%dT%H:%M:%S"], validators=[Optional()]
    )
    ends_at = DateTimeLocalField("Until (UTC)", format=["%Y-%m-%dT%H:%M", "%Y-%m-%dT%H:%M:%S"], validators=[Optional()])


class RealmForm(FlaskForm):
    """A room of the place."""

    name = StringField(
        "Name", filters=[tidy], validators=[DataRequired("It needs a name."), Length(max=keeping.LONGEST_NAME)]
    )
    slug = StringField(
        "Address",
        filters=[tidy],
        validators=[DataRequired("It needs an address."), Length(max=keeping.LONGEST_SLUG)],
        description="Small letters, digits and hyphens. A new one takes everything along, and the old one leads to it.",
        render_kw={"autocapitalize": "none", "spellcheck": "false"},
    )
    tagline = StringField("One line about it", filters=[tidy], validators=[Length(max=keeping.LONGEST_TAGLINE)])
    theme = SelectField("Theme", choices=[SelectChoice(one, one.capitalize()) for one in keeping.THEMES])
    layout = SelectField(
        "Layout",
        choices=[
            SelectChoice("waveforms", "Waveforms, as a record shop"), SelectChoice("cinema", "Stills, as a cinema"),
            SelectChoice("episodes", "Episodes, as a radio"),
        ],
    )  # fmt: skip
    genres = TextAreaField(
        "Genres",
        filters=[tidy],
        validators=[Length(max=keeping.MOST_GENRES * (keeping.LONGEST_GENRE + 2))],
        description="One a line: what uploads are offered here.",
        render_kw={"rows": 8},
    )

    def details(self) -> keeping.RealmDetails:
        """What the form says."""
        return keeping.RealmDetails(
            slug=self.slug.data or "", name=self.name.data or "", tagline=self.tagline.data or "",
            theme=self.theme.data, layout=self.layout.data, genres=tuple((self.genres.data or "").splitlines()),
        )  # fmt: skip
