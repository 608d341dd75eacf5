"""Every hostile file through the whole path, from disk and a bucket, in every sandbox; and files that went wrong."""

import dataclasses
import random
import resource
import time
from collections import Counter
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
from flask import Flask

from app.media.engine import layers
from app.media.engine.detect import detect
from app.media.engine.errors import MediaError
from app.media.engine.probe import probe
from app.media.engine.tags import read_tags
from config import Settings
from tests.factories import media_files
from tests.functional.media.conftest import (
    BUCKET,
    ana,
    artist,
    bucket,
    kept_bucket,
    studio,
    uploader_of,
)
from tests.functional.media.gauntlet import Gauntlet
from tests.functional.media.studio import Studio
from tests.harness.canary import Canaries, canaries, programs_left
from tests.harness.payload_shapes import _made
from tests.harness.payload_tags import id3, many_frames
from tests.harness.payloads import HONEST, STOPPED, Payload, payloads

__all__ = ["ana", "artist", "bucket", "kept_bucket", "studio", "uploader_of"]  # fixtures

Finding = Callable[[str], None]
MUTANTS = 200
SEED = 20_240
SANDBOXES = {
    "bubblewrap": layers.ALL,
    "unshare and Landlock": {layers.NAMESPACE, layers.LANDLOCK, layers.SECCOMP},
    "Landlock in a container": {layers.LANDLOCK, layers.SECCOMP},
}


@pytest.fixture
def watched(tmp_path: Path, settings: Settings) -> Iterator[Canaries]:
    with canaries(tmp_path / "canaries", settings.data_dir / "media" / "originals") as watched:
        yield watched


def report(gauntlet: Gauntlet, finding: Finding, where: str) -> None:
    """Fail with everything that went wrong, or say how it went."""
    gauntlet.look_at_everything_kept()
    assert not gauntlet.wrongs, "\n".join(gauntlet.wrongs)
    ends, slowest = Counter(gauntlet.ends.values()), max(gauntlet.seconds, key=lambda what: gauntlet.seconds[what])
    said = ", ".join(f"{count} {end}" for end, count in sorted(ends.items()))
    finding(
        f"{where}: {len(gauntlet.ends)} payloads in {sum(gauntlet.seconds.values()):.0f} s ({said}); the slowest was "
        f"{slowest!r} with {gauntlet.seconds[slowest]:.1f} s; no canary sang, no program was left"
    )


@pytest.mark.parametrize("sandbox", SANDBOXES)
def test_hostile_files_in_every_sandbox(sandbox: str, watched: Canaries, studio: Studio, finding: Finding) -> None:
    """Hostile files."""
    with layers.restricted_to(*SANDBOXES[sandbox]):
        found = layers.in_force()
        if sandbox == "bubblewrap" and not found.bubblewrap:
            pytest.skip("no bubblewrap here")
        gauntlet = Gauntlet(studio, watched)
        groups = payloads(watched)
        for group in ("playlists", "documents", "boxes", "tags", "shapes", "carried"):
            gauntlet.run(groups[group])
        report(gauntlet, finding, f"from disk, {sandbox}")


class TestInABucket:
    """With originals in S3."""

    @pytest.fixture
    def settings(self, settings: Settings, s3_endpoint: str, bucket: Any) -> Settings:
        assert bucket
        return dataclasses.replace(settings, s3_bucket=BUCKET, s3_endpoint_url=s3_endpoint)

    def test_hostile_files_from_a_bucket(self, watched: Canaries, studio: Studio, finding: Finding) -> None:
        """Hostile files from a bucket."""
        gauntlet = Gauntlet(studio, watched)
        for group in payloads(watched).values():
            gauntlet.run([one for one in group if not one.heavy])
        report(gauntlet, finding, "from S3")


