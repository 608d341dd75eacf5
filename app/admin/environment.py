"""What the environment set, as far as a page may show it: what could be a secret is never read out."""

import dataclasses
from collections.abc import Mapping
from pathlib import Path
from typing import Final
from urllib.parse import urlsplit

from config import Settings

SHOWN_WORDS: Final = frozenset(
    {"s3_bucket", "s3_sse", "s3_cold_class", "mail_from", "login_limit", "form_limit", "reaction_limit",
     "message_limit", "log_level", "captcha"}
)  # fmt: skip
"""Texts that hold no secret. Every other text is only said to be set: one that is new is hidden until it is listed."""
NEVER: Final = ("secret", "key", "token", "password", "private")


def describe_environment(settings: Settings) -> list[tuple[str, str]]:
    """Name and value of each setting, in the order of ``config.py``."""
    described: list[tuple[str, str]] = []
    for field in dataclasses.fields(settings):
        value = getattr(settings, field.name)
        if isinstance(value, Mapping):
            described += [
                (f"{field.name}: {name}", ", ".join(f"{part} {number:,}" for part, number in vars_of(limit).items()))
                for name, limit in value.items()
            ]
        else:
            described.append((field.name, _shown(field.name, value)))
    return described


def vars_of(limit: object) -> dict[str, int]:
    """The numbers of an upload limit, by their names."""
    return {
        field.name: getattr(limit, field.name)
        for field in (dataclasses.fields(limit) if dataclasses.is_dataclass(limit) else ())
        if isinstance(getattr(limit, field.name), int)
    }


def _shown(name: str, value: object) -> str:
    if value is None or value == "":
        return "not set"
    if any(word in name for word in NEVER):
        return "set, and not shown"
    if isinstance(value, bool):
        return "yes" if value else "no"
    if isinstance(value, int):
        return str(value) if name == "port" else f"{value:,}"
    if isinstance(value, Path) or name in SHOWN_WORDS:
        return str(value)
    if isinstance(value, str) and "://" in value:
        return _address(value)
    return "set, and not shown"


def _address(url: str) -> str:
    """Where an address leads, without who asks there and what for."""
    parts = urlsplit(url)
    port = f":{parts.port}" if parts.port else ""
    return f"{parts.scheme}://{parts.hostname or ''}{port}"
