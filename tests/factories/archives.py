"""Archives of people, as files: of a document and of entries, true ones and others."""

import json
import zipfile
from pathlib import Path
from typing import Any

LISTS = (
    "media", "sets", "posts", "comments", "likes", "reposts", "votes", "follows", "blocks", "mutes", "messages",
    "history", "share_links", "sessions", "log", "more",
)  # fmt: skip


def document(username: str = "cleo", *, email: str = "", person: dict[str, Any] | None = None, **sections: Any) -> Any:
    """A document with nothing in it but a person and these sections."""
    return {
        "format": "soundstage-export", "version": 1, "made_at": "2026-01-01T00:00:00+00:00", "place": "http://a",
        "person": {
            "id": source_id(0), "username": username, "email": email or f"{username}@example.org",
            "display_name": username.title(), "bio": "", "location": "", "links": [], "role": "admin",
            "created_at": "2026-01-01T00:00:00+00:00", "avatar": None, "cover": None, **(person or {}),
        },
        "settings": {
            "remembers_history": True, "levels_loudness": True, "plays_next": True, "shares_likes": False,
            "who_may_write": "everyone",
        },
        **{name: [] for name in LISTS}, **sections,
    }  # fmt: skip


def post(number: int = 1, body: str = "Words of old", **values: Any) -> dict[str, Any]:
    """A post of a document."""
    return {
        "id": source_id(number), "public_id": f"post{number}", "body": body, "pictures": [], "answers": [],
        "created_at": f"2024-03-0{number}T10:00:00+00:00", **values,
    }  # fmt: skip


def comment(number: int = 1, body: str = "Said of old", **values: Any) -> dict[str, Any]:
    """A comment of a document."""
    return {
        "id": source_id(100 + number), "body": body, "created_at": f"2024-04-0{number}T10:00:00+00:00",
        "is_on_own_thing": False, **values,
    }  # fmt: skip


def source_id(number: int) -> str:
    """An id of the other place."""
    return f"00000000-0000-7000-8000-{number:012}"


def zipped(folder: Path, said: object, entries: dict[str, bytes] | None = None) -> Path:
    """An archive of a document and of entries."""
    path = folder / "a.zip"
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr("soundstage.json", json.dumps(said) if not isinstance(said, str | bytes) else said)
        for name, data in (entries or {}).items():
            archive.writestr(name, data)
    return path
