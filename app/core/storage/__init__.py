"""Storage: where files lie. One protocol, shaped like S3's multipart upload; local disk and S3 speak it."""

from typing import cast

from flask import Flask, current_app

from app.core.storage.base import (
    Part,
    PartMismatch,
    PartsGone,
    PartTicket,
    Storage,
    StoredObject,
    Unfinished,
    composite_sha256,
)
from app.core.storage.keeping import KeptObject
from app.core.storage.local import LocalStorage
from app.core.storage.s3 import S3Storage
from config import Settings

__all__ = [
    "KeptObject",
    "Part",
    "PartMismatch",
    "PartTicket",
    "PartsGone",
    "Storage",
    "StoredObject",
    "Unfinished",
    "composite_sha256",
    "init_storage",
    "storage",
]


def make_storage(settings: Settings) -> Storage:
    """The storage that the settings name: S3 where there is a bucket, else ``DATA_DIR/media``."""
    if settings.s3_bucket:
        return S3Storage(
            bucket=settings.s3_bucket,
            endpoint_url=settings.s3_endpoint_url,
            sse=settings.s3_sse,
            cold_class=settings.s3_cold_class,
        )
    return LocalStorage(
        settings.data_dir / "media",
        secret_key=settings.secret_key,
        headroom_bytes=settings.disk_headroom_bytes,
        cold_root=settings.cold_dir,
    )


def init_storage(app: Flask, settings: Settings) -> None:
    """Give ``app`` its storage."""
    app.extensions["storage"] = make_storage(settings)


def storage() -> Storage:
    """The current application's storage."""
    return cast("Storage", current_app.extensions["storage"])
