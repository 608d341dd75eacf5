"""What a step works with: its claim, the source file, a scratch folder, and a way to say how far it is."""

import mimetypes
import time
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path
from uuid import UUID

from app.core.live import announce
from app.core.storage import storage
from app.extensions import db
from app.media.engine.streams import Probe
from app.media.models import Version
from app.media.services import progress, tasks
from app.media.services.tasks import Claim

REPORT_SECONDS = 1.0
TYPES = {
    ".m4a": "audio/mp4", ".mp4": "video/mp4", ".vtt": "text/vtt", ".json": "application/json", ".jpg": "image/jpeg",
    ".webp": "image/webp",
}  # fmt: skip
"""Said here, because what Python knows of types differs between versions and machines."""


@dataclass
class Work:
    """One task in the hands of one worker."""

    claim: Claim
    source: Path
    scratch: Path
    storage_prefix: str
    public_id: str
    medium_id: UUID
    probe: Probe | None
    stored: dict[str, Path] = field(default_factory=dict)
    _reported_at: float = 0.0

    def report(self, percent: int) -> None:
        """Renew the lease and tell the page, at most once a second.

        Raises:
            LeaseLost: another worker has the task; stop.
        """
        if time.monotonic() - self._reported_at < REPORT_SECONDS:
            return
        self._reported_at = time.monotonic()
        progress.lock_version(self.claim.version_id)
        tasks.renew_lease(self.claim, percent)
        progress.derive_renditions(self.claim.version_id)
        db.session.commit()
        announce(f"making:{self.public_id}")

    def store(self, name: str, path: Path) -> str:
        """Store the file at ``path`` under the version's prefix, the lease number in its name; returns that name.

        Raises:
            LeaseLost: another worker has the task, or it is gone: nothing is stored.
        """
        tasks.keep_lease(self.claim)
        db.session.commit()
        stem, dot, extension = name.partition(".")
        kept = f"{stem}-{self.claim.lease_number}{dot}{extension}"
        storage().put_file(self.storage_prefix + kept, path, content_type=content_type(kept))
        self.stored[kept] = path
        return kept

    def follow(self, version: Version) -> None:
        """Where the version's key changed while we worked, everything goes under the new one, and leaves the old."""
        if version.storage_prefix != self.storage_prefix:
            for name, path in self.stored.items():
                storage().put_file(version.storage_prefix + name, path, content_type=content_type(name))
            self.discard()
            self.storage_prefix = version.storage_prefix

    def discard(self) -> None:
        """Delete what this step stored: its rows will never be."""
        for name in self.stored:
            storage().delete_prefix(self.storage_prefix + name)

    def discard_earlier(self) -> None:
        """Delete what earlier workers stored for this task and were killed over: no row will ever name it."""
        for name in self.stored:
            stem, dot, extension = name.partition(".")
            stem = stem.removesuffix(f"-{self.claim.lease_number}")
            for number in range(1, self.claim.lease_number):
                storage().delete_prefix(f"{self.storage_prefix}{stem}-{number}{dot}{extension}")


Keep = Callable[[Version], None]
"""Writes a step's rows, with the version locked and the lease proven."""


def content_type(name: str) -> str:
    """The media type that a derivative is served as."""
    suffix = Path(name).suffix
    return TYPES.get(suffix) or mimetypes.types_map.get(suffix, "application/octet-stream")
