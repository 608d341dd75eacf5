"""The music of the films, cut to their pictures. Each function returns a mix, stereo, not yet mastered."""

import numpy as np

from app.demo.instruments import bell, choir, electric_piano, felt_piano, hat, kick, pad, pluck, snare
from app.demo.sound import (
    Samples,
    Tape,
    bandpass,
    clock,
    decay,
    envelope,
    hertz,
    line,
    lowpass,
    noise,
    reverb,
    saw,
    sine,
    swept_lowpass,
)


def sunrise(seconds: float) -> Samples:
    """One chord that takes the whole film to open, a pulse in it, birds of glass at the end."""
    rng = np.random.default_rng(1)
    tape = Tape(seconds)
    for start, notes in (
        (0, (38, 50, 57, 64)),
        (seconds * 0.36, (34, 50, 57, 65)),
        (seconds * 0.66, (43, 50, 59, 66, 69)),
    ):
        tape.lay(pad(tuple(hertz(note) for note in notes), seconds * 0.5, rng), start, 0.5)
    opening = line([(0, 160), (seconds * 0.4, 600), (seconds * 0.75, 4200), (seconds, 1500)], seconds)
    tape.samples = np.stack([swept_lowpass(side, opening, 0.6) for side in tape.samples])
    drops = Tape(seconds)
    for index, at in enumerate(np.arange(seconds * 0.3, seconds - 3, 0.42)):
        note = (62, 69, 74, 76, 81, 78)[index * 5 % 6]
        drops.lay(electric_piano(hertz(note), 1.2, 0.5), float(at), 0.1 * min(1, index / 12), (index % 5 - 2) * 0.35)
    for at in np.arange(seconds * 0.62, seconds - 3, 1.37):
        drops.lay(bell(hertz(float(rng.choice([86, 90, 93]))), 1.5), float(at), 0.07, rng.uniform(-0.9, 0.9))
    return tape.samples + drops.samples + reverb(tape.samples * 0.3 + drops.samples, 3.5, rng) * 0.8


def ink(seconds: float) -> Samples:
    """Bowed glass and single piano notes, each of them a drop that falls."""
    rng = np.random.default_rng(2)
    tape, drops = Tape(seconds), Tape(seconds)
    for index, note in enumerate((45, 52, 57, 59, 64, 50, 47)):
        length = seconds * 0.4
        tone = (
            sine(hertz(note + 12), length) + sine(hertz(note + 12.06), length) + saw(hertz(note), length) * 0.15
        ) * envelope(length, 3, 5)
        tape.lay(lowpass(tone, 1600), index * seconds * 0.1, 0.12, (index % 3 - 1) * 0.6)
    for index, at in enumerate(INK_DROPS):
        note = (69, 64, 71, 60, 72, 67, 57, 76)[index % 8]
        drops.lay(felt_piano(hertz(note), 4, 0.7), at, 0.55, (index % 3 - 1) * 0.4)
        drops.lay(sine(hertz(note + 24), 0.25) * decay(0.25, 0.03), at, 0.12)
    return tape.samples + drops.samples + reverb(tape.samples + drops.samples, 4.0, rng, bright_hz=3500) * 0.9


INK_DROPS = (0.8, 3.4, 6.0, 8.2, 10.6, 13.4, 15.4, 18.2, 20.8)
"""When the piano plays, and a drop of ink falls, in seconds."""

ROOM_BEAT = 60 / 110
"""Seconds a beat of the typographic film, which changes its word on the beat."""


def room(seconds: float) -> Samples:
    """A dry little band: a plucked bass, fingers snapping, drums that enter when the words get large."""
    rng = np.random.default_rng(3)
    tape = Tape(seconds)
    beats = int(seconds / ROOM_BEAT) - 3
    line_notes = (33, 45, 40, 43, 36, 48, 43, 40)
    for beat in range(beats):
        at = beat * ROOM_BEAT
        big = 12 <= beat < 24 or beat >= 32
        tape.lay(pluck(hertz(line_notes[beat % 8]), 0.7, rng, bright=0.4), at, 0.5)
        if beat % 2:
            tape.lay(bandpass(snare(420, 0.12, 1.0), 900, 5000), at, 0.5, 0.3)
        if big:
            tape.lay(kick(50, 0.3), at, 0.7)
            tape.lay(hat(0.05), at + ROOM_BEAT / 2, 0.35, -0.3)
            tape.lay(hat(0.04), at + ROOM_BEAT * 0.75, 0.2, 0.4)
        if beat % 4 == 0 and beat >= 4:
            for note in ((57, 60, 64, 67), (53, 57, 60, 64))[beat // 8 % 2]:
                tape.lay(electric_piano(hertz(note), 0.5 if big else 0.25, 0.9), at + ROOM_BEAT * 1.5, 0.16, -0.2)
    tape.lay(
        electric_piano(hertz(57), 2.5) + electric_piano(hertz(69), 2.5) * 0.5 + pluck(hertz(33), 2.5, rng),
        beats * ROOM_BEAT,
        0.4,
    )
    return tape.samples + reverb(tape.samples, 0.7, rng) * 0.25


def lighthouse(seconds: float) -> Samples:
    """Sea, a foghorn with manners, a music box that answers it, and a choir when the boat comes round."""
    rng = np.random.default_rng(4)
    tape, tones = Tape(seconds), Tape(seconds)
    for at in np.arange(0.0, seconds - 2, 3.6):
        wave = swept_lowpass(noise(4.5, rng), line([(0, 200), (1.8, 1900), (4.5, 250)], 4.5)) * envelope(
            4.5, 1.8, 2.6, 2
        )
        tape.lay(wave, float(at), 0.3, rng.uniform(-0.5, 0.5))
    for at in (2.0, 12.0, 31.0):
        tones.lay(lowpass(saw(98, 1.8) + saw(98.7, 1.8), 380) * envelope(1.8, 0.2, 0.4), at, 0.28, -0.2)
    for start in (4.5, 14.0, 19.0, 24.0, 29.0):
        for step, note in enumerate((67, 74, 71, 76, 74, 67)):
            tones.lay(bell(hertz(note), 2), start + step * 0.5, 0.2, (step - 2.5) * 0.25)
    for at, note in ((20, 55), (20, 62), (24, 59), (24, 67), (28, 55), (28, 62), (28, 71)):
        tones.lay(choir(hertz(note), 5, rng, "oo"), at, 0.4, (note - 62) / 12)
    tape.lay(lowpass(noise(seconds, rng), 500) * (0.6 + 0.4 * np.sin(clock(seconds))).astype(np.float32), 0, 0.15)
    return tape.samples + tones.samples + reverb(tones.samples, 2.8, rng, bright_hz=3000) * 0.7
