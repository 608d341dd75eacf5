"""What a notification says, in words: pages, mails and pushes say the same."""

from collections.abc import Sequence

from app.messaging.kinds import OF_THE_HOUSE, NoticeKind

_DONE = {
    NoticeKind.FOLLOWER: "followed you",
    NoticeKind.LIKE: "liked",
    NoticeKind.REPOST: "reposted",
    NoticeKind.COMMENT: "commented on",
    NoticeKind.ANSWER: "answered your comment on",
    NoticeKind.MENTION: "mentioned you on",
    NoticeKind.HEART: "gave a heart to your comment on",
    NoticeKind.HELD: "wrote a comment that waits for you on",
    NoticeKind.RELEASE: "released",
    NoticeKind.POST: "wrote a post",
    NoticeKind.INVITATION: "invited you to work on",
    NoticeKind.MESSAGE: "sent you a message",
    NoticeKind.DECISION: "decided about you or your work",
    NoticeKind.APPEAL: "answered your appeal",
    NoticeKind.OUTCOME: "looked at what you reported",
    NoticeKind.TAKEDOWN: "have news about a notice concerning your work",
    NoticeKind.EXPORT: "is ready to be downloaded",
}
_WITHOUT_A_THING = {NoticeKind.FOLLOWER, NoticeKind.MESSAGE, NoticeKind.POST, *OF_THE_HOUSE}


def phrase(kind: NoticeKind, *, of_comment: bool) -> str:
    """What was done, up to the name of the thing it was done to."""
    if kind is NoticeKind.LIKE and of_comment:
        return "liked your comment on"
    return _DONE[kind]


def names_a_thing(kind: NoticeKind) -> bool:
    """Whether the name of a thing follows the phrase."""
    return kind not in _WITHOUT_A_THING


def others(names: Sequence[str], count: int) -> str:
    """What stands behind the first name: ``" and Ben"``, ``" and 12 others"``, or nothing."""
    rest = count - 1
    if rest <= 0:
        return ""
    if rest == 1:
        return f" and {names[1]}" if len(names) > 1 else " and one other"
    return f" and {rest} others"


def sentence(names: Sequence[str], count: int, done: str, title: str) -> str:
    """The whole as one line of plain text."""
    return f"{names[0]}{others(names, count)} {done}{f' {title}' if title else ''}"
