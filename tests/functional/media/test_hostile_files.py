"""Hostile files end as failed, or as nothing but honest media; no other file is opened and nobody is called.

The heavy ones, and all of them on S3, are in the endurance tests.
"""

import dataclasses
import subprocess
import time
import unicodedata
from collections.abc import Iterator
from itertools import chain
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import select

from app.media.engine import layers, sandbox
from app.media.engine.detect import MKV, MP3
from app.media.engine.errors import UnreadableMedia
from app.media.engine.ffmpeg import executable
from app.media.engine.probe import probe
from app.media.models import Medium, MediumState, Version
from config import Settings
from tests.functional.media.conftest import BUCKET
from tests.functional.media.gauntlet import Gauntlet
from tests.functional.media.studio import Studio
from tests.functional.media.uploader import Uploader
from tests.harness.canary import Canaries, canaries
from tests.harness.payloads import payloads
from tests.harness.processes import process_of

FEWEST = 30
INSPECTED = {"documents", "tags", "carried"}
"""Groups whose danger is over when they have been looked at; making them is like making any sound."""
FOLLOWED = ("HLS of a file", "HLS of an address", "ffconcat of a file", "ffconcat of an address")
"""What a careless player follows, given the file under its true name."""


@pytest.fixture
def watched(tmp_path: Path, settings: Settings) -> Iterator[Canaries]:
    """Canaries in a folder of their own, and beside the originals, where a relative name would lead."""
    with canaries(tmp_path / "canaries", settings.data_dir / "media" / "originals") as watched:
        yield watched


@pytest.mark.parametrize("group", ["playlists", "documents", "boxes", "tags", "shapes", "carried"])
def test_hostile_files_end_without_harm(group: str, watched: Canaries, studio: Studio) -> None:
    gauntlet = Gauntlet(studio, watched)
    light = [one for one in payloads(watched)[group] if not one.heavy]
    gauntlet.run(light, only_inspect=group in INSPECTED)
    gauntlet.look_at_everything_kept(is_done=group not in INSPECTED)
    assert not gauntlet.wrongs, "\n".join(gauntlet.wrongs)


class TestInABucket:
    """The same from S3, where the originals are fetched first."""

    @pytest.fixture
    def settings(self, settings: Settings, s3_endpoint: str, bucket: Any) -> Settings:
        """With originals in moto's bucket."""
        assert bucket
        return dataclasses.replace(settings, s3_bucket=BUCKET, s3_endpoint_url=s3_endpoint)

    def test_hostile_files_end_without_harm_from_a_bucket_too(self, watched: Canaries, studio: Studio) -> None:
        gauntlet = Gauntlet(studio, watched)
        groups = payloads(watched)
        chosen = [*groups["playlists"][::2], *groups["boxes"][:6], *groups["tags"][:3], *groups["shapes"][::2]]
        assert len(chosen) >= FEWEST
        gauntlet.run([one for one in chosen if not one.heavy], only_inspect=True)
        gauntlet.look_at_everything_kept(is_done=False)
        assert not gauntlet.wrongs, "\n".join(gauntlet.wrongs)


def test_there_are_enough_of_them(watched: Canaries) -> None:
    everything = list(chain(*payloads(watched).values()))
    assert len(everything) >= 4 * FEWEST
    assert len({one.what for one in everything}) == len(everything)


@pytest.mark.parametrize("what", FOLLOWED)
def test_the_canaries_sing_for_a_careless_player(what: str, watched: Canaries, tmp_path: Path) -> None:
    """What the other tests find silent is not silent by nature."""
    scratch, command = careless(what, watched, tmp_path)
    with process_of(command, cwd=scratch, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL) as player:
        deadline = time.monotonic() + 20
        while not (song := watched.sung()) and player.poll() is None and time.monotonic() < deadline:
            time.sleep(0.02)
        player.kill()
    assert song or watched.sung()


@pytest.mark.parametrize("what", FOLLOWED)
def test_the_sandbox_alone_stops_a_careless_player(what: str, watched: Canaries, tmp_path: Path) -> None:
    scratch, command = careless(what, watched, tmp_path)
    assert sandbox.run(command, scratch=scratch, limits=sandbox.Limits(cpu_s=10, wall_s=20)).returncode != 0
    assert not watched.sung()


@pytest.mark.parametrize("what", [*FOLLOWED, "SDP", "DASH of a file"])
def test_the_list_of_demuxers_alone_stops_it_too(what: str, watched: Canaries, tmp_path: Path) -> None:
    """Even if the first look at a file took it for a recording, and nothing kept files and network apart."""
    path = tmp_path / "film.mp4"
    path.write_bytes(next(one.data for one in payloads(watched)["playlists"] if one.what == what))
    with layers.restricted_to():
        for taken_for in (MKV, MP3):
            with pytest.raises(UnreadableMedia):
                probe(path, taken_for)
    assert not watched.sung()


def careless(what: str, watched: Canaries, folder: Path) -> tuple[Path, list[str | Path]]:
    """A folder with a playlist in it, and how programs play it that trust what they are given."""
    scratch = folder / "scratch"
    scratch.mkdir()
    name = "list.m3u8" if what.startswith("HLS") else "list.ffconcat"
    path = scratch / name
    path.write_bytes(next(one.data for one in payloads(watched)["playlists"] if one.what == what))
    allow = ["-protocol_whitelist", "file,http,tcp,concat,crypto,data,subfile"]
    allow += ["-allowed_extensions", "ALL", "-extension_picky", "0"] if name == "list.m3u8" else ["-safe", "0"]
    return scratch, [executable(), "-v", "error", "-nostdin", *allow, "-i", path, "-f", "null", "-"]


def test_hostile_names_stay_names(watched: Canaries, studio: Studio) -> None:
    hostile = payloads(watched)["names"]
    for payload in hostile:
        answer = studio.uploader.upload(payload.data, payload.filename)
        assert answer.status_code == 200, (payload.what, answer.text)
    assert not watched.sung()
    versions = studio.session.scalars(select(Version).order_by(Version.id)).all()
    assert len(versions) == len(hostile)
    for version in versions:
        assert not set(version.original_name) & set("/\\\r\n\0"), version.original_name
        assert not [
            sign for sign in version.original_name if unicodedata.category(sign) in {"Cc", "Cf", "Cs", "Zl", "Zp"}
        ]
        assert 0 < len(version.original_name) <= 255
        assert version.original_key.startswith("originals/")
        assert set(version.original_key.removeprefix("originals/")) <= set(
            "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789-_"
        )
    for medium in studio.session.scalars(select(Medium)):
        assert medium.title.strip()
        assert medium.state is not MediumState.FAILED
    page = studio.uploader.browser.get("/studio/media")
    assert page.status_code == 200
    assert "<img src=x" not in page.text
    assert "<script>.wav" not in page.text


def test_an_empty_file_is_refused_before_it_is_begun(ana: Uploader) -> None:
    answer = ana.ask("/uploads", {"filename": "song.wav", "size_bytes": 0})
    assert answer.status_code == 422
    assert answer.json["error"] == "This file is empty."
