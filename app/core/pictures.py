"""Pictures as kept: one row for each, its files in storage under an unguessable key, several widths of each."""

import mimetypes
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import Protocol
from urllib.parse import quote
from uuid import UUID

from sqlalchemy import Integer, LargeBinary, SmallInteger, event
from sqlalchemy.dialects.postgresql import ARRAY
from sqlalchemy.orm import Mapped, Session, SessionTransaction, mapped_column

from app.core.clock import now
from app.core.events import Event, publish
from app.core.ids import secret, uuid7
from app.core.storage import storage
from app.core.storage.naming import PUBLIC
from app.extensions import Model, db

PREFIX = "pictures"
MOST_TOLD = 100
"""Pictures that one event names."""
_UNSETTLED = "pictures of this transaction"


@dataclass(frozen=True)
class Artwork:
    """A picture in its widths. ``secret`` goes along where the picture's medium is unlisted."""

    key: str
    widths: tuple[int, ...]
    width: int
    height: int
    secret: str | None = None

    @classmethod
    def of(cls, picture: "Picture | None", *, secret: str | None = None) -> "Artwork | None":
        """The artwork of a row, if there is one."""
        if picture is None:
            return None
        return cls(picture.key, tuple(picture.widths), picture.width, picture.height, secret)

    def src(self, width: int = 640, fmt: str = "jpg") -> str:
        """The address of the smallest file that is at least ``width`` pixels wide, or of the largest."""
        fitting = next((kept for kept in self.widths if kept >= width), self.widths[-1])
        return self._url(fitting, fmt)

    def srcset(self, fmt: str = "webp") -> str:
        """Every width in ``fmt``, as an ``img`` wants it."""
        return ", ".join(f"{self._url(width, fmt)} {width}w" for width in self.widths)

    def _url(self, width: int, fmt: str) -> str:
        return f"/pictures/{self.key}/{width}.{fmt}" + (f"?s={quote(self.secret)}" if self.secret else "")


class Picture(Model):
    """A re-encoded picture without metadata: an avatar, a cover, an artwork.

    Its files are ``<width>.webp`` and ``.jpg`` for each of ``widths``, under ``storage_prefix``. They never change, so
    whoever may see the picture's page may keep them for good; a replaced picture gets a new key.
    """

    __tablename__ = "pictures"

    id: Mapped[UUID] = mapped_column(primary_key=True, default=uuid7)
    key: Mapped[str] = mapped_column(unique=True)
    widths: Mapped[list[int]] = mapped_column(ARRAY(Integer))
    width: Mapped[int] = mapped_column(SmallInteger)
    height: Mapped[int] = mapped_column(SmallInteger)
    tint_1: Mapped[str]
    tint_2: Mapped[str]
    exposed: Mapped[bool] = mapped_column(default=False, server_default="false")
    """Whether its files lie where nginx hands them to anyone, as those of what is open to all do."""
    pdq: Mapped[bytes | None] = mapped_column(LargeBinary)
    """What it looks like, as lists of known pictures have it: worked out when it is asked for; b"" of what is plain."""
    created_at: Mapped[datetime] = mapped_column(default=now)

    @property
    def storage_prefix(self) -> str:
        """Where its files lie in storage."""
        return f"{PUBLIC if self.exposed else PREFIX + '/'}{self.key}/"

    @property
    def plain_key(self) -> str:
        """The key of what ``plain_face`` was of it when it was made."""
        return self.storage_prefix + _plain_name(self.widths)

    def src(self, width: int = 640, fmt: str = "jpg") -> str:
        """As ``Artwork.src``, for portraits, which have no secret."""
        return Artwork(self.key, tuple(self.widths), self.width, self.height).src(width, fmt)

    def srcset(self, fmt: str = "webp") -> str:
        """As ``Artwork.srcset``."""
        return Artwork(self.key, tuple(self.widths), self.width, self.height).srcset(fmt)


class MadePicture(Protocol):
    """What a picture maker returns: files named ``<width>.webp`` and ``<width>.jpg``, the largest size, two tints."""

    @property
    def files(self) -> Mapping[str, Path]:
        """Name to file."""

    @property
    def width(self) -> int:
        """The largest width in pixels."""

    @property
    def height(self) -> int:
        """Its height."""

    @property
    def tints(self) -> tuple[str, str]:
        """Two colours as ``#rrggbb``."""


class PictureMaker(Protocol):
    """Re-encodes a stranger's picture in a sandbox. ``create_app`` hands one in."""

    def __call__(self, source: Path, scratch: Path) -> MadePicture:
        """Make every width of the picture at ``source`` in the folder ``scratch``."""


def keep_picture(made: MadePicture, *, exposed: bool = False) -> Picture:
    """Store the files of ``made`` under a new key. The row is added to the session; the caller commits.

    ``exposed`` is for pictures that are for everyone. Where the transaction does not hold, the files go again.
    """
    picture = Picture(
        id=uuid7(),
        key=secret(),
        exposed=exposed,
        widths=sorted({int(name.split(".")[0]) for name in made.files}),
        width=made.width,
        height=made.height,
        tint_1=made.tints[0],
        tint_2=made.tints[1],
    )
    db.session().info.setdefault(_UNSETTLED, []).append(picture.storage_prefix)
    for name, path in made.files.items():
        storage().put_file(picture.storage_prefix + name, path, content_type=mimetypes.guess_type(name)[0] or "")
    db.session.add(picture)
    return picture


@event.listens_for(db.session, "after_commit")
def _settle(session: Session) -> None:
    session.info.pop(_UNSETTLED, None)


@event.listens_for(db.session, "after_transaction_end")
def _take_back(session: Session, transaction: SessionTransaction) -> None:
    """Delete the files of pictures whose rows were rolled back, or never written."""
    if transaction.parent is None:
        for prefix in session.info.pop(_UNSETTLED, ()):
            storage().delete_prefix(prefix)


def plain_face(made: MadePicture) -> Path:
    """The JPEG of a made picture that is as good as any to tell what it shows: some 640 pixels wide, or the largest."""
    return made.files[_plain_name(int(name.split(".")[0]) for name in made.files if name.endswith(".jpg"))]


def _plain_name(widths: Iterable[int]) -> str:
    ordered = sorted(widths)
    return f"{next((width for width in ordered if width >= 640), ordered[-1])}.jpg"


def drop_picture(picture: Picture | None) -> None:
    """Forget a picture: the row now, its files once the transaction holds."""
    if picture is not None:
        publish(PictureDropped(prefix=picture.storage_prefix))
        db.session.delete(picture)


@dataclass(frozen=True, kw_only=True)
class PictureDropped(Event):
    """A picture's row is gone; its files are to follow."""

    prefix: str


@dataclass(frozen=True, kw_only=True)
class PictureGateChanged(Event):
    """Who may have some pictures has changed: their files are to lie where that says."""

    picture_ids: list[str]
    """At most ``MOST_TOLD``."""


def tell_gate_changed(picture_ids: Iterable[UUID | None]) -> None:
    """Say that who may have these pictures has changed, or may have. The caller commits."""
    ids = [str(picture_id) for picture_id in picture_ids if picture_id is not None]
    for first in range(0, len(ids), MOST_TOLD):
        publish(PictureGateChanged(picture_ids=ids[first : first + MOST_TOLD]))


def delete_files(prefix: str) -> None:
    """The job that deletes a dropped picture's files. A second time there is nothing left to delete."""
    storage().delete_prefix(prefix)
