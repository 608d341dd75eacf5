"""What names mean: where an object's key puts it, and under which name a browser saves a file."""

import mimetypes
import re
from pathlib import PurePosixPath
from urllib.parse import quote

PUBLIC = "public/"
"""Objects whose keys begin so are handed to anyone who knows their key, by nginx and by CDNs, without a question."""

TYPES = {
    ".m4a": "audio/mp4", ".mp4": "video/mp4", ".vtt": "text/vtt", ".json": "application/json", ".jpg": "image/jpeg",
    ".webp": "image/webp",
}  # fmt: skip
"""Said here, because what Python knows of types differs between versions and machines."""
_NOT_PLAIN = re.compile(r"[^A-Za-z0-9 ._()-]")
_UNQUOTED = "!#$&+-.^_`|~"  # RFC 8187: attr-char


def content_type(name: str) -> str:
    """The media type that a derivative is served as."""
    suffix = PurePosixPath(name).suffix
    return TYPES.get(suffix) or mimetypes.types_map.get(suffix, "application/octet-stream")


def attachment(name: str) -> str:
    """The Content-Disposition that saves a file as ``name``, in ASCII whatever the name holds (RFC 6266, appendix D).

    Old browsers take ``filename``, where all that is not plain became an underscore; the others take ``filename*``.
    """
    plain = _NOT_PLAIN.sub("_", name)
    value = f'attachment; filename="{plain}"'
    return value if plain == name else f"{value}; filename*=UTF-8''{quote(name, safe=_UNQUOTED)}"
