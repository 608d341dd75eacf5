"""What every storage can do, and the values it speaks in."""

import base64
import hashlib
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import BinaryIO, Protocol

from app.core.errors import DomainError
from app.core.storage.keeping import Keeping


class PartMismatch(DomainError):
    """The bytes of a part are not those that its checksum promised: they changed on the way."""

    status = 400
    sentence = "This part of the file arrived damaged. Please send it again."


class PartsGone(Exception):
    """Parts that were there when they were counted are not there, or not whole, now that they are to be joined."""

    def __init__(self, numbers: list[int]) -> None:
        super().__init__(f"parts {numbers}")
        self.numbers = numbers


@dataclass(frozen=True, kw_only=True)
class Part:
    """A part that has arrived. ``number`` counts from 1, ``sha256`` is base64 as S3 writes it.

    ``sha256`` is "" where the storage keeps no checksums of parts (not every bucket that speaks S3 does).
    """

    number: int
    size_bytes: int
    sha256: str


@dataclass(frozen=True, kw_only=True)
class PartTicket:
    """Where and how to PUT one part: the URL is good for a limited time and for these bytes alone."""

    number: int
    url: str
    headers: dict[str, str]


@dataclass(frozen=True, kw_only=True)
class StoredObject:
    """An object as a listing shows it."""

    key: str
    size_bytes: int


@dataclass(frozen=True, kw_only=True)
class Unfinished:
    """A multipart upload that was neither completed nor aborted. ``key`` is "" where the storage does not know it."""

    key: str
    multipart_id: str
    touched_at: datetime
    """When it was begun, or later, when it last changed; aware."""


def composite_sha256(parts: Iterable[Part]) -> str:
    """SHA-256 over the raw digests of ``parts`` in their order, in base64: the checksum of a whole multipart file.

    S3 defines it (docs: "Checking object integrity", composite checksums).
    """
    digests = b"".join(base64.b64decode(part.sha256) for part in sorted(parts, key=lambda part: part.number))
    return base64.b64encode(hashlib.sha256(digests).digest()).decode()


def composite_sha256_of_stream(body: BinaryIO, part_size_bytes: int) -> str:
    """The ``composite_sha256`` of a whole file that was cut into parts of ``part_size_bytes``."""
    digests = hashlib.sha256()
    while part := _digest_of(body, part_size_bytes):
        digests.update(part)
    return base64.b64encode(digests.digest()).decode()


def _digest_of(body: BinaryIO, size_bytes: int) -> bytes:
    """The digest of the next ``size_bytes`` of ``body``, or b"" at its end."""
    digest, left = hashlib.sha256(), size_bytes
    while left and (block := body.read(min(left, 1 << 20))):
        digest.update(block)
        left -= len(block)
    return digest.digest() if left < size_bytes else b""


class Storage(Keeping, Protocol):
    """Keys are slash-separated names made by us, never by people."""

    def create_multipart(self, key: str, *, content_type: str) -> str:
        """Begin a multipart upload to ``key`` and return the storage's name for it."""

    def part_ticket(self, key: str, multipart_id: str, *, number: int, sha256: str, size_bytes: int) -> PartTicket:
        """Permission to PUT part ``number``, exactly these bytes, for an hour."""

    def send_part(self, ticket: PartTicket, data: bytes) -> Part:
        """PUT a part from here, for callers that hold its bytes themselves.

        Raises:
            PartMismatch: the bytes are not those that the ticket names.
        """

    def list_parts(self, key: str, multipart_id: str) -> list[Part]:
        """The parts that have arrived whole, by number. Empty when the upload is unknown."""

    def complete_multipart(self, key: str, multipart_id: str, parts: list[Part]) -> None:
        """Join the parts into the object ``key``. Doing it again changes nothing.

        Raises:
            PartsGone: some of them are not there any more, or not whole.
            StorageFull: there is no room for the whole.
            Unavailable: the storage does not say whether it did; ask again.
        """

    def abort_multipart(self, key: str, multipart_id: str) -> None:
        """Forget the upload and free what it took. Doing it again changes nothing."""

    def list_unfinished(self, prefix: str) -> list[Unfinished]:
        """The multipart uploads to keys that begin with ``prefix``; all of them where keys are not known."""

    def put_file(self, key: str, path: Path, *, content_type: str) -> None:
        """Store the file at ``path``. Readers see the whole object or none."""

    def put_bytes(self, key: str, data: bytes, *, content_type: str) -> None:
        """Store ``data``. Readers see the whole object or none."""

    def read_bytes(self, key: str, *, start: int = 0, length: int | None = None) -> bytes:
        """The object's bytes from ``start``.

        Raises:
            FileNotFoundError: there is no such object.
        """

    def open(self, key: str) -> BinaryIO:
        """The object as a stream to read.

        Raises:
            FileNotFoundError: there is no such object.
        """

    def size_bytes(self, key: str) -> int | None:
        """The object's size, or None when there is no such object."""

    def local_path(self, key: str) -> Path | None:
        """The file on this machine's disk that holds the object, where that is how it is kept."""

    def joined_sha256(self, key: str, *, part_size_bytes: int) -> str:
        """The ``composite_sha256`` of an object that ``complete_multipart`` joined, by what lies in the storage.

        Raises:
            FileNotFoundError: there is no such object.
        """

    def read_url(
        self, key: str, *, content_type: str, seconds: int, download_as: str | None = None, head: bool = False
    ) -> str | None:
        """A URL from which anyone may read the object for some seconds; None where we must serve it ourselves.

        With ``download_as`` browsers save it as a file of that name. It is for GET, or with ``head`` for HEAD.
        """

    def list_objects(self, prefix: str) -> list[StoredObject]:
        """Every object whose key begins with ``prefix``."""

    def copy_prefix(self, old: str, new: str) -> None:
        """Copy every object under ``old`` to the same name under ``new``."""

    def delete_prefix(self, prefix: str) -> None:
        """Delete every object under ``prefix``, which ends with a slash or is a whole key."""

    def free_bytes(self) -> int | None:
        """How many bytes fit in, or None where nobody can say."""

    def check(self) -> None:
        """Raise OSError or a botocore error when the storage does not answer."""
