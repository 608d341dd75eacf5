"""The parts of unfinished uploads on this machine's disk, and how they become one file."""

import base64
import errno
import hashlib
import os
import re
import secrets
import shutil
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from pathlib import Path
from typing import BinaryIO

from itsdangerous import BadData

from app.core import signing
from app.core.errors import NotFound, StorageFull
from app.core.storage.base import Part, PartMismatch, PartsGone, PartTicket, Unfinished

TICKET_SECONDS = 3600
BLOCK_BYTES = 256 * 1024
_PART_NAME = re.compile(r"(\d{5,})-([0-9a-f]{64})")


class PartsFolder:
    """One folder an upload, and in it one file a part, named for its number and the digest of its bytes.

    So listing needs no index, a part that arrived twice is one part, and what lies there can be checked once more when
    it is joined. A folder that goes away is renamed first: whoever writes into it finds it gone, and adds nothing.
    """

    def __init__(self, root: Path, *, secret_key: str, require_room: Callable[[int], None]) -> None:
        self.root = root
        self.root.mkdir(parents=True, exist_ok=True)
        self._require_room = require_room
        self._signer = signing.timed_serializer(secret_key, purpose="storage.part")

    def begin(self) -> str:
        """Make room for an upload and return its name."""
        multipart_id = secrets.token_hex(16)
        (self.root / multipart_id).mkdir()
        return multipart_id

    def ticket(self, key: str, multipart_id: str, *, number: int, sha256: str, size_bytes: int) -> PartTicket:
        """Permission to PUT one part to our own address."""
        token = self._signer.dumps([key, multipart_id, number, sha256, size_bytes])
        return PartTicket(number=number, url=f"/uploads/parts/{token}", headers={"x-amz-checksum-sha256": sha256})

    def receive(self, token: str, read: Callable[[int], bytes]) -> Part:
        """Take the bytes that ``read(size)`` gives for the part that ``token`` permits; all of them, or none is kept.

        Raises:
            NotFound: the token is not ours, ran out, or its upload is gone.
            PartMismatch: the bytes are not those that the token names.
            StorageFull: the disk has no room, or had none before the last byte.
        """
        try:
            _key, multipart_id, number, sha256, size_bytes = self._signer.loads(token, max_age=TICKET_SECONDS)
        except BadData as error:
            raise NotFound("This upload address has run out. Ask for a new one.") from error
        folder = self.root / multipart_id
        if not folder.is_dir():
            raise NotFound("This upload is over.")
        self._require_room(size_bytes)
        part = Part(number=number, size_bytes=size_bytes, sha256=sha256)
        incoming, arrived = folder / f"incoming-{secrets.token_hex(8)}", folder / _part_name(part)
        try:
            with _as_full_disk(), incoming.open("xb") as file:
                _write_checked(file, read, size_bytes, _decode(sha256))
            incoming.rename(arrived)
        except FileNotFoundError as error:
            raise NotFound("This upload is over.") from error
        finally:
            incoming.unlink(missing_ok=True)
        _forget_older(arrived)
        return part

    def arrived(self, multipart_id: str) -> list[Part]:
        """The parts that have arrived whole; of two with one number, the newer."""
        newest: dict[int, tuple[int, Part]] = {}
        for path, number, sha256 in self._parts_in(multipart_id):
            try:
                status = path.stat()
            except FileNotFoundError:  # replaced by a newer one just now
                continue
            part = Part(number=number, size_bytes=status.st_size, sha256=sha256)
            if number not in newest or newest[number][0] < status.st_mtime_ns:
                newest[number] = (status.st_mtime_ns, part)
        return [part for _, part in (newest[number] for number in sorted(newest))]

    def join(self, multipart_id: str, parts: list[Part], target: Path) -> None:
        """Write the parts one after the other, and let the whole appear as ``target``. They are checked once more.

        A power cut may leave a part shorter than it was or full of zeros, and disks forget: such a part is thrown away,
        to be sent again.

        Raises:
            PartsGone: these are not what they were.
            StorageFull
        """
        folder = self.root / multipart_id
        joined = folder / f"joined-{secrets.token_hex(8)}"
        try:
            with _as_full_disk(), joined.open("xb") as file:
                damaged = [part.number for part in parts if not _append(file, folder / _part_name(part), part)]
                if damaged:
                    raise PartsGone(damaged)
                file.flush()
                os.fsync(file.fileno())
            target.parent.mkdir(parents=True, exist_ok=True)
            joined.replace(target)
            _sync_folder(target.parent)
        except FileNotFoundError as error:
            raise PartsGone([part.number for part in parts if not (folder / _part_name(part)).exists()]) from error
        finally:
            joined.unlink(missing_ok=True)

    def remove(self, multipart_id: str) -> None:
        """Remove an upload with all its parts, those under way too. Doing it again changes nothing."""
        doomed = self.root / f".gone-{secrets.token_hex(8)}"
        try:
            (self.root / multipart_id).rename(doomed)
        except FileNotFoundError:
            return
        shutil.rmtree(doomed, ignore_errors=True)

    def unfinished(self) -> list[Unfinished]:
        """Every upload that has a folder, and what was left of one that was being removed."""
        found = []
        for path in self.root.iterdir():
            try:
                touched = path.stat().st_mtime
            except FileNotFoundError:
                continue
            found.append(Unfinished(key="", multipart_id=path.name, touched_at=datetime.fromtimestamp(touched, UTC)))
        return found

    def _parts_in(self, multipart_id: str) -> Iterator[tuple[Path, int, str]]:
        """File, number and base64 digest of every part."""
        try:
            paths = list((self.root / multipart_id).iterdir())
        except FileNotFoundError:
            return
        for path in paths:
            if name := _PART_NAME.fullmatch(path.name):
                yield path, int(name[1]), base64.b64encode(bytes.fromhex(name[2])).decode()


