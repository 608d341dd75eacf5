"""Storage on this machine's disk, below one folder."""

import io
import secrets
import shutil
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import BinaryIO

from app.core.errors import StorageFull
from app.core.storage.base import Part, PartsGone, PartTicket, StoredObject, Unfinished, composite_sha256_of_stream
from app.core.storage.local_keeping import LocalKeeping
from app.core.storage.local_parts import TICKET_SECONDS, PartsFolder

__all__ = ["TICKET_SECONDS", "LocalStorage"]

HEADROOM_BYTES = 256 * 1024 * 1024
"""What must stay free on the disk: a full one stops the database too."""


class LocalStorage(LocalKeeping):
    """Objects are files below ``root``; parts of unfinished uploads lie below ``root/.multipart`` (``PartsFolder``)."""

    def __init__(
        self, root: Path, *, secret_key: str, headroom_bytes: int = HEADROOM_BYTES, cold_root: Path | None = None
    ) -> None:
        self.root = root
        self.cold_root = cold_root
        self.headroom_bytes = headroom_bytes
        self.parts_root = root / ".multipart"
        self._parts = PartsFolder(self.parts_root, secret_key=secret_key, require_room=self._require_room)

    def create_multipart(self, key: str, *, content_type: str) -> str:  # noqa: ARG002 - files carry no type on disk
        """Begin a multipart upload."""
        return self._parts.begin()

    def part_ticket(self, key: str, multipart_id: str, *, number: int, sha256: str, size_bytes: int) -> PartTicket:
        """Permission to PUT one part to our own address."""
        return self._parts.ticket(key, multipart_id, number=number, sha256=sha256, size_bytes=size_bytes)

    def receive_part(self, token: str, read: Callable[[int], bytes]) -> Part:
        """Take a part, as ``PartsFolder.receive``."""
        return self._parts.receive(token, read)

    def send_part(self, ticket: PartTicket, data: bytes) -> Part:
        """Take the part without a way over the network."""
        return self.receive_part(ticket.url.rsplit("/", 1)[-1], io.BytesIO(data).read)

    def list_parts(self, key: str, multipart_id: str) -> list[Part]:  # noqa: ARG002 - S3 asks for the key, a disk does not
        """The parts that have arrived whole; of two with one number, the newer."""
        return self._parts.arrived(multipart_id)

    def complete_multipart(self, key: str, multipart_id: str, parts: list[Part]) -> None:
        """Join the parts. The object appears by a rename, the parts go after it."""
        target = self._path(key)
        if not target.exists():
            self._require_room(sum(part.size_bytes for part in parts))
            try:
                self._parts.join(multipart_id, sorted(parts, key=lambda part: part.number), target)
            except PartsGone:
                if not target.exists():  # else another call was quicker
                    raise
        self._parts.remove(multipart_id)

    def abort_multipart(self, key: str, multipart_id: str) -> None:  # noqa: ARG002 - S3 asks for the key
        """Remove the parts."""
        self._parts.remove(multipart_id)

    def list_unfinished(self, prefix: str) -> list[Unfinished]:  # noqa: ARG002 - a disk does not know the keys
        """Every upload that has parts here."""
        return self._parts.unfinished()

    def put_file(self, key: str, path: Path, *, content_type: str) -> None:  # noqa: ARG002 - files carry no type on disk
        """Store a copy of the file at ``path``, by a link where the disk can."""
        with _appearing(self._path(key)) as temporary:
            try:
                temporary.hardlink_to(path)
            except OSError:
                shutil.copyfile(path, temporary)

    def put_bytes(self, key: str, data: bytes, *, content_type: str) -> None:  # noqa: ARG002 - files carry no type on disk
        """Store ``data``."""
        with _appearing(self._path(key)) as temporary:
            temporary.write_bytes(data)

    def read_bytes(self, key: str, *, start: int = 0, length: int | None = None) -> bytes:
        """The object's bytes from ``start``."""
        with self.open(key) as file:
            file.seek(start)
            return file.read(-1 if length is None else length)

    def open(self, key: str) -> BinaryIO:
        """The object as a stream to read."""
        return self._readable(key).open("rb")

    def size_bytes(self, key: str) -> int | None:
        """The object's size, or None."""
        try:
            return self._readable(key).stat().st_size
        except FileNotFoundError:
            return None

    def local_path(self, key: str) -> Path | None:
        """The object's file."""
        return self._readable(key)

    def joined_sha256(self, key: str, *, part_size_bytes: int) -> str:
        """Read the file once more."""
        with self.open(key) as file:
            return composite_sha256_of_stream(file, part_size_bytes)

    def read_url(
        self,
        key: str,  # noqa: ARG002 - the protocol's, like the rest
        *,
        content_type: str,  # noqa: ARG002
        seconds: int,  # noqa: ARG002
        download_as: str | None = None,  # noqa: ARG002
        head: bool = False,  # noqa: ARG002
    ) -> str | None:
        """None: we serve our disk ourselves, or nginx does."""
        return None

    def list_objects(self, prefix: str) -> list[StoredObject]:
        """Every object whose key begins with ``prefix``."""
        folder = self.root / prefix
        base = folder if folder.is_dir() else folder.parent
        return [
            StoredObject(key=key, size_bytes=path.stat().st_size)
            for path in sorted(base.rglob("*"))
            if path.is_file() and (key := path.relative_to(self.root).as_posix()).startswith(prefix)
        ]

    def copy_prefix(self, old: str, new: str) -> None:
        """Link every object under ``old`` to ``new``; objects never change in place, so a link is a copy."""
        for stored in self.list_objects(old):
            self.put_file(new + stored.key.removeprefix(old), self._path(stored.key), content_type="")

    def delete_prefix(self, prefix: str) -> None:
        """Delete every object under ``prefix``."""
        for path in self._places(prefix.rstrip("/")):
            if path.is_dir():
                _remove_tree(path)
            else:
                path.unlink(missing_ok=True)

    def free_bytes(self) -> int | None:
        """Free bytes on the disk, less the headroom."""
        return max(0, shutil.disk_usage(self.root).free - self.headroom_bytes)

    def check(self) -> None:
        """Write and remove a small file."""
        probe = self.root / f".check-{secrets.token_hex(4)}"
        probe.write_bytes(b"ok")
        probe.unlink()

    def _require_room(self, size_bytes: int) -> None:
        free = self.free_bytes()
        if free is not None and free < size_bytes:
            raise StorageFull


@contextmanager
def _appearing(target: Path) -> Iterator[Path]:
    """A temporary name beside ``target`` that takes its place when the block ends well, and vanishes otherwise."""
    target.parent.mkdir(parents=True, exist_ok=True)
    temporary = target.parent / f".{target.name}.{secrets.token_hex(6)}"
    try:
        yield temporary
        temporary.replace(target)
    finally:
        temporary.unlink(missing_ok=True)


def _remove_tree(path: Path) -> None:
    """Remove a folder with all that is in it, also where another does the same. Any other trouble is told."""
    while path.is_dir():
        try:
            shutil.rmtree(path)
        except FileNotFoundError:
            continue
