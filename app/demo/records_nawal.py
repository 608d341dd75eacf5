"""The records of Nawal Sarab: pianos in flats, water in gardens. Each function returns a stereo mix, not mastered."""

import numpy as np

from app.demo.instruments import bell, crackle, electric_piano, felt_piano, hat, kick, pad, pluck, snare
from app.demo.sound import (
    Samples,
    Tape,
    bandpass,
    blend,
    clock,
    echo,
    envelope,
    hertz,
    line,
    lowpass,
    noise,
    reverb,
    sine,
    swept_lowpass,
    wobble,
)


def slow_water(seconds: float) -> Samples:
    """Ambient: chords that turn over like sleepers, a few plucked notes of Hijaz on D, and a fountain."""
    rng = np.random.default_rng(26)
    clouds, plucks, bells = Tape(seconds), Tape(seconds), Tape(seconds)
    chords = ((38, 50, 57, 66, 69), (36, 51, 55, 62, 70), (34, 50, 58, 65, 69), (38, 50, 57, 62, 66))
    length = seconds / 7
    for index in range(7):
        notes = tuple(hertz(note) for note in chords[index % 4])
        chord = pad(notes, length * 1.5, rng) * envelope(length * 1.5, length * 0.5, length * 0.6)
        clouds.lay(chord, index * length * 0.97, 0.3 + 0.08 * (index in {3, 4}))
    swell = line(
        [(0, 250), (seconds * 0.3, 900), (seconds * 0.62, 2600), (seconds * 0.8, 700), (seconds, 220)], seconds
    )
    drift = (1 + 0.25 * np.sin(2 * np.pi * clock(seconds) / 7.3)).astype(np.float32)
    clouds.samples = np.stack(
        [swept_lowpass(side, swell * turn, 0.4) for side, turn in zip(clouds.samples, (drift, 2 - drift), strict=True)]
    )
    hijaz = (62, 63, 66, 67, 69, 70, 72, 74)
    moment, step = 7.0, 4
    while moment < seconds - 8:
        for _ in range(int(rng.integers(1, 5))):
            step = int(np.clip(step + rng.integers(-2, 3), 0, 7))
            plucks.lay(pluck(hertz(hijaz[step] - 12), 2.6, rng, bright=0.35), moment, 0.16, rng.uniform(-0.5, 0.5))
            moment += float(rng.choice([0.34, 0.5, 0.68]))
        moment += float(rng.uniform(2.2, 4.6))
    for at in np.arange(seconds * 0.35, seconds * 0.85, 3.1):
        note = int(rng.choice([74, 78, 81, 86]))
        bells.lay(bell(hertz(note), 2.5), float(at) + float(rng.uniform(0, 1)), 0.05, rng.uniform(-0.8, 0.8))
    deep = (sine(hertz(26), seconds) + sine(hertz(38), seconds) * 0.4) * line(
        [(0, 0), (15, 1), (seconds - 15, 1), (seconds, 0)], seconds
    )
    fountain = np.stack([bandpass(noise(seconds, rng), 700, 4200, 1) for _ in range(2)])
    fountain *= line([(0, 0.5), (9, 0.25), (seconds * 0.6, 0.08), (seconds - 12, 0.3), (seconds, 0.6)], seconds)
    wet = reverb(blend((plucks.samples, 1), (bells.samples, 1), (clouds.samples, 0.5)), 4.5, rng, bright_hz=4200)
    mix = blend((clouds.samples, 1), (plucks.samples, 1.3), (bells.samples, 0.4), (wet, 0.8), (fountain, 0.35))
    mix += deep * np.float32(0.09)
    return mix


