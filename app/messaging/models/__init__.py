"""The tables of messaging, one file a subject."""

from app.messaging.models.conversations import Conversation, Message, MessageReport, Participant, ReportReason, Standing
from app.messaging.models.notifications import (
    FanOut,
    MailState,
    Notification,
    NotificationChoice,
    NotificationEvent,
    NotificationMailing,
)
from app.messaging.models.pushes import PushDelivery, PushSubscription

__all__ = [
    "Conversation",
    "FanOut",
    "MailState",
    "Message",
    "MessageReport",
    "Notification",
    "NotificationChoice",
    "NotificationEvent",
    "NotificationMailing",
    "Participant",
    "PushDelivery",
    "PushSubscription",
    "ReportReason",
    "Standing",
]
