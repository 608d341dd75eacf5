"""What can be wrong with sets, in words for the people who ask."""

from app.core.errors import Conflict, DomainError, Forbidden, NotFound


class SetNotFound(NotFound):
    """There is no such set, or the asker may not know of it."""

    sentence = "There is no such set, or it is not for you to see."


class MayNotArrange(Forbidden):
    """The set is somebody else's, who has not asked this person to work on it."""

    sentence = "This set is somebody else's. You can make one of your own."


class ItemNotFound(NotFound):
    """The medium is not in the set, or not any more."""

    sentence = "That is not in this set any more."


class PlaceGone(Conflict):
    """What an item was to be put beside has been taken out in the meantime."""

    sentence = "The set has changed in the meantime. Look again, then move it once more."


class SetFull(DomainError):
    """No further item finds room."""

    sentence = "A set holds 1,000 items. Take something out, or begin another set."


class TooManySets(DomainError):
    """Nobody needs that many."""

    sentence = "You have 5,000 sets. Delete one before you make another."


class SetInvalid(DomainError):
    """Something about a set or an item cannot be kept."""


class KindForArtists(Forbidden):
    """A listener asked for a kind that publishes works."""

    sentence = "Albums, series and shows are for people with a channel. A playlist is for everyone."


class KeptBySystem(Forbidden):
    """Watch later is kept as it is."""

    sentence = "“Watch later” is kept for you: it cannot be renamed, shown to others or deleted."


class SetSlugTaken(Conflict):
    """Another set of this person has the address."""

    sentence = "Another of your sets has this address."


class SetRemoved(Forbidden):
    """Moderators removed it: its owner sees it and why, and changes nothing."""

    sentence = "The moderators removed this. Under Settings, My standing, its owner finds why, and can appeal."


class InvitationNotFound(NotFound):
    """No such invitation, not for this person, or not any more."""

    sentence = "This invitation is over, or it is not for you."


class InvitationRefused(DomainError):
    """Somebody cannot be asked to work on a set."""


class TooManyEditors(DomainError):
    """As many work on the set as may."""

    sentence = "Fifty people work on a set at most. Somebody has to leave first."


class ChangeNotFound(NotFound):
    """No such change of this set."""

    sentence = "There is no such change of this set."


class DoesNotApply(Conflict):
    """A change cannot be taken back any more."""
