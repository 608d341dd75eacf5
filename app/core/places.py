"""Where an address is, roughly: from a database in MaxMind's format, where the operator has one."""

from typing import Any, Final

import maxminddb
import structlog
from flask import Flask, current_app

from config import Settings

log = structlog.get_logger()
KEY: Final = "places"


def init_places(app: Flask, settings: Settings) -> None:
    """Open ``GEOIP_FILE`` for ``app``, if it is set. One that cannot be read leaves places unsaid."""
    app.extensions[KEY] = None
    app.jinja_env.filters["place"] = place_of
    if settings.geoip_file is not None:
        try:
            app.extensions[KEY] = maxminddb.open_database(settings.geoip_file)
        except (OSError, maxminddb.InvalidDatabaseError) as error:
            log.warning("geoip_file_unreadable", file=str(settings.geoip_file), error=str(error))


def place_of(address: str) -> str:
    """City and country of an address, as far as is known; "" where nothing is."""
    reader: maxminddb.Reader | None = current_app.extensions[KEY]
    if reader is None:
        return ""
    try:
        found: Any = reader.get(address)
    except (ValueError, maxminddb.InvalidDatabaseError):
        return ""
    parts = [_name(found, "city"), _name(found, "country")] if isinstance(found, dict) else []
    return ", ".join(part for part in parts if part)


def _name(found: dict[str, Any], what: str) -> str:
    names = found.get(what)
    names = names.get("names") if isinstance(names, dict) else None
    return str(names.get("en", "")) if isinstance(names, dict) else ""
