"""Compares a film that was cut with the same film in one pass: frame by frame, and by VMAF near the borders."""

import json
from collections.abc import Sequence
from dataclasses import dataclass
from fractions import Fraction
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from tests.factories import media_files
from tests.factories.odd_files import QUICK, lavfi, made
from tests.functional.media.engine import decoded
from tests.functional.media.engine.decoded import Pictures

NEAR = 12


@dataclass(frozen=True, kw_only=True)
class Compared:
    """The best rung of a film made both ways; ``borders`` are the first frames of its chunks, ``rate`` a second."""

    one_pass: Path
    chunked: Path
    rate: Fraction
    borders: list[int]

    def pictures(self) -> tuple[Pictures, Pictures]:
        """What both show: in one pass, and cut."""
        return decoded.pictures(self.one_pass), decoded.pictures(self.chunked)


def compare(source: Path, lengths: Sequence[int], folder: Path) -> Compared:
    """Make ``source`` in one pass, and cut into chunks of so many segments and a rest."""
    whole = decoded.encoded(source, [], folder / "whole")[0][-1]
    pieces = [rungs[-1] for rungs in decoded.encoded(source, lengths, folder / "pieces")]
    joined = decoded.joined(pieces, folder / "joined.mp4")
    borders = np.cumsum([piece.frames for piece in pieces])[:-1].tolist()
    return Compared(one_pass=whole.path, chunked=joined, rate=whole.rung.frame_rate, borders=borders)


def at_the_cap(name: str, size: str, seconds: int) -> Path:
    """A film that wants more bits than its rung may have: ``noise``, ``cells`` or ``zoom``."""
    picture = {
        "noise": f"testsrc2=s={size}:r=25:d={seconds},noise=alls=14:allf=t",
        "cells": f"life=s=320x180:r=25:mold=10:ratio=0.1:death_color=#202040:life_color=#f0d080:seed=7,"
        f"trim=end={seconds},scale={size.replace('x', ':')}:flags=bicubic",
        "zoom": f"mandelbrot=s={size}:r=25,trim=end={seconds}",
    }[name]
    return made(f"{name}.mkv", *lavfi(picture), *QUICK, "-crf", "8")


def vmaf(reference: Path, other: Path, log: Path) -> NDArray[np.float64]:
    """How good each frame of ``other`` looks, 0 to 100, by ffmpeg's libvmaf and its own model."""
    same_clock = "[0:v]settb=AVTB,setpts=N[a];[1:v]settb=AVTB,setpts=N[b]"
    graph = f"{same_clock};[a][b]libvmaf=log_fmt=json:log_path={log}:n_threads=2"
    media_files.ffmpeg("-i", other, "-i", reference, "-lavfi", graph, "-f", "null", "-")
    return np.array([frame["metrics"]["vmaf"] for frame in json.loads(log.read_text())["frames"]])


def near(borders: Sequence[int]) -> list[int]:
    """The frames around borders."""
    return sorted({border + step for border in borders for step in range(-NEAR, NEAR + 1)})
