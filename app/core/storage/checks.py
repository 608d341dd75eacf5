"""What `flask doctor` looks at in storage."""

import shutil

from app.core.findings import Finding, fail, ok, warn
from app.core.storage import storage
from config import Settings

ROOM_BYTES = 10 * 1024**3
"""Below this a disk is worth a warning: two masters of 4 GB and what is made of them."""


def check_storage(settings: Settings) -> Finding:
    """It can be written to, and has room."""
    store = storage()
    store.check()
    free = store.free_bytes()
    if free is None:
        return ok(f"bucket {settings.s3_bucket} answers")
    return _room(free, f"{settings.data_dir / 'media'} can be written to", settings)


def check_work_room(settings: Settings) -> Finding | None:
    """The disk that the encoders work on has room, where that is another one than storage's."""
    if not settings.s3_bucket:
        return None
    settings.data_dir.mkdir(parents=True, exist_ok=True)
    return _room(
        shutil.disk_usage(settings.data_dir).free, f"{settings.data_dir} is where files are worked on", settings
    )


def _room(free: int, what: str, settings: Settings) -> Finding:
    what = f"{what}, {free / 1024**3:.1f} GB free"
    if free < settings.disk_headroom_bytes:
        return fail(what, "Uploads are refused (DISK_HEADROOM_MB). Make room.")
    if free < ROOM_BYTES:
        return warn(what, "Make room, or move DATA_DIR to a larger disk.")
    return ok(what)
