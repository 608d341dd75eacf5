"""Avatars and covers: re-encoded in several widths, metadata stripped; replacing one deletes the old files."""

import shutil
import tempfile
from pathlib import Path
from typing import IO, cast

from flask import current_app

from app.accounts.errors import PictureRefused
from app.accounts.models import User
from app.core.errors import DomainError
from app.core.pictures import Picture, PictureMaker, drop_picture, keep_picture, plain_face
from app.core.screening import Screened, screen
from app.extensions import db


def replace_portrait(user: User, which: str, stream: IO[bytes]) -> Picture | None:
    """Take the picture in ``stream`` as ``user``'s ``which`` (``avatar`` or ``cover``).

    None where a screen stops it: the present one stays then.

    Raises:
        PictureRefused: it is no picture that we can use; the present one stays.
    """
    make = cast("PictureMaker", current_app.extensions["picture_maker"])
    with tempfile.TemporaryDirectory(prefix="portrait-") as folder:
        scratch = Path(folder)
        source = scratch / "upload"
        with source.open("wb") as file:
            shutil.copyfileobj(stream, file)
        try:
            made = make(source, scratch)
            verdict = screen(Screened.PROFILE, user, pictures=[plain_face(made)], subject_id=user.id)
            verdict.settle(user.id)
            if verdict.stops:
                return None
            picture = keep_picture(made, exposed=True)
        except DomainError as error:
            raise PictureRefused(error.sentence) from error
    db.session.flush()
    drop_picture(_present(user, which))
    setattr(user, which, picture)
    return picture


def remove_portrait(user: User, which: str) -> None:
    """Take ``which`` (``avatar`` or ``cover``) away. Where there is none, nothing changes."""
    drop_picture(_present(user, which))
    setattr(user, which, None)


def _present(user: User, which: str) -> Picture | None:
    """The row of ``which``: requests load their person without the cover."""
    picture_id = getattr(user, f"{which}_id")
    return db.session.get(Picture, picture_id) if picture_id is not None else None
