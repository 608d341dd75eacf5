"""The programmes of the Night Desk: numbers, rain, Morse. Each function returns a mix, stereo, not yet mastered."""

import numpy as np

from app.demo import morse
from app.demo.instruments import bell, choir, hat
from app.demo.sound import (
    RATE,
    TAU,
    Samples,
    Tape,
    bandpass,
    clock,
    count,
    decay,
    drive,
    echo,
    envelope,
    hertz,
    highpass,
    line,
    lowpass,
    noise,
    reverb,
    saw,
    shape_spectrum,
    sine,
    stereo,
    swept_lowpass,
    wobble,
)

TIMETABLE = ("0214", "0244", "0314", "0344", "0414", "7777", "0214", "0244")
"""What the numbers station sends: a timetable, as far as anyone can tell."""
FIRST_GROUP, GROUP_SECONDS, DIGIT_SECONDS = 23.0, 2.6, 0.42
"""When the groups start, how far apart they are, how long a digit sounds; captions are timed by these."""


def numbers(seconds: float) -> Samples:
    """A polytone numbers station: a music box, three long tones, groups of digits as pitches, through shortwave."""
    rng = np.random.default_rng(77)
    studio = Tape(seconds)
    for start in (6.0, 13.2, 55.0, 62.2):
        for step, note in enumerate((76, 74, 71, 72, 69, 64, 67, 69, 71, 64, 69)):
            studio.lay(bell(hertz(note), 1.8), start + step * 0.6 + (0.1 * step / 4 if start > 60 else 0), 0.4)
    for repeat in range(3):
        studio.lay(sine(880, 0.6) * envelope(0.6, 0.02, 0.05), 20.4 + repeat * 0.8, 0.35)
    for index, group in enumerate(TIMETABLE):
        for place, digit in enumerate(group):
            hz = 330 * 2 ** (int(digit) / 10)
            tone = (sine(hz, DIGIT_SECONDS) + sine(hz * 2, DIGIT_SECONDS) * 0.2) * envelope(DIGIT_SECONDS, 0.012, 0.04)
            studio.lay(tone, FIRST_GROUP + index * GROUP_SECONDS + place * DIGIT_SECONDS * 1.05, 0.4)
    bus = lowpass(saw(47, 8.5) + saw(70.7, 8.5) + noise(8.5, rng), 260) * envelope(8.5, 4, 4.2, 1.5)
    studio.lay(bus, 45.2, 0.9)
    fading = 0.62 + 0.38 * np.sin(TAU * clock(seconds) / 6.1) * np.cos(TAU * clock(seconds) / 2.3)
    static = noise(seconds, rng) * line(
        [(0, 1.6), (5, 0.4), (44, 0.25), (54, 0.5), (69, 0.35), (71, 1.5), (seconds, 1.2)], seconds
    )
    carrier = studio.samples.mean(axis=0) * 1.4 + reverb(studio.samples, 0.9, rng)[0] * 0.4
    carrier *= line([(0, 0), (4, 0), (6, 1), (69.6, 1), (69.7, 0)], seconds)
    whistle = np.sin(TAU * np.cumsum(np.interp(clock(seconds), (0, 2.5, 5, 6), (2600, 700, 90, 20))) / RATE)
    received = drive(bandpass(carrier * fading.astype(np.float32) + static * 0.35, 280, 3000), 1.6)
    received += (whistle * 0.1).astype(np.float32) * line([(0, 1), (5, 0.8), (6.5, 0), (seconds, 0)], seconds)
    left, right = bandpass(noise(seconds, rng), 300, 2500, 1), bandpass(noise(seconds, rng), 300, 2500, 1)
    return stereo(received) + np.stack([left, right]) * np.float32(0.05)


RAIN_SECTION = 12.0
"""Seconds of each kind of rain."""


def rain(seconds: float) -> Samples:
    """Six kinds of rain, one after the other, walking home."""
    rng = np.random.default_rng(66)
    tape = Tape(seconds)
    length = RAIN_SECTION + 2
    for index, kind in enumerate((_tin_roof, _umbrella, _gutter, _puddle, _window, _after)):
        shaped = kind(length, rng) * envelope(length, 0.05 if index == 0 else 2, 2)
        tape.lay(shaped, max(0, index * RAIN_SECTION - 1 * (index > 0)))
    return tape.samples