def _write_checked(file: BinaryIO, read: Callable[[int], bytes], size_bytes: int, digest: bytes) -> None:
    """Copy exactly ``size_bytes`` whose SHA-256 is ``digest``.

    Raises:
        PartMismatch: they are more, fewer or others.
    """
    seen, received = hashlib.sha256(), 0
    while block := read(min(BLOCK_BYTES, size_bytes - received + 1)):
        received += len(block)
        if received > size_bytes:
            raise PartMismatch
        seen.update(block)
        file.write(block)
    if received != size_bytes or seen.digest() != digest:
        raise PartMismatch


def _append(file: BinaryIO, path: Path, part: Part) -> bool:
    """Add the part that lies at ``path``; False, and it is thrown away, where it is not what its name says."""
    seen = hashlib.sha256()
    with path.open("rb") as piece:
        while block := piece.read(BLOCK_BYTES):
            seen.update(block)
            file.write(block)
    if seen.digest() == _decode(part.sha256):
        return True
    path.unlink(missing_ok=True)
    return False


def _forget_older(arrived: Path) -> None:
    """Delete what came earlier under the same number with other bytes: nobody may fill the disk with one part."""
    number = arrived.name.partition("-")[0]
    try:
        arrived_ns = arrived.stat().st_mtime_ns
        for path in arrived.parent.glob(f"{number}-*"):
            if path != arrived and path.stat().st_mtime_ns < arrived_ns:
                path.unlink(missing_ok=True)
    except FileNotFoundError:
        return  # somebody else was quicker


def _part_name(part: Part) -> str:
    return f"{part.number:05d}-{_decode(part.sha256).hex()}"


def _decode(sha256: str) -> bytes:
    try:
        return base64.b64decode(sha256, validate=True)
    except ValueError as error:  # not base64, or not even ASCII
        raise PartMismatch("A part's checksum must be SHA-256 in base64.") from error


@contextmanager
def _as_full_disk() -> Iterator[None]:
    """What the system says of a full disk, as the domain says it."""
    try:
        yield
    except OSError as error:
        if error.errno not in {errno.ENOSPC, errno.EDQUOT}:
            raise
        raise StorageFull from error


def _sync_folder(folder: Path) -> None:
    """Let a rename in ``folder`` survive a power cut."""
    handle = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)
