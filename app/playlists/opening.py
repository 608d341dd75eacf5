"""A set that a visitor opens: by the gate, by its secret, or by a named link, which lends what its owner made, too."""

from dataclasses import dataclass

from flask import Response
from flask_login import current_user

from app.media import by_link, gate
from app.media.errors import MediumNotFound
from app.media.gate import Action, Reason, Viewer
from app.playlists import queries
from app.playlists.models import Set

_LENT = {Reason.SHARE_LINK, Reason.SHARED_PLAY}


@dataclass(frozen=True)
class Opened:
    """A set, and what opened it to this visitor."""

    one: Set
    secret: str | None
    """What further addresses of the set must carry; None where it opens without."""
    lends: bool
    """Whether it came by a named link, which opens the works of its owner that are in it."""

    @property
    def lent(self) -> str | None:
        """What opens those works."""
        return self.secret if self.lends else None

    def keep(self, response: Response) -> Response:
        """Mark an answer under a secret address, or of what is not for everyone, as for this visitor alone."""
        return response if gate.is_open_to_all(self.one) else by_link.keep_to_oneself(response)


def open_set(one: Set | None, given: str | None, viewer: Viewer | None = None) -> Opened:
    """Let the visitor in, if the gate does, or if they work on it.

    ``viewer`` is who they are, for callers that know more of them.

    Raises:
        MediumNotFound: it does not, or there is no such set.
        LinkEnded: the link that opened it has ended.
    """
    if one is None:
        raise MediumNotFound
    viewer = viewer or current_user
    secret = by_link.secret_of(viewer, one, Action.SEE, given)
    if not gate.decide(viewer, one, Action.SEE, secret=secret).allowed and queries.may_arrange(current_user, one):
        return Opened(one, None, lends=False)
    decision = gate.require(viewer, one, Action.SEE, secret=secret)
    lends = decision.reason in _LENT
    return Opened(one, secret if lends or decision.reason is Reason.SECRET_LINK else None, lends)
