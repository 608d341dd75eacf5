"""The B-side of Kessel Nord: a tune for the hand-held from lost property. Returns a stereo mix, not mastered."""

from collections.abc import Iterator

import numpy as np

from app.demo.sound import Samples, Tape, clock, count, decay, echo, envelope, hertz, highpass, noise, pulse, sine

Part = tuple[float, float, float]
"""A note in a part: beat, length in beats, MIDI number."""


CHIP_TUNE: tuple[Part, ...] = (
    (0, 1.5, 76), (1.5, 0.5, 74), (2, 1, 72), (3, 1, 67), (4, 1.5, 69), (5.5, 0.5, 72), (6, 2, 74),
    (8, 1, 76), (9, 0.5, 79), (9.5, 0.5, 76), (10, 1, 74), (11, 1, 72), (12, 1, 69), (13, 1, 71), (14, 1.5, 72),
)  # fmt: skip
CHIP_CHORUS: tuple[Part, ...] = (
    (0, 0.5, 79), (0.5, 0.5, 79), (1, 1, 81), (2, 1, 79), (3, 1, 76), (4, 1, 77), (5, 1, 76), (6, 1.5, 74),
    (8, 0.5, 79), (8.5, 0.5, 79), (9, 1, 81), (10, 1, 83), (11, 1, 84), (12, 1, 81), (13, 1, 79), (14, 1.75, 72),
)  # fmt: skip
CHIP_BEAT = 60 / 132
"""Seconds a beat of the hand-held tune; its lyrics are timed by it."""


def _chip_form() -> Iterator[tuple[int, str]]:
    """(first bar, section) of each four bars: intro, verse, verse, chorus, chorus, bridge, chorus, chorus, outro."""
    form = ("intro", "verse", "verse", "chorus", "chorus", "bridge", "chorus", "chorus", "outro")
    yield from ((index * 4, name) for index, name in enumerate(form))


def hand_held(seconds: float) -> Samples:
    """A tune for a games console with four voices: two pulses, a stepped triangle, and noise."""
    tape = Tape(seconds)
    rng = np.random.default_rng(4)
    crunch = np.repeat(noise(1.0, rng)[::6], 6)
    roots = (48, 43, 45, 41)
    for first, section in _chip_form():
        start = first * 4 * CHIP_BEAT
        if section in {"verse", "chorus"}:
            tune = CHIP_TUNE if section == "verse" else CHIP_CHORUS
            _chip_tune(tape, start, tune, 0.5 if section == "verse" else 0.25, high=first >= 24)
        for bar_number in range(4):
            root = roots[bar_number] if section != "bridge" else (45, 41, 38, 43)[bar_number]
            at = start + bar_number * 4 * CHIP_BEAT
            _chip_backing(tape, at, root, section)
            if section in {"verse", "chorus"} or bar_number == 3:
                _chip_drums(tape, at, crunch, busy=section == "chorus")
    end = 34 * 4 * CHIP_BEAT
    for step, note in enumerate((72, 76, 79, 84, 88, 91, 96)):
        tape.lay(pulse(hertz(note), 0.6, 0.125) * decay(0.6, 0.12), end + step * CHIP_BEAT / 4, 0.25, (step - 3) / 5)
    return tape.samples + echo(tape.samples, CHIP_BEAT * 0.75, 0.22, 2)


def _chip_tune(tape: Tape, start: float, tune: tuple[Part, ...], width: float, *, high: bool) -> None:
    for at, length, note in tune:
        seconds = length * CHIP_BEAT * 0.94
        tone = pulse(hertz(note), seconds, width) * envelope(seconds, 0.002, seconds * 0.5)
        tape.lay(tone, start + at * CHIP_BEAT, 0.3, 0.12)
        if high:
            second = pulse(hertz(note - 5 if note % 12 in {0, 5} else note - 4), seconds, 0.125)
            tape.lay(second * envelope(seconds, 0.002, seconds * 0.7), start + at * CHIP_BEAT, 0.12, -0.4)


def _chip_backing(tape: Tape, at: float, root: int, section: str) -> None:
    minor = root % 12 in {9, 2}
    arpeggio = (12, 15 if minor else 16, 19, 24)
    length = CHIP_BEAT / 4
    for sixteenth in range(16):
        if section == "bridge" and sixteenth % 2:
            continue
        tone = pulse(hertz(root + 12 + arpeggio[sixteenth % 4]), length, 0.125) * envelope(length, 0.001, length * 0.8)
        tape.lay(tone, at + sixteenth * length, 0.13, -0.3)
    if section == "intro":
        return
    for eighth in range(0, 8, 4 if section == "bridge" else 1):
        hz = hertz(root - 12 + (12 if eighth % 2 else 0))
        ramp = (hz * clock(CHIP_BEAT * 0.46)) % 1
        stepped = (np.round((1 - 4 * np.abs(ramp - 0.5)) * 7) / 7).astype(np.float32)
        tape.lay(stepped * envelope(CHIP_BEAT * 0.46, 0.001, 0.01), at + eighth * CHIP_BEAT / 2, 0.3)


def _chip_drums(tape: Tape, at: float, crunch: Samples, *, busy: bool) -> None:
    low = highpass(np.repeat(crunch[::8], 8)[: count(0.12)], 60) * decay(0.12, 0.03)
    tick, smack = crunch[: count(0.03)] * decay(0.03, 0.008), crunch[: count(0.16)] * decay(0.16, 0.04)
    for eighth in range(8):
        moment = at + eighth * CHIP_BEAT / 2
        if eighth in {0, 4} or (busy and eighth == 5):
            tape.lay(low + sine(60, 0.12) * decay(0.12, 0.03), moment, 0.6)
        if eighth in {2, 6}:
            tape.lay(smack, moment, 0.45)
        tape.lay(tick, moment, 0.25 if busy or eighth % 2 else 0.12, 0.2)
