"""What can go wrong with notifications."""

from app.core.errors import DomainError, NotFound


class NotificationNotFound(NotFound):
    """There is none, it is another's, or what it is about is gone."""


class SubscriptionRefused(DomainError):
    """What was sent is no push subscription of a browser."""

    status = 422
    sentence = "Your browser gave an address that we cannot push to. Try another browser, or e-mail."
