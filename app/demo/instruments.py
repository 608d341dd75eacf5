"""The instruments of the demo's records: each function plays one note or one stroke, and returns mono samples."""

from functools import lru_cache

import numpy as np

from app.demo.sound import (
    RATE,
    TAU,
    Samples,
    bandpass,
    clock,
    count,
    decay,
    envelope,
    formants,
    highpass,
    lowpass,
    noise,
    saw,
    sine,
    stereo,
)

VOWELS = {
    "ah": ((730.0, 90.0, 1.0), (1090.0, 110.0, 0.5), (2440.0, 170.0, 0.25)),
    "oh": ((500.0, 80.0, 1.0), (850.0, 90.0, 0.45), (2400.0, 170.0, 0.1)),
    "oo": ((320.0, 60.0, 1.0), (800.0, 90.0, 0.25), (2240.0, 170.0, 0.05)),
    "eh": ((530.0, 80.0, 1.0), (1840.0, 120.0, 0.4), (2480.0, 170.0, 0.25)),
    "ee": ((290.0, 60.0, 1.0), (2250.0, 130.0, 0.4), (2990.0, 200.0, 0.3)),
}
"""First three formants of sung vowels, after Peterson and Barney (1952): (centre Hz, width Hz, gain)."""


def pluck(hz: float, seconds: float, rng: np.random.Generator, *, bright: float = 0.5, damp: float = 0.996) -> Samples:
    """A plucked string (Karplus and Strong, 1983), computed one period at a time. ``bright`` is 0–1."""
    period = max(4, round(RATE / hz))
    string = rng.uniform(-1, 1, period).astype(np.float32)
    for _ in range(round((1 - bright) * 6)):
        string = (string + np.roll(string, 1)) * np.float32(0.5)
    rounds = count(seconds) // period + 1
    out = np.empty((rounds, period), np.float32)
    for row in range(rounds):
        out[row] = string
        string = (string + np.roll(string, 1)) * np.float32(0.5 * damp)
    played = out.ravel()[: count(seconds)]
    played -= played.mean()
    played *= envelope(seconds, 0.001, 0.05) / np.float32(max(0.2, bright))
    return played


@lru_cache(maxsize=64)
def electric_piano(hz: float, seconds: float, velocity: float = 0.7) -> Samples:
    """A tine piano by frequency modulation: a soft body and a bell that fades first."""
    at = clock(seconds)
    bell = np.sin(TAU * hz * 14 * at) * np.exp(-at * 9) * 0.35 * velocity
    body = np.sin(TAU * hz * at + 1.1 * velocity * np.exp(-at * 2.2) * np.sin(TAU * hz * at) + bell)
    return (body * np.exp(-at * 1.1)).astype(np.float32) * envelope(seconds, 0.004, 0.12)


@lru_cache(maxsize=96)
def felt_piano(hz: float, seconds: float, velocity: float = 0.6) -> Samples:
    """An upright with felt between hammer and string: stretched partials, high ones dying early, and a thump."""
    at = clock(seconds)
    out = np.zeros(len(at))
    partials = min(11, int(9000 / hz))
    for partial in range(1, partials + 1):
        stretched = partial * hz * np.sqrt(1 + 0.0004 * partial**2)
        loudness = np.exp(-partial * (1.15 - 0.6 * velocity)) * (1.4 if partial == 2 else 1)
        fall = np.exp(-at * (0.55 + 0.45 * partial) * (hz / 261) ** 0.4)
        out += loudness * fall * np.sin(TAU * stretched * at + partial)
    felt = np.random.default_rng(7).standard_normal(count(0.03)) * np.exp(-np.linspace(0, 7, count(0.03)))
    size = min(len(out), len(felt))
    out[:size] += felt[:size] * 0.03
    return (out * velocity).astype(np.float32) * envelope(seconds, 0.004, min(0.3, seconds / 3))


