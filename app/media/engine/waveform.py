"""The shape of a sound: peaks for the waveform in the player, and its loudness, in one pass over the file."""

from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from app.media.engine.loudness import Loudness
from app.media.engine.streams import Probe

PIXELS = 1800


@dataclass(frozen=True, slots=True, kw_only=True)
class SoundShape:
    """Peaks in audiowaveform's JSON shape (version 2), and the loudness (None for silence)."""

    waveform: dict[str, Any]
    loudness: Loudness | None


def measure_sound(
    source: Path, probe: Probe, scratch: Path, *, on_progress: Callable[[int], None] | None = None
) -> SoundShape:
    """Read the sound of a medium once, and return its peaks and its loudness.

    Raises:
        UnreadableMedia: there is no sound, or none that can be decoded.
        TookTooLong: the deadline passed.
    """
    raise NotImplementedError
