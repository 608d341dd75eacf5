"""The pictures of posts: made anew from what was sent, without metadata; no picture, no post, and a reason."""

import shutil
import tempfile
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import IO, Final, cast
from uuid import UUID

from flask import current_app
from sqlalchemy import select

from app.accounts.models import User
from app.core.errors import DomainError
from app.core.pictures import PictureMaker, drop_picture, keep_picture, plain_face, tell_gate_changed
from app.core.screening import Screened, screen
from app.extensions import db
from app.social.errors import PostRefused
from app.social.models import Post, PostPicture

MOST_PICTURES: Final = 4
LONGEST_ALT: Final = 1000
"""Characters of what a picture is said to show."""
BATCH: Final = 500


@dataclass(frozen=True)
class SentPicture:
    """A picture as it was sent. ``number`` is its place in the form, from 1; ``alt`` says what it shows."""

    number: int
    stream: IO[bytes]
    alt: str


def add_pictures(post: Post, sent: Sequence[SentPicture], *, exposed: bool) -> None:
    """Make the pictures of a new post, in their order. The caller commits; where it does not, the files go again.

    ``exposed`` says whether the post is for everyone as far as its words go.

    Raises:
        PostRefused: one of them is no picture that can be used; ``field`` is ``picture_<number>``.
    """
    for position, one in enumerate(sent[:MOST_PICTURES]):
        add_picture(post, one, position=position, exposed=exposed)


def add_picture(post: Post, one: SentPicture, *, position: int, exposed: bool) -> None:
    """Make one picture of a new post. Raises as ``add_pictures``; the post is as it was then."""
    make = cast("PictureMaker", current_app.extensions["picture_maker"])
    author = db.session.get(User, post.author_id)
    with tempfile.TemporaryDirectory(prefix="post-") as folder:
        scratch = Path(folder)
        source = scratch / "upload"
        with source.open("wb") as file:
            shutil.copyfileobj(one.stream, file)
        with _refusing(one.number):
            made = make(source, scratch)
        verdict = screen(Screened.POST, author, pictures=[plain_face(made)], subject_id=post.id)
        with _refusing(one.number):
            picture = keep_picture(made, exposed=exposed and not verdict.stops)
        db.session.flush()
        verdict.settle(post.id)  # while the files are there: some are kept as evidence
    db.session.add(PostPicture(post_id=post.id, position=position, picture_id=picture.id, alt=one.alt))


def tell_gate_changed_of(post_ids: Sequence[UUID]) -> None:
    """Say that who may see these posts has changed, where they have pictures. The caller commits."""
    db.session.flush()
    for first in range(0, len(post_ids), BATCH):
        of_posts = PostPicture.post_id.in_(post_ids[first : first + BATCH])
        tell_gate_changed(db.session.scalars(select(PostPicture.picture_id).where(of_posts)))


@contextmanager
def _refusing(number: int) -> Iterator[None]:
    """Say of which picture something could not be."""
    try:
        yield
    except DomainError as error:
        raise PostRefused(f"picture_{number}", error.sentence) from error


def drop_pictures(pictures: Sequence[PostPicture]) -> None:
    """Forget a post's pictures; their files follow once the transaction holds."""
    for one in pictures:
        picture = one.picture
        db.session.delete(one)
        drop_picture(picture)