def kitchen_radio(seconds: float) -> Samples:
    """Lo-fi at 76: a tine piano with extended chords, lazy drums, and a tape that has been through the wash."""
    rng = np.random.default_rng(76)
    beat = 60 / 76
    bar = 4 * beat
    bars = int(seconds / bar)
    keys, drums, low, tune = (Tape(seconds) for _ in range(4))
    chords = ((50, 57, 60, 64, 65), (43, 59, 64, 65, 69), (48, 55, 59, 62, 64), (45, 55, 61, 64, 70))
    for number in range(bars):
        notes = chords[number % 4]
        for offset, length, force in ((0, 2.4, 0.75), (2.5, 1.3, 0.55)):
            for index, note in enumerate(notes):
                start = number * bar + offset * beat + index * 0.014 + abs(rng.normal(0, 0.008))
                keys.lay(electric_piano(hertz(note), length * beat, force), start, 0.13, (index - 2) * 0.22)
        if number in range(2, bars - 2) and number not in range(12, 14):
            _lazy_drums(drums, number * bar, beat, rng)
        if number >= 4:
            for offset, length in ((0, 1.4), (1.66, 0.3), (2.5, 1.2)):
                hz = hertz(notes[0] - 12 if notes[0] > 44 else notes[0])
                tone = sine(hz, length * beat) + sine(hz * 2, length * beat) * 0.2
                low.lay(tone * envelope(length * beat, 0.01, 0.12), number * bar + offset * beat, 0.2)
        if number in range(6, bars - 3):
            for offset, step, length in _TUNES[number % len(_TUNES)]:
                tune.lay(felt_piano(hertz(step), length * beat, 0.8), number * bar + offset * beat, 0.3, 0.25)
    wet = reverb(blend((keys.samples, 0.5), (tune.samples, 1), (drums.samples, 0.15)), 1.4, rng, bright_hz=3000)
    tune.samples += echo(tune.samples, beat * 0.66, 0.35, 3)
    band = blend((keys.samples, 1), (low.samples, 1), (tune.samples, 1), (wet, 0.4), (drums.samples, 0.9))
    del keys, low, tune, wet, drums
    band = wobble(band, 1.6, 0.55, rng)
    tuning_in = line(
        [
            (0, 0),
            (3.5 * bar, 0),
            (4 * bar, 1),
            (12 * bar, 1),
            (12.2 * bar, 0.15),
            (13.9 * bar, 0.15),
            (14 * bar, 1),
            (seconds, 1),
        ],
        seconds,
    )
    radio = bandpass(band, 350, 2400)
    radio *= (1 - tuning_in) * np.float32(1.4)
    mix = lowpass(band, 7500)
    mix *= tuning_in
    mix += radio
    worn = line([(0, 0.9), (4 * bar, 0.35), (12 * bar, 0.7), (14 * bar, 0.35), (seconds, 0.9)], seconds)
    for side in range(2):
        mix[side] += crackle(seconds, rng) * worn
    return mix


_TUNES: tuple[tuple[tuple[float, int, float], ...], ...] = (
    ((0.5, 76, 1), (1.5, 74, 0.5), (2, 72, 1.5)),
    ((0.66, 71, 0.7), (1.5, 74, 2)),
    ((0, 79, 0.66), (0.66, 76, 0.7), (1.5, 74, 0.5), (2.5, 71, 1.4)),
    ((1, 73, 0.5), (1.66, 76, 1.8)),
    ((0.5, 77, 1), (2.0, 76, 0.6), (2.66, 72, 1.2)),
    ((1.5, 69, 0.5), (2.0, 71, 1.5)),
)


def _lazy_drums(drums: Tape, start: float, beat: float, rng: np.random.Generator) -> None:
    for at in (0, 1.66, 2.5) if rng.random() < 0.5 else (0, 2.5):
        drums.lay(kick(52, 0.3, 0.15), start + at * beat, 0.6)
    for at in (1, 3):
        drums.lay(lowpass(snare(170, 0.25, 0.6), 5200), start + at * beat + 0.018, 0.34)
    for eighth in range(8):
        swing = 0.16 * beat if eighth % 2 else 0
        drums.lay(hat(0.045, 6000), start + eighth * beat / 2 + swing, float(rng.uniform(0.06, 0.14)), 0.35)


