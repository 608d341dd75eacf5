"""The records of Kessel Nord: machines, motorways, freight. Each function returns a mix, stereo, not yet mastered."""

import numpy as np

from app.demo.instruments import choir, clap, hat, kick, pad, pluck, snare
from app.demo.sound import (
    RATE,
    Samples,
    Tape,
    bandpass,
    blend,
    clock,
    count,
    drive,
    echo,
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


def duck(seconds: float, beats: list[float], depth: float) -> Samples:
    """The gain of a compressor that a kick drum at each of ``beats`` (seconds) pushes down."""
    dip = 1 - np.float32(depth) * np.exp(-clock(0.35) * 11).astype(np.float32)
    gain = np.ones(count(seconds), np.float32)
    for at in beats:
        start = count(at) if at else 0
        stretch = gain[start : start + len(dip)]
        stretch *= dip[: len(stretch)]
    return gain


def freight_yard(seconds: float) -> Samples:
    """Dub techno at 122: two chords in a tunnel, a bass below, a break in which the train is late."""
    rng = np.random.default_rng(122)
    beat = 60 / 122
    bar = 4 * beat
    drums, stabs, low, air = Tape(seconds), Tape(seconds), Tape(seconds), Tape(seconds)
    stab_cutoff = line(
        [(0, 300), (8 * bar, 700), (20 * bar, 1500), (27 * bar, 3400), (29 * bar, 900), (44 * bar, 420)], seconds
    )
    chords = [tuple(hertz(note) for note in notes) for notes in ((45, 57, 60, 64, 67, 71), (41, 57, 60, 64, 69, 72))]
    raw = [pad(chord, 0.34, rng) for chord in chords]
    dry = Tape(seconds)
    for index in range(int(seconds / bar) * 2):
        start = index * bar / 2
        for offset in (0.75, 1.5) if index % 4 == 3 else (0.75,):
            at = start + offset * beat
            if at < seconds - 3:
                dry.lay(raw[(index // 4) % 2], at, 0.5 + 0.2 * rng.random())
    dry.samples += echo(dry.samples, 0.75 * beat, 0.62, 9)
    stabs.samples = np.stack([swept_lowpass(side, stab_cutoff, 1.5) for side in dry.samples])
    del dry
    kicks = [b * beat for b in range(int(seconds / beat)) if 32 <= b < 108 or 124 <= b < 164]
    for at in kicks:
        drums.lay(kick(46, 0.42, 0.25), at, 0.95)
    _shift_drums(drums, seconds, beat, rng)
    _shift_bass(low, beat)
    weather = lowpass(noise(seconds, rng), 1800) * line(
        [(0, 0.5), (8 * bar, 0.2), (27 * bar, 0.6), (31 * bar, 0.12), (seconds, 0.5)], seconds
    )
    air.lay(weather * (0.75 + 0.25 * np.sin(2 * np.pi * clock(seconds) / 11)).astype(np.float32), 0, 0.22)
    for at in (0.0, 27 * bar + beat, 41 * bar):
        air.lay(reverb(_far_horn(), 3.5, rng, bright_hz=1500), at, 0.22)
    wet = reverb(blend((stabs.samples, 0.7), (drums.samples, 0.05)), 2.8, rng, bright_hz=3500)
    music = blend((stabs.samples, 0.75), (wet, 0.55), (low.samples, 1))
    music *= duck(seconds, kicks, 0.6)
    return blend((music, 1), (drums.samples, 1), (air.samples, 1))


def _shift_drums(drums: Tape, seconds: float, beat: float, rng: np.random.Generator) -> None:
    """Everything but the bass drum: hats from the seventh bar, hands and a tin can later, open hats after the break."""
    for step in range(int(seconds / beat * 4)):
        at, bar_number = step * beat / 4, step // 16
        if bar_number in range(6, 28) or bar_number in range(29, 42):
            drums.lay(hat(0.05), at, 0.16 + 0.1 * (step % 4 == 2), 0.25)
        if bar_number in range(12, 27) and step % 8 == 4:
            drums.lay(clap(), at, 0.16, -0.1)
        if bar_number in range(16, 41) and step % 16 in {3, 11, 14} and rng.random() < 0.7:
            drums.lay(bandpass(hat(0.12, 3000), 2500, 6000), at, 0.3, -0.5)
        if bar_number in range(31, 41) and step % 4 == 2:
            drums.lay(hat(0.2), at, 0.2, 0.1)


def _shift_bass(low: Tape, beat: float) -> None:
    """Four notes a bar from the fifteenth on, two bars a root; none while the train is late."""
    for index, bar_number in enumerate(number for number in range(14, 41) if number not in range(27, 31)):
        root = 33 if index % 4 < 2 else 29
        for offset, length, shift in ((0.5, 0.6, 0), (1.75, 0.4, 0), (2.5, 0.9, 12), (3.5, 0.3, 7)):
            hz = hertz(root + shift)
            note = lowpass(saw(hz, length * beat) + sine(hz, length * beat) * 1.5, 240)
            low.lay(note * envelope(length * beat, 0.008, 0.08), (bar_number * 4 + offset) * beat, 0.3)


def _far_horn() -> Samples:
    """A locomotive, two valleys away."""
    tone = sum((saw(hertz(note), 2.2) for note in (50, 53, 57)), np.zeros(count(2.2), np.float32))
    tape = Tape(6.0)
    tape.lay(lowpass(tone, 500) * envelope(2.2, 0.3, 0.9), 0.1, 0.25, 0.4)
    return tape.samples


def motorway(seconds: float) -> Samples:
    """Krautrock at 144: motorik drums, one bass note with opinions, two guitars, a singing machine."""
    rng = np.random.default_rng(144)
    beat = 60 / 144
    bar = 4 * beat
    bars = int(seconds / bar)
    roadworks = range(22, 28)
    drums, low, strings, lead, voices = (Tape(seconds) for _ in range(5))
    for number in range(2, bars - 1):
        start = number * bar
        _motorik(drums, start, beat, sparse=number in roadworks, fill=number % 8 == 7)
        root = 40 if (number // 4) % 2 == 0 or number in roadworks else 45
        if number >= 4:
            _drive_bass(low, start, beat, root, number, sparse=number in roadworks)
        if number >= 6 and number not in roadworks:
            _strum(strings, start, beat, root, number, rng)
    _drive_lead(lead, [number for number in range(12, bars - 4, 2) if number not in roadworks], beat)
    cutoff = line(
        [(0, 600), (12 * bar, 900), (21 * bar, 4200), (28 * bar, 1200), (44 * bar, 5200), (seconds, 700)], seconds
    )
    lead.samples = np.stack([swept_lowpass(side, cutoff, 1.2) for side in lead.samples])
    for number in (*range(22, 28, 2), *range(36, bars - 2, 4)):
        for offset, note, vowel in ((0, 52, "ah"), (0, 59, "ah"), (4, 55, "oh"), (4, 64, "oh")):
            if number * bar + offset * beat < seconds - 4:
                voices.lay(
                    choir(hertz(note), 3.8 * beat, rng, vowel), number * bar + offset * beat, 0.5, (note - 58) / 9
                )
    for at in np.arange(0.5, seconds, 9.3):
        car = lowpass(noise(3.4, rng), 900) * envelope(3.4, 1.5, 1.9, 2)
        sweep = line([(0, -1), (3.4, 1)], 3.4) * (1 if rng.random() < 0.5 else -1)
        low.lay(np.stack([car * np.sqrt((1 - sweep) / 2), car * np.sqrt((1 + sweep) / 2)]), float(at), 0.35)
    lead.samples += echo(lead.samples, 0.75 * beat, 0.5, 4)
    sent = blend((voices.samples, 1), (lead.samples, 0.4), (drums.samples, 0.12), (strings.samples, 0.3))
    wet = reverb(sent, 1.8, rng)
    mix = blend(
        (drums.samples, 0.9),
        (low.samples, 1),
        (strings.samples, 1),
        (lead.samples, 1),
        (voices.samples, 0.8),
        (wet, 0.5),
    )
    mix *= line(
        [(0, 0.2), (3 * bar, 0.8), (6 * bar, 1), (seconds - 7, 1), (seconds - 0.3, 0.05), (seconds, 0)], seconds
    )
    return mix


def _drive_bass(low: Tape, start: float, beat: float, root: int, number: int, *, sparse: bool) -> None:
    for eighth in range(0, 8, 2 if sparse else 1):
        hz = hertz(root - 12 + (12 if eighth in {3, 6} else 0) + (-2 if eighth == 7 and number % 4 == 3 else 0))
        tone = drive(lowpass(saw(hz, beat * 0.46) * envelope(beat * 0.46, 0.004, 0.05), 700), 1.8)
        low.lay(tone, start + eighth * beat / 2, 0.3)


def _drive_lead(lead: Tape, on_bars: list[int], beat: float) -> None:
    tune = (64, 67, 71, 74, 76, 74, 71, 69)
    for index, number in enumerate(on_bars):
        for step in range(2 + index % 3):
            hz = hertz(tune[(index * 3 + step * 2) % 8])
            glide = np.cumsum(hz * (1 - 0.06 * np.exp(-clock(1.5 * beat) * 18)) / RATE)
            tone = ((glide % 1) * 2 - 1).astype(np.float32) * envelope(1.5 * beat, 0.02, 0.2)
            lead.lay(tone, (number * 4 + 1 + step * 1.5) * beat, 0.16, 0.3)


def _motorik(drums: Tape, start: float, beat: float, *, sparse: bool, fill: bool) -> None:
    for eighth in range(8):
        at = start + eighth * beat / 2
        drums.lay(hat(0.05, 6000), at, 0.2 if eighth % 2 else 0.3, 0.3)
        if eighth in {0, 3, 4, 7} and not (sparse and eighth in {3, 7}):
            drums.lay(kick(56, 0.3, 0.6), at, 0.75)
        if eighth in {2, 6} and not sparse:
            drums.lay(snare(), at, 0.42, -0.1)
    if fill:
        for sixteenth in range(4):
            drums.lay(
                snare(150 - sixteenth * 14, 0.2, 0.6), start + (3 + sixteenth / 4) * beat, 0.3 + 0.05 * sixteenth, 0.1
            )


def _strum(strings: Tape, start: float, beat: float, root: int, number: int, rng: np.random.Generator) -> None:
    shape = (12, 19, 24, 28 if root == 45 else 27)
    for offset in (0, 1.5, 3) if number % 2 else (0, 1.5, 2.5, 3.5):
        for string, interval in enumerate(shape):
            tone = pluck(hertz(root + interval), 0.9, rng, bright=0.75, damp=0.992)
            strings.lay(tone, start + offset * beat + string * 0.009, 0.055, -0.6 if offset in {0, 3} else 0.6)
