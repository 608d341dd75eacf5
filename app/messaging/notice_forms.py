"""The matrix of kinds and channels as a form."""

from typing import Any

from wtforms import BooleanField, SelectField
from wtforms.fields.choices import SelectChoice  # type: ignore[attr-defined]  # newer than its type stubs

from app.messaging.kinds import RULES, Channels, MailChoice, NoticeKind
from app.web.forms import FlaskForm

MAIL_LABELS = {MailChoice.OFF: "Off", MailChoice.AT_ONCE: "At once", MailChoice.DIGEST: "Daily digest"}
LISTED_ELSEWHERE = {NoticeKind.MESSAGE}
"""Kinds that have a place of their own in the app."""


class ChannelsForm(FlaskForm):
    """A row a kind: in the app, by e-mail, by push. The fields are named ``<kind>-<channel>``."""

    @classmethod
    def of(cls, choices: dict[NoticeKind, Channels]) -> "ChannelsForm":
        """The form with what is chosen now, or with what was sent."""
        chosen = {
            f"{kind}-{channel}": getattr(one, channel)
            for kind, one in choices.items()
            for channel in ("in_app", "mail", "push")
        }
        return cls(data=chosen)

    def rows(self) -> list[tuple[NoticeKind, str, dict[str, Any]]]:
        """What the page shows: a kind, its label, and its fields by channel."""
        return [
            (
                kind,
                rules.label,
                {channel: self._fields.get(f"{kind}-{channel}") for channel in ("in_app", "mail", "push")},
            )
            for kind, rules in RULES.items()
        ]

    def choices(self) -> dict[NoticeKind, Channels]:
        """What was chosen."""
        return {
            kind: Channels(
                in_app=kind not in LISTED_ELSEWHERE and bool(fields["in_app"].data),
                mail=MailChoice(fields["mail"].data),
                push=bool(fields["push"].data),
            )
            for kind, _label, fields in self.rows()
        }


_MAIL = [SelectChoice(one.value, label) for one, label in MAIL_LABELS.items()]
for _kind in RULES:
    if _kind not in LISTED_ELSEWHERE:
        setattr(ChannelsForm, f"{_kind}-in_app", BooleanField())
    setattr(ChannelsForm, f"{_kind}-mail", SelectField(choices=_MAIL))
    setattr(ChannelsForm, f"{_kind}-push", BooleanField())
