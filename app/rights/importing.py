"""Taking an archive in: whoever it is of lives here again, with works, sets, words, choices, and ties to who is here.

Nothing in an archive is believed (``import_file``). Files and pictures go the way of every upload, words are looked at
by the screens, and of what is old nobody is told. Done again, what is there already is passed over and what could not
come before is added: an import that was cut off goes on, and two people who come one after another find each other.
"""

import secrets
import tempfile
from collections import Counter
from collections.abc import Callable
from pathlib import Path
from typing import Any, Final
from urllib.parse import urlsplit
from uuid import UUID

from email_validator import EmailNotValidError, validate_email
from sqlalchemy import select

from app.accounts.errors import PictureRefused
from app.accounts.forms import MOST_LINKS
from app.accounts.models import FormerUsername, Role, TokenPurpose, User, WhoMayWrite
from app.accounts.names import find_fault_of_display_name, username_key
from app.accounts.services import consents, portraits, profiles
from app.accounts.services.mailed_tokens import request_mail
from app.accounts.services.sign_up import make_user
from app.core import audit
from app.core.screening import bringing_in
from app.extensions import db
from app.media.realms import realms
from app.rights import import_ties, import_words, import_works
from app.rights.import_file import ArchiveFile, ArchiveRefused, plain
from app.rights.import_kit import UNKEPT, Kit
from app.rights.models import BroughtThing

__all__ = ["ArchiveRefused", "Importer"]
LONGEST_BIO: Final = 5000
LONGEST_LINK: Final = 300


class Importer:
    """One archive on its way in. ``made`` counts what came, ``left_out`` says what did not come along, and why."""

    def __init__(self, path: Path) -> None:
        """Look at the archive.

        Raises:
            ArchiveRefused
        """
        self.file = ArchiveFile(path)
        self.left_out: Counter[str] = Counter()
        self.made: Counter[str] = Counter()

    def run(self, say: Callable[[str], None] = lambda _line: None) -> User:
        """Take it in; commits after each thing, so that whoever is cut off can go on.

        Raises:
            ArchiveRefused, and what making an account raises.
        """
        with bringing_in():
            user = self._person()
            kit = Kit(self.file, user, self.made, self.left_out)
            kit.remember(self.file.said["person"]["id"])
            db.session.commit()
            import_ties.keep_apart(kit)
            import_works.bring_media(kit, lambda title: say(plain(title)))
            import_works.bring_sets(kit)
            import_words.bring_posts(kit)
            import_words.bring_comments(kit)
            import_ties.bring_ties(kit)
            import_ties.count_what_stays(kit)
        audit.record("person.imported", actor=None, about=user, facts=dict(self.made))
        db.session.commit()
        return user

    def _person(self) -> User:
        """Whose archive it is, made where there is nobody yet.

        Raises:
            ArchiveRefused: somebody else is here under this address or name, or what it says cannot be kept.
        """
        one = self.file.said["person"]
        found = _find(one)
        if found is not None:
            return found
        try:
            validate_email(one["email"].strip(), check_deliverability=False)
        except EmailNotValidError as error:
            raise ArchiveRefused("This archive has no e-mail address to which its person could be written.") from error
        try:
            user = make_user(username=one["username"], email=one["email"], password=secrets.token_urlsafe(32))
            self._settle_in(user, one)
            db.session.flush()
        except UNKEPT as error:
            db.session.rollback()
            raise ArchiveRefused("What this archive says of its person cannot be kept as it is written.") from error
        self.made["person"] += 1
        return user

    def _settle_in(self, user: User, one: dict[str, Any]) -> None:
        user.role = Role.LISTENER if one["role"] == "listener" else Role.ARTIST  # nobody brings power along
        name = " ".join(one["display_name"].split())[:80]
        if name and find_fault_of_display_name(name, is_staff=False):
            self.left_out["the display name: it is none that one may have here"] += 1
            name = ""
        known = {realm.slug for realm in realms()}
        is_kept = profiles.edit_profile(
            user, display_name=name or user.username, bio_markdown=one["bio"][:LONGEST_BIO],
            location=" ".join(one["location"].split())[:80], links=_links(one["links"]),
            realm_slug=one.get("realm") if one.get("realm") in known else None,
        )  # fmt: skip
        if not is_kept:
            self.left_out["the profile's words: a moderator has to look at them first"] += 1
        settings = self.file.said["settings"]
        for choice in ("remembers_history", "levels_loudness", "plays_next", "shares_likes"):
            setattr(user, choice, settings[choice])
        user.who_may_write = WhoMayWrite(settings["who_may_write"])
        if one.get("adult_since"):
            consents.say_adult(user)
        for which in ("avatar", "cover"):
            self._portrait(user, which, one[which])
        request_mail(user, TokenPurpose.RESET_PASSWORD, email=user.email)

    def _portrait(self, user: User, which: str, path: str | None) -> None:
        data = self.file.picture(path)
        if data is None:
            if path:
                self.left_out[f"{which}: it is not in the archive, or too large"] += 1
            return
        try:
            with tempfile.TemporaryFile() as file:
                file.write(data)
                file.seek(0)
                if portraits.replace_portrait(user, which, file) is None:
                    self.left_out[f"{which}: a moderator has to look at it first"] += 1
        except PictureRefused as error:
            self.left_out[f"{which}: {error.sentence}"] += 1


def _find(one: dict[str, Any]) -> User | None:
    """Who came by this archive before, or has its address and its name.

    Raises:
        ArchiveRefused: somebody else has its address, or whoever came by it has neither any more.
    """
    by_mail = db.session.scalar(select(User).where(User.email_key == one["email"].strip().lower()))
    query = select(User).join(BroughtThing, BroughtThing.person_id == User.id)
    source = (BroughtThing.source_id == UUID(one["id"]), BroughtThing.public_id == "")
    for user in db.session.scalars(query.where(*source)):
        if user == by_mail or _has_name(user, one["username"]):
            return user
    if by_mail is not None and by_mail.username_key != username_key(one["username"]):
        raise ArchiveRefused("Somebody else has this address for mail here.")
    return by_mail


def _has_name(user: User, username: str) -> bool:
    key = username_key(username)
    former = select(FormerUsername.username_key).where(FormerUsername.user_id == user.id)
    return user.username_key == key or key in db.session.scalars(former)


def _links(said: list[str]) -> list[str]:
    """The web addresses among them, as one may have them in a profile."""
    found = []
    for link in (link.strip() for link in said):
        try:
            parts = urlsplit(link)
        except ValueError:
            continue
        if len(link) <= LONGEST_LINK and parts.scheme in {"http", "https"} and parts.hostname:
            found.append(link)
    return found[:MOST_LINKS]
