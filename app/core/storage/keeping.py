"""What a storage can do for those who look after it: walk through everything, delete to the letter, a colder place."""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import datetime
from typing import Protocol


@dataclass(frozen=True, kw_only=True)
class KeptObject:
    """An object as upkeep sees it. ``changed_at`` is when it came to lie there, aware; ``cold`` is the colder place."""

    key: str
    size_bytes: int
    changed_at: datetime
    cold: bool = False


class Keeping(Protocol):
    """Upkeep's half of ``Storage``. The colder place is another folder, or another storage class of the bucket."""

    def walk_names(self, folder: str) -> Iterator[str]:
        """The keys of what lies directly in ``folder``, in any order: ``media/abc/`` for a folder, ``originals/abc``.

        ``folder`` ends with a slash. A stream: nothing holds all of them at once.
        """

    def walk_objects(self, prefix: str) -> Iterator[KeptObject]:
        """Every object whose key begins with ``prefix``, the unfinished of killed writers among them."""

    def delete_exactly(self, keys: Iterable[str]) -> None:
        """Delete these objects and no others. Those that are not there are as good as deleted."""

    @property
    def has_cold_place(self) -> bool:
        """Whether there is a colder place."""

    def chill(self, key: str) -> None:
        """Put a whole copy of the object into the colder place, where it is read under the same key.

        Raises:
            FileNotFoundError: there is no such object.
        """

    def thaw(self, key: str) -> bool:
        """Put a whole copy into the usual place; False where the colder one has only been asked for it: ask again.

        Raises:
            FileNotFoundError: there is no such object.
        """

    def keep_only(self, key: str, *, cold: bool) -> None:
        """Delete the copy in the other place, where this one has it. Doing it again changes nothing."""

    def is_at_hand(self, key: str) -> bool:
        """Whether the object can be read now; False where it is not there, or a colder place must fetch it first."""

    def walk_cold(self, prefix: str) -> Iterator[KeptObject]:
        """The copies in the colder place, where that has copies of its own (a bucket has none)."""
