"""What a person may upload: said before the upload, held by the server."""

from dataclasses import dataclass

from flask import current_app
from sqlalchemy import func, select

from app.accounts.models import Role, User
from app.core import options
from app.core.options import Kind, Option
from app.extensions import db
from app.media.errors import FileEmpty, FileTooLarge, MayNotUpload, MinutesUsedUp
from app.media.models import Medium
from app.web.filters import duration, filesize
from config import MIB, Settings, UploadLimit

HEIGHTS = (240, 360, 480, 720, 1080, 1440, 2160)


def _environment(role: Role) -> UploadLimit:
    settings: Settings = current_app.config["SETTINGS"]
    return settings.upload_limits[role.value]


def _register(role: Role, who: str) -> None:
    """The three options of a role; while nobody has changed them, the environment's ``UPLOAD_<ROLE>_…`` holds."""
    options.register(
        Option(
            f"uploads.{role.value}_minutes", Kind.INT, 180, f"Minutes of {who}",
            "The sum of all that one of them has here, published or not. 0 means no limit.",
            group="Uploads", high=10_000_000, unit="minutes", usual=lambda: _environment(role).minutes,
        )
    )  # fmt: skip
    options.register(
        Option(
            f"uploads.{role.value}_megabytes", Kind.INT, 4096, f"File size of {who}",
            "The largest file that one of them may send.",
            group="Uploads", low=1, high=1_000_000, unit="MB", usual=lambda: _environment(role).file_bytes // MIB,
        )
    )  # fmt: skip
    options.register(
        Option(
            f"uploads.{role.value}_height", Kind.CHOICE, "1080", f"Picture size of {who}",
            "The largest size in which their video is kept. What is there already stays as it is.",
            group="Uploads", choices=tuple((str(height), f"{height}p") for height in HEIGHTS),
            usual=lambda: str(_environment(role).height_px),
        )
    )  # fmt: skip


for _role, _who in ((Role.ARTIST, "artists"), (Role.MODERATOR, "moderators"), (Role.ADMIN, "admins")):
    _register(_role, _who)


@dataclass(frozen=True, kw_only=True)
class Allowance:
    """A person's limits and how much of them is used. ``minutes_left`` is None where there is no limit."""

    file_bytes: int
    height_px: int
    minutes: int
    minutes_left: int | None

    def sentences(self) -> list[str]:
        """The limits in words."""
        said = [f"A file may have up to {filesize(self.file_bytes)}."]
        if self.minutes_left is not None:
            said.append(f"You have {self.minutes_left} of {self.minutes} minutes left.")
        said.append(f"Video is kept in up to {self.height_px}p.")
        return said


def find_limit(user: User) -> UploadLimit | None:
    """The limit of the person's role; None where the role may not upload."""
    if user.role is Role.LISTENER:
        return None
    limit, role = _environment(user.role), user.role.value
    megabytes = options.find_changed(f"uploads.{role}_megabytes")  # the environment may say it to the byte
    return UploadLimit(
        minutes=options.get(f"uploads.{role}_minutes"),
        file_bytes=limit.file_bytes if megabytes is None else megabytes * MIB,
        height_px=int(options.get(f"uploads.{role}_height")),
    )


def find_allowance(user: User) -> Allowance:
    """What ``user`` may upload now.

    Raises:
        MayNotUpload: they have no channel.
    """
    limit = find_limit(user)
    if limit is None:
        raise MayNotUpload
    left = None
    if limit.minutes:
        used_ms = db.session.scalar(
            select(func.coalesce(func.sum(Medium.duration_ms), 0)).where(Medium.owner_id == user.id)
        )
        left = max(0, limit.minutes - int(used_ms or 0) // 60_000)
    return Allowance(file_bytes=limit.file_bytes, height_px=limit.height_px, minutes=limit.minutes, minutes_left=left)


def require_room_for(user: User, size_bytes: int) -> Allowance:
    """The allowance, if a file of ``size_bytes`` fits in.

    Raises:
        MayNotUpload, FileEmpty, FileTooLarge, MinutesUsedUp
    """
    allowance = find_allowance(user)
    if size_bytes <= 0:
        raise FileEmpty
    if size_bytes > allowance.file_bytes:
        raise FileTooLarge(f"This file is larger than the {filesize(allowance.file_bytes)} that you may upload.")
    if allowance.minutes_left == 0:
        raise MinutesUsedUp(f"Your {allowance.minutes} minutes are used up. Delete something, or ask for more.")
    return allowance


def require_minutes(user: User, *, duration_ms: int, besides_ms: int) -> None:
    """Refuse a file whose length, known only now, does not fit. ``besides_ms`` is what the person's other media take.

    Raises:
        MinutesUsedUp: it is too long by the person's limit.
    """
    limit = find_limit(user)
    if limit is None or not limit.minutes:
        return
    left_ms = limit.minutes * 60_000 - besides_ms
    if duration_ms > left_ms:
        raise MinutesUsedUp(
            f"This file runs {duration(duration_ms)}, and of your {limit.minutes} minutes "
            f"{duration(max(0, left_ms))} is left."
        )
