"""What can be wrong with an account, in words for its owner."""

from app.core.errors import Conflict, DomainError, Forbidden, NotFound


class UsernameInvalid(DomainError):
    """The name breaks the rule for usernames."""

    sentence = "A username has 3 to 30 letters, digits or underscores."


class UsernameTaken(Conflict):
    """Someone has this name, had it, or has one that looks the same."""

    sentence = "This name is taken, or looks too much like one that is."


class EmailTaken(Conflict):
    """Another account has this address."""

    sentence = "There is already an account with this e-mail address. Log in, or reset your password."


class PasswordTooCommon(DomainError):
    """The password stands on the list that guessers try first."""

    sentence = "That password is on every guesser's list. Pick one that is yours."


class PasswordLength(DomainError):
    """Too short to be safe, or too long to be a password."""

    sentence = "A password has at least 8 characters and at most 1,024 bytes."


class WrongCredentials(DomainError):
    """Name and password do not belong together; which of them is wrong stays unsaid."""

    sentence = "That e-mail address or username and password do not go together."


class WrongPassword(DomainError):
    """The present password, asked for again, is not right."""

    sentence = "That is not your present password."


class LinkExpired(NotFound):
    """A mailed link that was used, ran out, or never was."""

    sentence = "This link has been used or has run out. Ask for a new one."


class PersonNotFound(NotFound):
    """Nobody of this name is here."""

    sentence = "Nobody of that name is here."


class NotArtist(Forbidden):
    """Only people with a channel may upload."""

    sentence = "Open a channel first: it takes one click in your account settings."


class PictureRefused(DomainError):
    """An avatar or cover that cannot be used."""

    sentence = "A picture must be a JPEG, PNG or WebP of at most 10 MB."
