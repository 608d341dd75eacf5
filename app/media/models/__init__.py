"""The tables of media, a subject a file."""

from app.media.models.making import (
    LADDER,
    EncodedChunk,
    Rendition,
    RenditionState,
    Task,
    TaskKind,
    TaskState,
    Version,
    VersionState,
)
from app.media.models.publications import (
    CommentPolicy,
    FormerRealm,
    FormerSlug,
    Kind,
    Medium,
    MediumState,
    Realm,
    Visibility,
)
from app.media.models.sharing import ShareLink, SharePlay
from app.media.models.texts import (
    Caption,
    CaptionKind,
    Chapter,
)
from app.media.models.uploads import (
    Upload,
    UploadState,
)

__all__ = [
    "LADDER",
    "Caption",
    "CaptionKind",
    "Chapter",
    "CommentPolicy",
    "EncodedChunk",
    "FormerRealm",
    "FormerSlug",
    "Kind",
    "Medium",
    "MediumState",
    "Realm",
    "Rendition",
    "RenditionState",
    "ShareLink",
    "SharePlay",
    "Task",
    "TaskKind",
    "TaskState",
    "Upload",
    "UploadState",
    "Version",
    "VersionState",
    "Visibility",
]