def lift_operator(seconds: float) -> Samples:
    """Neo-classical: a felt piano that goes up and down, strings that join on four and leave on nine."""
    rng = np.random.default_rng(9)
    eighth = 60 / 76 / 2
    bar = 6 * eighth
    bars = int((seconds - 6) / bar)
    piano, strings = Tape(seconds), Tape(seconds)
    harmony = (
        (45, 57, 60, 64),
        (41, 57, 60, 65),
        (48, 55, 60, 64),
        (43, 55, 59, 62),
        (45, 57, 60, 64),
        (50, 57, 62, 65),
        (40, 56, 59, 64),
        (45, 57, 60, 64),
    )
    melody = (76, 72, 79, 74, 76, 77, 71, 72)
    for number in range(bars):
        chord = harmony[number % 8]
        lift = 12 if number in range(16, 22) else 0
        force = 0.4 + 0.25 * np.sin(np.pi * number / bars) + 0.08 * (number in range(14, 24))
        force = round(float(force) * 12) / 12
        slow = 0.25 * max(0, number - bars + 3) ** 1.5
        start = number * bar + slow
        for step, tone in enumerate((0, 1, 2, 3, 2, 1)):
            at = start + step * (eighth + slow / 40) + float(rng.normal(0, 0.007))
            piano.lay(
                felt_piano(hertz(chord[tone] + (lift if tone else 0)), 2.4, force * (1.1 if step == 0 else 0.8)),
                at,
                0.5,
                (tone - 1.5) * 0.2,
            )
        if number >= 4 and number != bars - 1:
            note = melody[number % 8] + (12 if number in range(16, 20) else 0)
            piano.lay(felt_piano(hertz(note), 3, min(1, force + 0.25)), start + 0.01, 0.5, 0.3)
            if number % 2:
                piano.lay(
                    felt_piano(hertz(note - 2 if number % 4 == 3 else note + 3), 2, force),
                    start + 4 * eighth,
                    0.42,
                    0.3,
                )
        if number in range(8, bars - 4):
            notes = tuple(hertz(note + 12) for note in chord[1:])
            strings.lay(pad((hertz(chord[0]), *notes), bar * 1.5, rng), start - 0.3, 0.22)
    piano.lay(felt_piano(hertz(33), 5, 0.5) + felt_piano(hertz(69), 5, 0.35), bars * bar + 1.6, 0.6)
    swell = line(
        [(0, 300), (8 * bar, 500), (16 * bar, 2600), (21 * bar, 2900), (26 * bar, 600), (seconds, 300)], seconds
    )
    bowed = np.stack([swept_lowpass(side, swell) for side in strings.samples])
    room = reverb(piano.samples + bowed * 0.8, 2.6, rng, bright_hz=4500)
    return blend((piano.samples, 1), (bowed, 0.9), (room, 0.45))


def open_window(seconds: float) -> Samples:
    """A sketch: the piano again, alone, and the rain that would not wait."""
    rng = np.random.default_rng(5)
    piano = Tape(seconds)
    at = 2.0
    for phrase in (
        (57, 64, 69, 71, 72),
        (53, 60, 69, 72, 76),
        (48, 55, 67, 71, 74),
        (52, 56, 64, 71, 68),
        (45, 57, 64, 72, 69),
        (45, 52, 60, 64, 57),
    ):
        for note in phrase:
            piano.lay(felt_piano(hertz(note), 3.5, 0.55), at, 0.6, (note - 62) / 30)
            at += float(rng.uniform(0.55, 0.95))
        at += 2.6
    rain = np.stack([bandpass(noise(seconds, rng), 1200, 7000, 1) for _ in range(2)]) * np.float32(0.12)
    return (
        piano.samples
        + reverb(piano.samples, 2.0, rng) * 0.5
        + rain * line([(0, 0.3), (20, 1), (seconds, 0.5)], seconds)
    )
