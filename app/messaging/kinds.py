"""What people are notified of, through which channels, and what is chosen for those who chose nothing."""

from dataclasses import dataclass
from datetime import timedelta
from enum import StrEnum


class NoticeKind(StrEnum):
    """What happened, as its receiver sees it."""

    FOLLOWER = "follower"
    LIKE = "like"
    REPOST = "repost"
    COMMENT = "comment"
    ANSWER = "answer"
    MENTION = "mention"
    HEART = "heart"
    HELD = "held"
    RELEASE = "release"
    POST = "post"
    INVITATION = "invitation"
    MESSAGE = "message"
    DECISION = "decision"
    APPEAL = "appeal"
    OUTCOME = "outcome"
    TAKEDOWN = "takedown"
    EXPORT = "export"


OF_THE_HOUSE = frozenset(
    {NoticeKind.DECISION, NoticeKind.APPEAL, NoticeKind.OUTCOME, NoticeKind.TAKEDOWN, NoticeKind.EXPORT}
)
"""What nobody did: the house says it. Their actor is their receiver, for whom nothing is muted or apart."""


class MailChoice(StrEnum):
    """When a kind is mailed."""

    OFF = "off"
    AT_ONCE = "at_once"
    DIGEST = "digest"


@dataclass(frozen=True, slots=True)
class Channels:
    """Through which channels a kind reaches someone."""

    in_app: bool = True
    mail: MailChoice = MailChoice.DIGEST
    push: bool = False


@dataclass(frozen=True, slots=True)
class KindRules:
    """What holds for a kind.

    ``push_again``: how long one that was pushed stays silent when it happens once more. ``push_after``: how long a push
    waits, so that whoever is looking at it anyway is not pushed.
    """

    label: str
    defaults: Channels
    push_again: timedelta = timedelta(hours=1)
    push_after: timedelta = timedelta()


RULES: dict[NoticeKind, KindRules] = {
    NoticeKind.MESSAGE: KindRules(
        "A message", Channels(in_app=False, push=True), push_again=timedelta(), push_after=timedelta(seconds=4)
    ),
    NoticeKind.MENTION: KindRules("Someone mentions you", Channels(push=True)),
    NoticeKind.ANSWER: KindRules("An answer to your comment", Channels(push=True)),
    NoticeKind.COMMENT: KindRules("A comment on something of yours", Channels(push=True)),
    NoticeKind.HELD: KindRules("A comment that waits for you to let it through", Channels(push=True)),
    NoticeKind.INVITATION: KindRules("An invitation to work on a set", Channels(mail=MailChoice.AT_ONCE, push=True)),
    NoticeKind.DECISION: KindRules(
        "A decision about you or your work (its reasons are always mailed)", Channels(mail=MailChoice.OFF, push=True)
    ),
    NoticeKind.APPEAL: KindRules("The answer to an appeal of yours", Channels(mail=MailChoice.AT_ONCE, push=True)),
    NoticeKind.OUTCOME: KindRules("What became of something you reported", Channels()),
    NoticeKind.TAKEDOWN: KindRules(
        "A notice about rights in your work (always mailed as well)", Channels(mail=MailChoice.OFF, push=True)
    ),
    NoticeKind.EXPORT: KindRules(
        "The archive of your data is ready (always mailed as well)", Channels(mail=MailChoice.OFF, push=True)
    ),
    NoticeKind.RELEASE: KindRules("A release by someone you follow", Channels()),
    NoticeKind.POST: KindRules("A post by someone you follow", Channels(mail=MailChoice.OFF)),
    NoticeKind.FOLLOWER: KindRules("A new follower", Channels()),
    NoticeKind.LIKE: KindRules("A like", Channels()),
    NoticeKind.REPOST: KindRules("A repost", Channels()),
    NoticeKind.HEART: KindRules("A heart from the artist on your comment", Channels(mail=MailChoice.OFF)),
}
"""Every kind in the order of the settings: what is meant for one person first."""