def pad(notes: tuple[float, ...], seconds: float, rng: np.random.Generator, *, voices: int = 3) -> Samples:
    """Detuned sawteeth for a chord of frequencies, spread over left and right; stereo, unfiltered, a second of fade."""
    out = np.zeros((2, count(seconds)), np.float32)
    for hz in notes:
        for voice in range(voices):
            detune = 1 + (voice - (voices - 1) / 2) * 0.0035 + rng.normal(0, 0.0006)
            out += stereo(saw(hz * detune, seconds, rng.random()), pan=(voice / (voices - 1) * 2 - 1) * 0.8)
    return (
        out * envelope(seconds, min(1.0, seconds / 3), min(1.2, seconds / 3)) / np.float32(len(notes) * voices) ** 0.7
    )


def choir(hz: float, seconds: float, rng: np.random.Generator, vowel: str = "ah") -> Samples:
    """Three machines singing one vowel, not quite in tune, with a little breath."""
    buzz = sum(
        (saw(hz * (1 + rng.normal(0, 0.003)), seconds, rng.random()) for _ in range(3)),
        np.zeros(count(seconds), np.float32),
    )
    return formants(buzz + noise(seconds, rng) * 0.1, VOWELS[vowel]) * envelope(seconds, 0.12, 0.25) * np.float32(0.4)


def bell(hz: float, seconds: float) -> Samples:
    """A music box: a tine with the inharmonic partials of a clamped bar."""
    out = np.zeros(count(seconds), np.float32)
    for ratio, loudness in ((1, 1.0), (2.76, 0.35), (5.4, 0.15), (8.9, 0.05)):
        if hz * ratio < RATE / 2.2:
            out += sine(hz * ratio, seconds) * decay(seconds, 0.5 / ratio**0.7) * np.float32(loudness)
    return out


@lru_cache(maxsize=8)
def kick(low: float = 48, seconds: float = 0.4, click: float = 0.4) -> Samples:
    """A bass drum: a tone that falls from some 200 Hz to ``low`` in a blink, and a click."""
    at = clock(seconds)
    phase = low * at + 5.0 * (1 - np.exp(-at * 32))
    body = np.sin(TAU * phase).astype(np.float32) * decay(seconds, seconds / 4)
    stick = lowpass(noise(0.01, np.random.default_rng(1)), 5000) * decay(0.01, 0.002)
    body[: len(stick)] += stick * np.float32(click)
    return body


@lru_cache(maxsize=8)
def snare(tone: float = 190, seconds: float = 0.22, snap: float = 0.8) -> Samples:
    """A snare drum: two short tones under a burst of noise."""
    rng = np.random.default_rng(2)
    skin = (sine(tone, seconds) + sine(tone * 1.48, seconds) * 0.5) * decay(seconds, 0.035)
    return skin * 0.5 + highpass(noise(seconds, rng), 1400) * decay(seconds, seconds / 5) * np.float32(snap * 2)


@lru_cache(maxsize=8)
def hat(seconds: float = 0.06, bright: float = 7000) -> Samples:
    """A hi-hat: high noise; short is closed, long is open."""
    return highpass(noise(seconds, np.random.default_rng(3)), bright) * decay(seconds, seconds / 4)


@lru_cache(maxsize=4)
def clap(seconds: float = 0.25) -> Samples:
    """Hands, four of them, not together."""
    body = bandpass(noise(seconds, np.random.default_rng(4)), 900, 3200)
    shape = np.zeros(len(body), np.float32)
    for start in (0.0, 0.011, 0.021, 0.03):
        burst = decay(seconds, 0.006 if start < 0.03 else 0.045)
        offset = count(start) if start else 0
        shape[offset:] = np.maximum(shape[offset:], burst[: len(shape) - offset])
    return body * shape * np.float32(2.5)


def forget_notes() -> None:
    """Give back the memory of notes kept for repetition; a piece is done."""
    electric_piano.cache_clear()
    felt_piano.cache_clear()


def crackle(seconds: float, rng: np.random.Generator, *, a_second: float = 9) -> Samples:
    """A record that was loved: ticks at random moments over a bed of surface noise."""
    out = np.zeros(count(seconds), np.float32)
    ticks = rng.integers(0, len(out), int(seconds * a_second))
    out[ticks] = rng.normal(0, 0.5, len(ticks)) * rng.random(len(ticks)) ** 3
    return bandpass(out, 900, 9000, 1) * 2 + lowpass(noise(seconds, rng), 900) * np.float32(0.02)