def _drops(seconds: float, a_second: float, grain: Samples, rng: np.random.Generator) -> Samples:
    """Many small sounds at random moments and places: impulses, convolved with one grain."""
    size = count(seconds)
    marks = np.zeros((2, size), np.float32)
    how_many = int(seconds * a_second)
    at, force, pan = rng.integers(0, size, how_many), rng.random(how_many) ** 2.5, rng.random(how_many)
    np.add.at(marks[0], at, force * pan)
    np.add.at(marks[1], at, force * (1 - pan))
    fft_size = 1 << (size + len(grain)).bit_length()
    return shape_spectrum(marks, np.fft.rfft(grain, fft_size), fft_size)


def _bubble(hz: float, seconds: float, rise: float) -> Samples:
    at = clock(seconds)
    return np.sin(TAU * hz * (at + rise * at * at)).astype(np.float32) * decay(seconds, seconds / 6)


def _bed(seconds: float, low: float, high: float, rng: np.random.Generator) -> Samples:
    return np.stack([bandpass(noise(seconds, rng), low, high, 1) for _ in range(2)])


def _tin_roof(seconds: float, rng: np.random.Generator) -> Samples:
    out = _bed(seconds, 900, 5000, rng) * 0.35
    for hz, many in ((1130, 26), (1720, 30), (2480, 34), (3390, 26), (610, 6)):
        grain = (sine(hz, 0.12) + sine(hz * 1.53, 0.12) * 0.6) * decay(0.12, 0.014) + noise(0.12, rng) * decay(
            0.12, 0.004
        )
        out += _drops(seconds, many, grain, rng) * 0.5
    return out


def _umbrella(seconds: float, rng: np.random.Generator) -> Samples:
    out = _bed(seconds, 200, 1800, rng) * 0.3
    for hz, many in ((180, 22), (260, 26), (340, 18)):
        grain = sine(hz, 0.08) * decay(0.08, 0.012) + lowpass(noise(0.08, rng), 1500) * decay(0.08, 0.01) * 2
        out += _drops(seconds, many, grain, rng) * 0.7
    for step in np.arange(0.8, seconds - 1, 0.62):
        thud = lowpass(noise(0.15, rng), 420) * decay(0.15, 0.03)
        start = count(float(step))
        out[:, start : start + len(thud)] += thud[: out.shape[1] - start] * 0.9
    return out


def _gutter(seconds: float, rng: np.random.Generator) -> Samples:
    out = _bed(seconds, 400, 1600, rng) * 0.3
    for hz in (310, 420, 560, 760, 980):
        out += _drops(seconds, 9, _bubble(hz, 0.14, 2.8), rng) * 0.45
    return out + reverb(out, 0.5, rng, bright_hz=2500) * 0.5


def _puddle(seconds: float, rng: np.random.Generator) -> Samples:
    out = _bed(seconds, 1500, 8000, rng) * 0.16
    for hz in (900, 1250, 1700, 2300):
        out += _drops(seconds, 8, _bubble(hz, 0.07, 4), rng) * 0.7
        out += _drops(seconds, 20, highpass(noise(0.02, rng), 2500) * decay(0.02, 0.004), rng) * 0.8
    return out


def _window(seconds: float, rng: np.random.Generator) -> Samples:
    out = lowpass(_bed(seconds, 80, 700, rng), 500) * 0.8
    for hz, many in ((2100, 9), (2900, 10), (1500, 5)):
        out += _drops(seconds, many, sine(hz, 0.03) * decay(0.03, 0.004), rng) * 0.6
    for step in np.arange(1.0, seconds, 1.0):
        start = count(float(step))
        tick = bandpass(hat(0.05, 3000), 2000, 5200)
        out[:, start : start + len(tick)] += stereo(tick, 0.6)[:, : out.shape[1] - start] * (0.5 if step % 2 else 0.35)
    return out


def _after(seconds: float, rng: np.random.Generator) -> Samples:
    tape = Tape(seconds)
    tape.lay(_bed(seconds, 200, 900, rng), 0, 0.12)
    at = 1.0
    while at < seconds - 2:
        tape.lay(_bubble(float(rng.choice([740, 880, 990])), 0.12, 2.5), at, 0.5, rng.uniform(-0.6, 0.6))
        at += 0.55 + (at / seconds) ** 2 * 1.6
    for start in (4.2, 4.75, 7.9, 8.3, 8.8):
        chirp = np.sin(TAU * np.cumsum(3300 + 900 * np.sin(TAU * 9 * clock(0.22))) / RATE).astype(np.float32)
        tape.lay(chirp * envelope(0.22, 0.03, 0.1), start, 0.14, 0.7)
    return tape.samples + reverb(tape.samples, 1.6, rng) * 0.5


