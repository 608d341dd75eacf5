"""Word to open pages that a conversation has news. They ask for it themselves, and get what they may read."""

from app.core.live import announce
from app.messaging import inbox
from app.messaging.events import ConversationChanged, MessageSent


def tell_of_message(event: MessageSent) -> None:
    """To both: their pages of the conversation, their lists, and the count in the frame."""
    announce(f"conversation:{event.conversation_id}")
    inbox.tell(event.reader_id)
    inbox.tell(event.sender_id)


def tell_of_change(event: ConversationChanged) -> None:
    """To both who look at the conversation; to the lists of the one who did it."""
    announce(f"conversation:{event.conversation_id}")
    inbox.tell(event.person_id)
