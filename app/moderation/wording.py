"""What decisions are called, to whoever reads them: pages and mails say the same."""

from typing import Final

from app.moderation.models import Decision, DecisionAction, Ground
from app.moderation.refs import RefKind

KINDS: Final = {
    RefKind.MEDIUM: "work", RefKind.SET: "set", RefKind.POST: "post", RefKind.COMMENT: "comment",
    RefKind.PERSON: "profile", RefKind.MESSAGE: "message",
}  # fmt: skip
ACTIONS: Final = {
    DecisionAction.HIDE: "Hide it",
    DecisionAction.REMOVE: "Remove it",
    DecisionAction.RESTRICT: "For adults only",
    DecisionAction.WARN: "Warn",
    DecisionAction.LIMIT: "Limit their reach",
    DecisionAction.SUSPEND: "Suspend for a time",
    DecisionAction.BAN: "Ban",
    DecisionAction.DISMISS: "Nothing was done",
    DecisionAction.REFUSE: "Not saved",
}
"""As moderators choose them."""
SEVERITIES: Final = {1: "nuisance", 2: "ordinary", 3: "serious", 4: "cannot wait"}
_DONE: Final = {
    DecisionAction.HIDE: "Your {kind} was hidden",
    DecisionAction.REMOVE: "Your {kind} was removed",
    DecisionAction.RESTRICT: "Your {kind} is for adults only now",
    DecisionAction.WARN: "A warning",
    DecisionAction.LIMIT: "What you do reaches fewer people",
    DecisionAction.SUSPEND: "Your account is suspended",
    DecisionAction.BAN: "Your account is banned",
    DecisionAction.DISMISS: "What you reported was left as it is",
    DecisionAction.REFUSE: "A change was not saved",
}
_MEANS: Final = {
    DecisionAction.HIDE: "Nobody but you sees it. You can still open it, and delete it.",
    DecisionAction.REMOVE: "Nobody but you sees that it was there. You can delete it; you cannot play, change or "
    "publish it.",
    DecisionAction.RESTRICT: "It reaches people who say that they are of age.",
    DecisionAction.WARN: "Nothing is taken away. It counts if it happens again.",
    DecisionAction.LIMIT: "You are left out of search, suggestions and all lists for strangers, and they are not "
    "notified of you. Your own page, your sets and every address of yours stay; who follows you has everything.",
    DecisionAction.SUSPEND: "You can look and listen, take your data, and appeal. You can publish, write and change "
    "nothing.",
    DecisionAction.BAN: "Nobody finds you or anything of yours. You can take your data, and appeal.",
    DecisionAction.DISMISS: "We found nothing in it that calls for an action.",
    DecisionAction.REFUSE: "Everything is as it was before. If it is let through, you can save it again.",
}
GROUNDS: Final = {Ground.RULES: "It is against the rules of this place.", Ground.LAW: "It is against the law."}


def headline(decision: Decision) -> str:
    """What was decided, to whom it concerns."""
    return _DONE[decision.action].format(kind=KINDS[decision.kind])


def means(action: DecisionAction) -> str:
    """What follows from it."""
    return _MEANS[action]


def dismissal(title: str, kind: RefKind, rule: str = "") -> str:
    """Why nothing was done, to whoever reported it, where the moderator has nothing to add."""
    about = f"We looked at the {KINDS[kind]} “{title}”. "
    return about + (f"It does not break the rule “{rule}”." if rule else "It does not break our rules.")


def how_decided(decision: Decision) -> str:
    """Whether a person decided, as Article 17 (3) (c) of the Digital Services Act wants it said."""
    if decision.automated:
        return "This was decided by an automated rule, not by a person. If you appeal, a person decides."
    return "A moderator looked at it and decided. No automated means decided."
