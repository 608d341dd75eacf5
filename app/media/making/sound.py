"""The sound: its waveform and loudness, and every rung of it."""

import json

from app.extensions import db
from app.media.engine.audio import encode_stretch, make_plain
from app.media.engine.ladder import AudioRung
from app.media.engine.loudness import gain_db
from app.media.engine.stretches import SoundStretch
from app.media.engine.waveform import measure_sound
from app.media.making.renditions import keep_chunk, list_renditions
from app.media.making.work import Keep, Work
from app.media.models import Kind, Medium, Version
from app.media.records import from_record

BARS = 200


def measure(work: Work) -> Keep:
    """Store the peaks, and write down loudness, gain and the waveform in small."""
    assert work.probe is not None  # noqa: S101 - the inspection comes before every other step
    shape = measure_sound(work.source, work.probe, work.scratch, on_progress=work.report)
    path = work.scratch / "peaks.json"
    path.write_text(json.dumps(shape.waveform, separators=(",", ":")))
    name = work.store("peaks.json", path)

    def keep(version: Version) -> None:
        version.peaks_name = name
        if shape.loudness is not None:
            version.loudness_lufs = shape.loudness.integrated_lufs
            version.gain_db = gain_db(shape.loudness)
        medium = db.session.get_one(Medium, version.medium_id, with_for_update=True)
        version.bars = bars_of(shape.waveform["data"])
        if medium.version_id in {None, version.id}:
            medium.bars = version.bars

    return keep


def bars_of(data: list[int], count: int = BARS) -> bytes:
    """The waveform in small: ``count`` bars of 0 to 255, the loudest filling its room.

    ``data`` alternates minima and maxima in -128 to 127, as audiowaveform writes them.
    """
    heights = [max(-low, high) for low, high in zip(data[::2], data[1::2], strict=False)]
    if not heights:
        return b""
    bars = [
        max(
            heights[
                len(heights) * bar // count : max(len(heights) * bar // count + 1, len(heights) * (bar + 1) // count)
            ]
        )
        for bar in range(count)
    ]
    loudest = max(*bars, 1)
    return bytes(min(255, max(0, bar) * 255 // loudest) for bar in bars)


def encode(work: Work) -> Keep:
    """Encode one stretch in every rung; and for a short recording the plain file that audio players use."""
    assert work.probe is not None  # noqa: S101 - the inspection comes before every other step
    assert work.claim.span is not None  # noqa: S101 - the planner gives every stretch its span
    stretch = from_record(SoundStretch, work.claim.span)
    renditions = list_renditions(work.claim.version_id, Kind.AUDIO)
    rungs = [from_record(AudioRung, rendition.rung) for rendition in renditions]
    is_film = bool(list_renditions(work.claim.version_id, Kind.VIDEO))
    made = encode_stretch(work.source, work.probe, rungs, stretch, work.scratch, on_progress=work.report)
    position = work.claim.position
    named = [
        (rendition.id, work.store(f"{rendition.name}-{position:04d}.mp4", encoded.path), encoded)
        for rendition, encoded in zip(renditions, made, strict=bool(made))
    ]
    in_one = stretch.is_last and position == 0 and not is_film
    plain = make_plain([made[-1].path], work.scratch) if in_one else None
    progressive = work.store("sound.m4a", plain) if plain else None
    plain_bytes = plain.stat().st_size if plain else None

    def keep(version: Version) -> None:
        for rendition_id, name, encoded in named:
            keep_chunk(rendition_id, position, name, encoded)
        if progressive is not None:
            version.progressive_name, version.progressive_bytes = progressive, plain_bytes

    return keep
