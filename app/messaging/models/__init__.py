"""The tables of messaging, one file a subject."""

from app.messaging.models.conversations import Conversation, Message, MessageReport, Participant, ReportReason, Standing

__all__ = ["Conversation", "Message", "MessageReport", "Participant", "ReportReason", "Standing"]
