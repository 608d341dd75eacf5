"""What upkeep finds: something that is missing or broken, and something that nobody needs."""

from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

PRUNE = "Delete it: flask media prune --yes."
REMAKE = "Make it anew: flask media reprocess --medium {}."
RESTORE = "Restore it from a back-up; until then it plays, but cannot be downloaded or made anew."
ASK_AGAIN = "Restore it from a back-up, or have its artist upload the file again."


@dataclass(frozen=True, kw_only=True)
class Trouble:
    """What is wrong with an object, whose it is (a medium's public id, or what else it belongs to), and what to do."""

    owner: str
    key: str
    what: str
    advice: str


@dataclass(frozen=True, kw_only=True)
class Orphan:
    """What nothing needs: an object, or a picture's row with its files.

    ``key`` is an object's, or a folder's that is empty; ``cold`` says in which place it lies.
    """

    key: str
    size_bytes: int
    since: datetime
    what: str
    cold: bool = False
    picture_id: UUID | None = None

    def as_trouble(self) -> Trouble:
        """As verify tells it."""
        return Trouble(owner="nobody", key=self.key, what=self.what, advice=PRUNE)
