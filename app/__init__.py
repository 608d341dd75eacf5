"""Soundstage: ``create_app``, and only that."""

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from flask import Flask

    from config import Settings


def create_app(settings: "Settings | None" = None) -> "Flask":
    """The application for ``settings`` (default: the environment's). Opens no connection.

    The application is imported here and not above, because supervisors and sandboxed children import ``app.core`` and
    ``app.media.engine`` without it: they start in a tenth of the time and take a third of the memory.

    Raises:
        WrongSetting: the environment does not add up.
    """
    from app.factory import assemble  # noqa: PLC0415 - see above
    from config import load_settings  # noqa: PLC0415

    return assemble(settings or load_settings())
