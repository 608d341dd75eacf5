"""What is in a recording: streams, length, chapters, tags, and whether it is whole."""

import json
from fractions import Fraction
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

from app.media.engine.detect import DetectedType
from app.media.engine.errors import MediaTooLong, TruncatedMedia, UnreadableMedia
from app.media.engine.sandbox import Limits, run_python
from app.media.engine.sentences import clock, length
from app.media.engine.streams import Probe, interpret
from app.media.engine.structure import Structure, read_structure

LONGEST_MS = 12 * 3600 * 1000

_CHILD = Path(__file__).with_name("probe_child.py")
_LIMITS = Limits(cpu_s=60, wall_s=120, memory_bytes=4 << 30, file_bytes=0)
_SMALL_BYTES = 512 << 20
_WITHOUT_LENGTH = ("mp3", "aac", "ogg")
_NO_INDEX = (
    "This file has no index (moov), so nothing in it can be found: its recording or its copy was not finished. "
    "Export it again, and upload that."
)


def probe(path: Path, detected: DetectedType, *, longest_ms: int = LONGEST_MS) -> Probe:
    """Read what a recording holds, in a sandboxed child process, and check that it is whole.

    Raises:
        UnreadableMedia: nothing in it can be played.
        TruncatedMedia: its end is missing; the sentence says where it ends.
        MediaTooLong: longer than ``longest_ms``.
        TookTooLong: reading it took too long.
    """
    structure = read_structure(path, detected.demuxers[0])
    if not structure.has_index:
        raise TruncatedMedia(_NO_INDEX)
    is_small = path.stat().st_size < _SMALL_BYTES
    walks_all = structure.is_cut or (is_small and detected.demuxers[0] in _WITHOUT_LENGTH)
    raw = _ask_child(path, detected, is_whole=walks_all)
    found = interpret(raw, detected)
    if not walks_all and _seems_short(
        found, raw
    ):  # perhaps only its index is bad: look at every packet before a verdict
        raw = _ask_child(path, detected, is_whole=True)
        found = interpret(raw, detected)
    if found.duration_ms > longest_ms:
        raise MediaTooLong(
            f"This file is {length(found.duration_ms)} long; the longest that we take is {length(longest_ms)}."
        )
    check_whole(found, raw, structure)
    return found


def _ask_child(path: Path, detected: DetectedType, *, is_whole: bool) -> dict[str, Any]:
    with TemporaryDirectory(prefix="soundstage-probe-") as scratch:
        done = run_python(
            _CHILD,
            [path, ",".join(detected.demuxers), "whole" if is_whole else "ends"],
            scratch=Path(scratch),
            limits=_LIMITS,
            reads=[path],
        )
    try:
        answer: dict[str, Any] = json.loads(done.stdout)
    except ValueError:  # a decoder brought the child down
        answer = {"error": done.stderr[-500:] or f"ended with {done.returncode}"}
    if "error" in answer:
        problem = UnreadableMedia("This file is damaged: we cannot find out what is in it.")
        problem.add_note(answer["error"])
        raise problem
    return answer


def check_whole(found: Probe, raw: dict[str, Any], structure: Structure) -> None:
    """Compare what a file says of its length with where its packets end.

    A sound may be a little shorter than it says (encoders pad, counts are guessed): one is refused only when clearly
    damaged, two seconds and a hundredth of it missing.

    Raises:
        TruncatedMedia: with the time where it ends.
    """
    declared_ms = structure.declared_ms if structure.declared_ms is not None else _declared_ms(found, raw)
    missing_ms = declared_ms - found.duration_ms
    tolerance_ms = _tolerance_ms(found, raw)
    if missing_ms <= tolerance_ms or _is_due_to_captions(declared_ms - tolerance_ms, raw, structure):
        return
    if found.duration_ms <= 0:
        raise TruncatedMedia(f"This file says that it is {clock(declared_ms)} long, but there is nothing in it.")
    if structure.is_cut or raw["ends"]["is_torn"]:
        raise TruncatedMedia(
            f"This file ends in the middle of a frame at {clock(found.duration_ms)}; "
            f"it should be {clock(declared_ms)} long."
        )
    raise TruncatedMedia(
        f"This file ends at {clock(found.duration_ms)}, but says that it is {clock(declared_ms)} long."
    )


def _is_due_to_captions(declared_ms: int, raw: dict[str, Any], structure: Structure) -> bool:
    """Whether a file that has all its bytes says that it is so long because its last caption stays so long."""
    captions = [str(one["index"]) for one in raw["streams"] if one["type"] == "subtitle"]
    ends = [Fraction(raw["ends"]["streams"][index]) for index in captions if index in raw["ends"]["streams"]]
    is_complete = not structure.is_cut and not raw["ends"]["is_torn"]
    return is_complete and bool(ends) and max(ends) * 1000 >= declared_ms


def _declared_ms(found: Probe, raw: dict[str, Any]) -> int:
    """What the container says; nothing, for those where the demuxer only estimates it from the bit rate."""
    if found.demuxers[0] in _WITHOUT_LENGTH or raw["duration"] is None:
        return 0
    return round(Fraction(raw["duration"]) * 1000)


def _tolerance_ms(found: Probe, raw: dict[str, Any]) -> int:
    gap_ms = round(Fraction(raw["ends"]["gap"]) * 2000)
    return gap_ms + (1000 if found.video else max(2000, found.duration_ms // 100))


def _seems_short(found: Probe, raw: dict[str, Any]) -> bool:
    return raw["duration"] is None or _declared_ms(found, raw) - found.duration_ms > _tolerance_ms(found, raw)
