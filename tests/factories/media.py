"""Media, as rows and as the objects that these rows name.

The objects are no recordings: whoever needs something that decodes sends a file of ``media_files`` through the making.
Their bytes differ from object to object, so that a test sees which one it was given.
"""

import hashlib
from dataclasses import dataclass
from datetime import datetime
from itertools import count
from typing import Any

from sqlalchemy.orm import Session

from app.accounts.models import User
from app.core.clock import now
from app.core.ids import public_id, secret, uuid7
from app.core.pictures import Picture
from app.core.storage import Storage
from app.media import gate
from app.media.models import (
    EncodedChunk,
    Kind,
    Medium,
    MediumState,
    Rendition,
    RenditionState,
    Version,
    VersionState,
    Visibility,
)

SEGMENT_BYTES = 3000
_number = count(1)
_AUDIO_RUNG = {"sample_rate_hz": 44100, "channels": 2, "codecs": "mp4a.40.2"}
_VIDEO_RUNG = {
    "frame_rate": "25/1", "frame_step": 1, "crf": 23, "maxrate_bps": 800_000, "bufsize_bits": 1_600_000, "level": 21,
    "codecs": "avc1.640015",
}  # fmt: skip


@dataclass(frozen=True, kw_only=True)
class MediumOrder:
    """What ``add_medium`` is to make. ``files`` puts objects into storage; ``artwork`` adds a picture."""

    kind: Kind
    state: MediumState
    visibility: Visibility
    with_version: bool
    files: bool
    artwork: bool


def add_medium(session: Session, storage: Storage, owner: User, order: MediumOrder, **values: Any) -> Medium:
    """A medium of ``owner``, its version with all that belongs to it. Commits.

    Published a moment ago, unless ``values`` say otherwise (``published_at=None`` makes a draft).
    """
    number = next(_number)
    medium = Medium(
        **{
            "id": uuid7(),
            "public_id": public_id(),
            "owner_id": owner.id,
            "kind": order.kind,
            "realm_slug": "music" if order.kind is Kind.AUDIO else "screen",
            "slug": f"work-{number}",
            "title": f"Work {number}",
            "visibility": order.visibility,
            "link_secret": secret() if order.visibility is Visibility.UNLISTED else None,
            "state": order.state,
            "published_at": now(),
            "duration_ms": 12_000,
            "created_at": now(),
            **values,
        }
    )
    session.add(medium)
    session.flush()
    if order.artwork:
        medium.artwork_id = add_picture(session, storage, files=order.files).id
    if order.with_version:
        medium.version_id = add_version(session, storage, medium, files=order.files).id
        session.flush()
    medium.listed = gate.is_listed(medium)
    session.commit()
    return medium


def add_version(
    session: Session,
    storage: Storage,
    medium: Medium,
    *,
    number: int = 1,
    state: VersionState = VersionState.READY,
    files: bool = False,
) -> Version:
    """A finished file of ``medium``: renditions, their objects, and everything else that a page offers."""
    is_video = medium.kind is Kind.VIDEO
    version = Version(
        id=uuid7(), medium_id=medium.id, number=number, delivery_key=secret(), state=state,
        original_key=f"originals/{secret()}", original_name="my song.wav" if not is_video else "my film.mp4",
        content_type="video/mp4" if is_video else "audio/wav", size_bytes=2048, duration_ms=medium.duration_ms,
        width=640 if is_video else None, height=360 if is_video else None, loudness_lufs=-14.0, gain_db=0.0,
        peaks_name="peaks.json", progressive_name="film.mp4" if is_video else "sound.m4a",
        poster_names=["poster-1.jpg"] if is_video else [], storyboard_name="storyboard.vtt" if is_video else None,
        playable_at=now(), finished_at=now(),
    )  # fmt: skip
    session.add(version)
    session.flush()
    names = ["peaks.json", version.progressive_name or ""]
    rungs: list[tuple[str, Kind, dict[str, Any]]] = [
        (f"aac-{rate}k", Kind.AUDIO, {"name": f"{rate}k", "bitrate_bps": rate * 1000, **_AUDIO_RUNG})
        for rate in (96, 160)
    ]
    if is_video:
        names += ["poster-1.jpg", "storyboard.vtt", "storyboard.jpg"]
        sizes = (("240p", 426, 240), ("360p", 640, 360))
        rungs = [
            (name, Kind.VIDEO, {"name": name, "width": w, "height": h, **_VIDEO_RUNG}) for name, w, h in sizes
        ] + rungs
    for position, (name, kind, rung) in enumerate(rungs):
        names.append(_add_rendition(session, version, position, name, kind, rung))
    if files:
        storage.put_bytes(version.original_key, _bytes_of("original" + str(version.id), 2048), content_type="")
        for name in names:
            storage.put_bytes(version.storage_prefix + name, _bytes_of(name + str(version.id)), content_type="")
    return version


def _add_rendition(
    session: Session, version: Version, position: int, name: str, kind: Kind, rung: dict[str, Any]
) -> str:
    rendition = Rendition(
        id=uuid7(), version_id=version.id, position=position, name=name, kind=kind, rung=rung,
        state=RenditionState.READY, progress_pct=100,
    )  # fmt: skip
    session.add(rendition)
    session.flush()
    object_name = f"{name}-0000.mp4" if kind is Kind.VIDEO else f"{name}.mp4"
    manifest = {
        "init_bytes": 800, "init_sha256": hashlib.sha256(name.encode()).hexdigest(), "codecs": rung["codecs"],
        "peak_bps": 120_000, "average_bps": 100_000, "segments": [["6", 800, 1000], ["6", 1800, 1200]],
    }  # fmt: skip
    session.add(
        EncodedChunk(
            id=uuid7(), rendition_id=rendition.id, position=0, object_name=object_name, size_bytes=SEGMENT_BYTES,
            manifest=manifest,
        )
    )  # fmt: skip
    return object_name


def add_picture(session: Session, storage: Storage, *, files: bool = False, exposed: bool = False) -> Picture:
    """A picture in two widths."""
    picture = Picture(
        id=uuid7(), key=secret(), widths=[320, 640], width=640, height=640, tint_1="#204060", tint_2="#602040",
        exposed=exposed,
    )  # fmt: skip
    session.add(picture)
    session.flush()
    for name in ("320.jpg", "320.webp", "640.jpg", "640.webp") if files else ():
        storage.put_bytes(picture.storage_prefix + name, _bytes_of(name + picture.key, 600), content_type="")
    return picture


def spread(moment: datetime, index: int) -> datetime:
    """A moment ``index`` seconds before ``moment``, for listings whose order a test looks at."""
    return datetime.fromtimestamp(moment.timestamp() - index, tz=moment.tzinfo)


def _bytes_of(name: str, size: int = SEGMENT_BYTES) -> bytes:
    """Bytes that no other object has."""
    seed = hashlib.sha256(name.encode()).digest()
    return (seed * (size // len(seed) + 1))[:size]
