"""What can be wrong with an account, in words for its owner."""

from datetime import datetime, timedelta

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


class PasswordPersonal(DomainError):
    """The password is the person's own name or address."""

    sentence = "That password is your own name or address, which guessers try early. Pick another."


class PasswordLength(DomainError):
    """Too short to be safe, or too long to be a password."""

    sentence = "A password has at least 8 characters and at most 1,024 bytes."


class WrongCredentials(DomainError):
    """Name and password do not belong together; which of them is wrong stays unsaid."""

    sentence = "That e-mail address or username and password do not go together."


class TooSoon(DomainError):
    """Too many wrong passwords; the door opens again at ``until``."""

    status = 429
    sentence = "Too many wrong passwords. Wait a while, or let us mail you a link."

    def __init__(self, until: datetime) -> None:
        super().__init__()
        self.until = until


class ProofWanted(DomainError):
    """The browser has to show first that a person, or at least some patience, sits behind it."""

    status = 422
    sentence = "One more step: let this page show that you are no robot, then send it again."


class WrongPassword(DomainError):
    """The present password, asked for again, is not right."""

    sentence = "That is not your present password."


class LinkExpired(NotFound):
    """A mailed link that was used, ran out, or never was."""

    sentence = "This link has been used or has run out. Ask for a new one."


class LinkCodeWrong(DomainError):
    """A mailed log-in was opened in another browser, and what was typed is not the code of the one that asked."""

    sentence = "That is not the code. It stands on the page where you asked for the link."


class LinkOfAnother(Conflict):
    """A mailed link for another account than the one that is logged in here."""

    sentence = (
        "This link is for another account than the one you are logged in with. Log out first, then open it again."
    )


class PersonNotFound(NotFound):
    """Nobody of this name is here."""

    sentence = "Nobody of that name is here."


class NotArtist(Forbidden):
    """Only people with a channel may upload."""

    sentence = "Open a channel first: it takes one click in your account settings."


class PictureRefused(DomainError):
    """An avatar or cover that cannot be used."""

    sentence = "A picture must be a JPEG, PNG or WebP of at most 10 MB."


class AuthenticatorExists(Conflict):
    """There is an authenticator app already."""

    sentence = "You already have an authenticator app. Remove it first, then set up another one."


class CodeRefused(DomainError):
    """A code that is wrong, too old, or was taken before; which of these stays unsaid."""

    sentence = "That code is not right, or was used already. Wait for the next one and try again."


class CodesWait(DomainError):
    """Too many wrong codes in a row: none is looked at for a while."""

    status = 429

    def __init__(self, wait: timedelta) -> None:
        minutes = max(1, -(-int(wait.total_seconds()) // 60))
        super().__init__(
            f"Too many wrong codes. Wait {'a minute' if minutes == 1 else f'{minutes} minutes'},"
            " or use a passkey or a recovery code: these work at once."
        )


class NoSecondFactor(Conflict):
    """Recovery codes stand in for a second factor, and there is none."""

    sentence = "Set up an authenticator app or a passkey first."


class LastWayIn(Conflict):
    """Without it nobody could log in to the account any more."""

    sentence = "This is your last way in. Set a password, or add a passkey, before you remove it."


class PasskeyRefused(DomainError):
    """What the browser said of a key does not fit what was asked."""

    sentence = "That passkey did not work here. Try once more, or go another way."


class PasskeyKnown(Conflict):
    """The key is in someone's account already."""

    sentence = "This passkey is in use already. Make a new one."


class TooManyPasskeys(Conflict):
    """One person can have twenty."""

    sentence = "You have twenty passkeys, which is as many as there can be. Remove one first."


class ProviderAway(DomainError):
    """An OpenID provider does not answer, or not as one."""

    status = 503

    def __init__(self, name: str) -> None:
        super().__init__(f"{name} does not answer as it should. Log in another way, or try again in a few minutes.")


class ProviderRefused(DomainError):
    """What came back from an OpenID provider is not to be believed, or is not for this attempt."""

    sentence = "That did not work, or took too long. Begin again."


class ProviderEmailUnverified(Conflict):
    """Someone is new, and the provider does not say that an address is theirs."""

    sentence = (
        "That account elsewhere has no confirmed e-mail address, so we cannot make an account from it."
        " Sign up with a password; then link it in your settings, under Log-in and safety."
    )


class LinkFirst(Conflict):
    """An account has this address; who comes from a provider with it need not be its owner."""

    sentence = (
        "There is already an account here with that e-mail address. Log in to it as you usually do;"
        " then link it in your settings, under Log-in and safety."
    )


class IdentityTaken(Conflict):
    """The account elsewhere opens somebody else's account here."""

    sentence = "That account elsewhere is linked with another account here. Unlink it there first."
