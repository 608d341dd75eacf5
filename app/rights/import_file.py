"""The archive on its way in: a file of which nothing is believed. Whatever is wrong with it is told in a sentence.

Nothing is written under a name that it gives. Its document must be as the schema says, and small enough to be read.
"""

import json
import lzma
import re
import stat
import zipfile
import zlib
from collections.abc import Iterator
from pathlib import Path
from typing import Any, Final

import jsonschema

from app.accounts.forms import PICTURE_BYTES
from app.core.errors import DomainError
from app.rights.archive import SCHEMA

MOST_ENTRIES: Final = 200_000
MOST_JSON_BYTES: Final = 256 * 1024 * 1024
MOST_LISTS: Final = 3_000_000
MOST_COMMAS: Final = 30_000_000
"""How many lists and objects, and values in them, a document may have: each takes a hundred times its two letters."""
MOST_SQUEEZED: Final = 200
"""How many times smaller than its content an entry may be; honest JSON is at most some forty times."""
BLOCK_BYTES: Final = 1024 * 1024
UNREADABLE: Final = (
    OSError, EOFError, zipfile.BadZipFile, zlib.error, lzma.LZMAError, NotImplementedError, RuntimeError, KeyError,
)  # fmt: skip
"""What reading an entry raises: it is not there, damaged, squeezed in a way that nobody reads, or locked."""
_UNKEPT: Final = re.compile("[\0\ud800-\udfff]")
_MAYBE_UNKEPT: Final = re.compile(rb"\\u(0000|[dD][89a-fA-F])")


class ArchiveRefused(DomainError):
    """This is no archive that can be taken in; the sentence says why."""


class ArchiveFile:
    """An archive whose entries can be read, and its document, ``said``."""

    def __init__(self, path: Path) -> None:
        """Look at everything but the files in it.

        Raises:
            ArchiveRefused
        """
        try:
            self._zip = zipfile.ZipFile(path)
            entries = self._zip.infolist()
        except (*UNREADABLE, ValueError) as error:
            raise ArchiveRefused("This is no ZIP file, or it is cut off.") from error
        _check_entries(entries)
        self.said: dict[str, Any] = self._read_document()

    def picture(self, path: str | None) -> bytes | None:
        """A picture of the archive, if it is there and no larger than a picture that somebody uploads."""
        return self._read(path, PICTURE_BYTES) if path else None

    def size_of(self, path: str) -> int | None:
        """How many bytes an entry is said to have; None where there is none."""
        try:
            return self._zip.getinfo(path).file_size
        except KeyError:
            return None

    def blocks(self, path: str, block_bytes: int) -> Iterator[bytes]:
        """An entry, block by block, each as large as it can be.

        Raises:
            ArchiveRefused: it is damaged.
        """
        try:
            with self._zip.open(path) as source:
                while block := source.read(block_bytes):
                    yield block
        except UNREADABLE as error:
            raise ArchiveRefused("its file is damaged.") from error

    def _read(self, name: str, most: int) -> bytes | None:
        try:
            entry = self._zip.getinfo(name)
            return self._zip.read(entry) if entry.file_size <= most else None
        except UNREADABLE:
            return None

    def _read_document(self) -> dict[str, Any]:
        data = self._read("soundstage.json", MOST_JSON_BYTES)
        if data is None:
            raise ArchiveRefused("There is no soundstage.json in this archive, or it is damaged or too large.")
        if data.count(b"{") + data.count(b"[") > MOST_LISTS or data.count(b",") > MOST_COMMAS:
            raise ArchiveRefused("soundstage.json says more than can be read at once.")
        try:
            said = json.loads(data)
            if _MAYBE_UNKEPT.search(data):
                said = _cleaned(said)
        except (ValueError, RecursionError) as error:
            raise ArchiveRefused("soundstage.json is no JSON.") from error
        schema = json.loads(SCHEMA.read_bytes())
        wrong = next(iter(jsonschema.Draft202012Validator(schema).iter_errors(said)), None)
        if wrong is not None:
            raise ArchiveRefused(f"soundstage.json is not as export-1.json wants it, at {plain(wrong.json_path)}.")
        checked: dict[str, Any] = said
        return checked


def plain(text: str) -> str:
    """What an archive says, as a line that does nothing to a terminal."""
    return "".join(sign if sign.isprintable() else "·" for sign in text)[:100]


def _check_entries(entries: list[zipfile.ZipInfo]) -> None:
    if len(entries) > MOST_ENTRIES or len({entry.filename for entry in entries}) != len(entries):
        raise ArchiveRefused("This archive has too many files, or two of one name.")
    for entry in entries:
        name = entry.orig_filename
        if name.startswith("/") or ".." in name.split("/") or "\\" in name or "\0" in name or ":" in name.split("/")[0]:
            raise ArchiveRefused(f"This archive has a file whose name leads out of it: “{plain(name)}”.")
        if stat.S_IFMT(entry.external_attr >> 16) not in {0, stat.S_IFREG, stat.S_IFDIR}:
            raise ArchiveRefused(f"This archive has something that is no file: “{plain(name)}”.")
        if entry.file_size > MOST_SQUEEZED * max(entry.compress_size, 1024):
            raise ArchiveRefused(f"This archive grows without end where it is unpacked: “{plain(name)}”.")


def _cleaned(said: Any) -> Any:
    """Without what no row can have: NUL, and halves of characters."""
    if isinstance(said, str):
        return _UNKEPT.sub("", said)
    if isinstance(said, list):
        return [_cleaned(one) for one in said]
    if isinstance(said, dict):
        return {_UNKEPT.sub("", name): _cleaned(one) for name, one in said.items()}
    return said