GALE_SECONDS = 72.0
"""The length of the radio play; its last message must end before."""


def gale(seconds: float) -> Samples:
    """A radio play for two Morse keys, one gale and a foghorn, after the script in ``morse.PLAY``."""
    rng = np.random.default_rng(99)
    storm = line(
        [(0, 0.25), (18, 0.4), (32, 0.8), (42, 1.5), (50, 1.6), (57, 0.7), (64, 0.3), (seconds, 0.15)], seconds
    )
    gusts = np.interp(clock(seconds), np.arange(0, seconds + 2, 1.7), rng.random(int((seconds + 2) / 1.7) + 1)).astype(
        np.float32
    )
    wind = [
        swept_lowpass(noise(seconds, rng), 250 + 1100 * gusts * np.minimum(storm, 1.2), 3.0) * storm * (0.4 + gusts)
        for _ in range(2)
    ]
    sea = Tape(seconds)
    for at in np.arange(0.0, seconds - 3, 4.4):
        wave = swept_lowpass(noise(5.5, rng), line([(0, 250), (2.2, 2600), (5.5, 300)], 5.5)) * envelope(
            5.5, 2.2, 3.2, 2
        )
        level = 0.35 + 0.6 * float(storm[count(at + 2)])
        sea.lay(wave, float(at + rng.uniform(-0.6, 0.6)), level, rng.uniform(-0.5, 0.5))
    horn = Tape(seconds)
    for at in (2.0, 34.5, 45.5, 49.5, 66.5):
        blast = lowpass(saw(87.3, 2.4) + saw(88.1, 2.4) + saw(130.8, 2.4) * 0.4, 420) * envelope(2.4, 0.25, 0.5)
        horn.lay(blast, at, 0.32, -0.35)
    for at in (41.0, 47.6):
        crack = lowpass(noise(4.5, rng), 240) * envelope(4.5, 0.03, 4.4, 3) * 3.5
        horn.lay(crack, at, 1.0, 0.3)
    radio = Tape(seconds)
    for start, _, message in morse.schedule():
        radio.lay(
            morse.send(message.morse, 660 if message.sender == "OST" else 494),
            start,
            0.34,
            -0.25 if message.sender == "OST" else 0.35,
        )
    hiss = bandpass(noise(seconds, rng), 500, 2200, 1) * (0.05 + 0.05 * storm)
    room = reverb(horn.samples + radio.samples * 0.12 + sea.samples * 0.1, 3.2, rng, bright_hz=1800)
    return np.stack(wind) * 0.8 + sea.samples + horn.samples + room * 0.7 + radio.samples + hiss


def test_transmission(seconds: float) -> Samples:
    """What a station sends before it has anything to say: a tone, a clock, three notes, somebody humming."""
    rng = np.random.default_rng(3)
    tape = Tape(seconds)
    tape.lay(sine(440, 6) * envelope(6, 0.02, 0.02), 0.5, 0.22)
    for second in range(7, int(seconds)):
        tape.lay(bandpass(hat(0.05, 2500), 1800, 5000), second, 0.5, 0.15)
        if second % 10 == 0:
            tape.lay(sine(1000, 0.1) * envelope(0.1, 0.003, 0.01), second, 0.25)
    for start in (9.0, 22.0, 36.0):
        for step, note in enumerate((67, 71, 69)):
            tape.lay(bell(hertz(note), 2.4), start + step * 0.7, 0.4, (step - 1) * 0.4)
    for at, note, vowel in (
        (13, 55, "oo"),
        (15.4, 57, "oo"),
        (17.8, 52, "oo"),
        (26, 55, "oh"),
        (28.4, 60, "oh"),
        (30.8, 57, "oo"),
    ):
        tape.lay(choir(hertz(note), 2.6, rng, vowel), at, 0.5, -0.3)
    worn = wobble(tape.samples, 2.2, 0.8, rng)
    hum = (sine(50, seconds) + sine(150, seconds) * 0.4) * np.float32(0.02)
    return (
        worn
        + echo(worn, 0.41, 0.3, 3)
        + reverb(worn, 1.5, rng) * 0.3
        + hum
        + bandpass(noise(seconds, rng), 400, 6000) * np.float32(0.03)
    )
