"""What happens to media."""

from dataclasses import dataclass
from uuid import UUID

from app.core.events import Event


@dataclass(frozen=True, kw_only=True)
class TasksWaiting(Event):
    """There is work for the media workers: a new file, its planned chunks, a retry."""

    version_id: UUID
    count: int


@dataclass(frozen=True, kw_only=True)
class VersionFinished(Event):
    """A version is whole, or has failed."""

    version_id: UUID


@dataclass(frozen=True, kw_only=True)
class MediumPublished(Event):
    """A medium can be found by those for whom it is meant."""

    medium_id: UUID


@dataclass(frozen=True, kw_only=True)
class MediumListed(Event):
    """A medium came into the listings: it is published, for everyone, and plays. It may have been there before.

    Of somebody whom moderators limited, it came onto their page, and says so again with each of its changes.
    """

    medium_id: UUID


@dataclass(frozen=True, kw_only=True)
class MediumRestricted(Event):
    """A medium that everyone could see is not for everyone any more: its files must get new addresses."""

    medium_id: UUID


@dataclass(frozen=True, kw_only=True)
class MediumOpened(Event):
    """A medium is for everyone now: its files can lie where nginx and CDNs hand them out."""

    medium_id: UUID


@dataclass(frozen=True, kw_only=True)
class VersionExposed(Event):
    """A version's files have come to lie there."""

    version_id: UUID


@dataclass(frozen=True, kw_only=True)
class ObjectsDropped(Event):
    """Nothing in the database names these objects any more."""

    prefix: str


@dataclass(frozen=True, kw_only=True)
class MediumChanged(Event):
    """Something that its open pages show has changed."""

    public_id: str


@dataclass(frozen=True, kw_only=True)
class ShareLinkEnded(Event):
    """The maker of a named link to a medium took it back."""

    link_id: UUID
    public_id: str
    """The medium's."""


@dataclass(frozen=True, kw_only=True)
class UploadEnded(Event):
    """An upload was given up: its parts can go."""

    storage_key: str
    multipart_id: str
