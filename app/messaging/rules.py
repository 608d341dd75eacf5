"""Who may write to whom, and where it lands: pure rules over what is known of the two."""

from app.accounts.models import WhoMayWrite
from app.messaging.errors import RequestWaits, TakesNoMessages
from app.messaging.models import Standing


def standing_after(*, before: Standing | None, follows: bool, who_may_write: WhoMayWrite) -> Standing:
    """How a conversation stands with its reader once the other one has written.

    ``before`` is how it stood, None where there was none; ``follows`` says whether the reader follows the writer. Those
    whom one follows or wrote to reach the inbox. Following someone is no way into theirs: anybody can do that.

    Raises:
        TakesNoMessages: the reader wants no messages from this writer.
        RequestWaits: one message waits to be accepted, or was declined, which is not told apart.
    """
    if before is Standing.ACCEPTED:
        return Standing.ACCEPTED
    if before is None and who_may_write is WhoMayWrite.NOBODY:
        raise TakesNoMessages
    if follows:
        return Standing.ACCEPTED
    if before is not None:
        raise RequestWaits
    if who_may_write is WhoMayWrite.FOLLOWED:
        raise TakesNoMessages
    return Standing.REQUEST