def test_what_is_large_by_itself(watched: Canaries, studio: Studio, finding: Finding) -> None:
    """A million ID3 frames, and two pictures an hour apart."""
    sound = media_files.blip("mp3").read_bytes()
    apart = ("-vf", "setpts='if(eq(N,0),0,3600/TB)'", "-fps_mode", "passthrough", "-enc_time_base", "1:1000")
    source = ("-f", "lavfi", "-i", "testsrc=s=160x120:r=1:d=2")
    hour = _made("an-hour.mkv", *source, *apart, "-c:v", "libx264", "-preset", "ultrafast", "-pix_fmt", "yuv420p")
    gauntlet = Gauntlet(studio, watched, slowest_s=600)  # an hour is sixty chunks
    gauntlet.run(
        [
            Payload(what="a million ID3 frames", filename="a.mp3", data=many_frames(1_000_000) + sound, ends=HONEST),
            Payload(what="two frames an hour apart", filename="a.mkv", data=hour, ends=STOPPED | HONEST),
        ]
    )
    report(gauntlet, finding, "from disk")


def test_a_gigabyte_of_tags(tmp_path: Path, app: Flask, finding: Finding) -> None:
    """A gigabyte of ID3 before a sound."""
    del app
    path, sound = tmp_path / "song.mp3", media_files.blip("mp3").read_bytes()
    tag = (1 << 28) - 1
    with path.open("wb") as file:
        for number in range(4):
            file.seek(number * (tag + 10))
            file.write(id3(claims=tag))
        file.seek(4 * (tag + 10))
        file.write(sound)
    started, most = time.monotonic(), resource.getrusage(resource.RUSAGE_CHILDREN).ru_maxrss
    try:
        found = probe(path, detect(path))
        end = f"ready, {found.duration_ms} ms"
    except MediaError as error:
        end = error.sentence
    read_tags(path, tmp_path)
    took, memory = time.monotonic() - started, resource.getrusage(resource.RUSAGE_CHILDREN).ru_maxrss
    assert took < 60
    assert memory < 2 << 20, "kilobytes"
    finding(f"1 GiB of tags, sparse: {end!r} after {took:.1f} s; at most {max(memory, most) / 1024:.0f} MB in a child")


def test_files_that_went_wrong(tmp_path: Path, app: Flask, finding: Finding) -> None:
    """Real files with bytes changed, cut and repeated at random, from a fixed seed."""
    del app
    dice, ends, slowest = random.Random(SEED), Counter[str](), 0.0  # noqa: S311 - to be wrong with
    sources = [
        *(media_files.blip(kind) for kind in ("mp3", "wav", "flac", "ogg", "opus", "aiff", "aac", "m4a")),
        *(media_files.video_in(kind) for kind in ("mov", "avi", "webm")),
        *(media_files.rich_film(), media_files.song(), media_files.telephone()),
    ]
    with canaries(tmp_path / "canaries") as watched:
        for number in range(MUTANTS):
            source = dice.choice(sources)
            path = tmp_path / f"mutant{source.suffix}"
            path.write_bytes(mutated(source.read_bytes(), dice))
            started = time.monotonic()
            try:
                found = probe(path, detect(path))
                read_tags(path, tmp_path, found)
                ends["read"] += 1
            except MediaError as error:
                ends[type(error).__name__] += 1
            except Exception as error:
                error.add_note(f"mutant {number} of seed {SEED}, from {source.name}")
                raise
            slowest = max(slowest, time.monotonic() - started)
            assert not watched.sung()
    assert not programs_left()
    assert slowest < 60
    said = ", ".join(f"{count} {end}" for end, count in ends.most_common())
    finding(f"{MUTANTS} mutants (seed {SEED}): {said}; none took longer than {slowest:.1f} s")


def mutated(data: bytes, dice: random.Random) -> bytes:
    """``data`` with one to twenty changes, most of them near its head, where the structure is."""
    new = bytearray(data)
    for _ in range(dice.randint(1, 20)):
        at = min(len(new) - 1, int(len(new) * dice.random() ** 3))
        match dice.randrange(6):
            case 0:
                new[at] = dice.randrange(256)
            case 1:
                new[at : at + 4] = dice.choice((b"\0\0\0\0", b"\xff\xff\xff\xff", b"\x7f\xff\xff\xff", b"\0\0\0\1"))
            case 2:
                new[at] ^= 1 << dice.randrange(8)
            case 3:
                del new[at : at + dice.randint(1, 400)]
            case 4:
                new[at:at] = new[at : at + dice.randint(1, 400)]
            case _:
                new[at : at + 16] = dice.randbytes(16)
        if len(new) < 64:
            break
    return bytes(new) or b"\0"
