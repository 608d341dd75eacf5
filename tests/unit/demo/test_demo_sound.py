"""The synthesiser: the same bytes each time, loud as told, and Morse that can be read."""

from itertools import pairwise

import numpy as np
import pytest

from app.demo import morse
from app.demo.instruments import bell, felt_piano, kick, pluck
from app.demo.mastering import loudness_lufs, master, to_pcm
from app.demo.records_night import GALE_SECONDS
from app.demo.records_night import test_transmission as transmission
from app.demo.sound import (
    RATE,
    Tape,
    bandpass,
    blend,
    count,
    echo,
    hertz,
    lowpass,
    noise,
    reverb,
    saw,
    sine,
    stereo,
    swept_lowpass,
)


def level(signal: np.ndarray) -> float:
    return float(np.sqrt(np.mean(np.square(signal))))


def test_a_piece_sounds_the_same_each_time() -> None:
    first, second = (to_pcm(master(transmission(4.0), target_lufs=-18)) for _ in range(2))
    assert first == second
    assert len(first) == 4 * RATE * 2 * 2


def test_mastering_reaches_the_loudness_without_clipping() -> None:
    tape = Tape(6.0)
    for beat in range(12):
        tape.lay(kick(), beat * 0.5)
        tape.lay(pluck(hertz(57), 0.4, np.random.default_rng(beat)), beat * 0.5 + 0.25, 0.6, 0.5)
    mastered = master(tape.samples, target_lufs=-14)
    assert loudness_lufs(mastered) == pytest.approx(-14, abs=0.7)
    assert np.abs(mastered).max() <= 10 ** (-2.5 / 20) + 1e-6


def test_the_meter_reads_minus_3_lufs_for_a_full_scale_tone_at_1_khz_on_one_side() -> None:
    """ITU-R BS.1770: a 997 Hz sine at 0 dBFS on one channel reads -3.01 LKFS."""
    assert loudness_lufs(np.stack([sine(997, 5), np.zeros(count(5), np.float32)])) == pytest.approx(-3.01, abs=0.1)
    assert loudness_lufs(np.zeros((2, RATE), np.float32)) == -70


def test_oscillators_are_in_tune() -> None:
    for wave in (sine(440, 2), saw(440, 2), felt_piano(440, 2), bell(440, 2)):
        spectrum = np.abs(np.fft.rfft(wave))
        assert np.argmax(spectrum) / 2 == pytest.approx(440, abs=1)


def test_filters_keep_what_they_say() -> None:
    low, high = sine(200, 1), sine(5000, 1)
    assert level(lowpass(low + high, 1000, 4) - low) < 0.02
    assert level(bandpass(low, 3000, 8000)) < 0.02
    swept = swept_lowpass(low + high, np.full(RATE, 800, np.float32))[2048:-2048]
    assert level(swept - low[2048:-2048]) < 0.05


def test_rooms_and_echoes_follow_the_sound() -> None:
    tape = Tape(2.0)
    tape.lay(noise(0.05, np.random.default_rng(1)), 0.5)
    for wet in (echo(tape.samples, 0.25, 0.5, 3), reverb(tape.samples, 1.0, np.random.default_rng(2))):
        assert level(wet[:, : count(0.5)]) < 1e-3 < level(wet[:, count(0.8) : count(1.2)])


def test_a_tape_cuts_what_does_not_fit() -> None:
    tape = Tape(1.0)
    tape.lay(np.ones(RATE, np.float32), 0.5, pan=-1)
    tape.lay(stereo(np.ones(RATE, np.float32), 1), -0.75)
    assert tape.samples.shape == (2, RATE)
    assert tape.samples[0, -1] == pytest.approx(1)
    assert tape.samples[1, count(0.2)] == pytest.approx(1)
    assert tape.samples[1, count(0.3)] == pytest.approx(0, abs=1e-6)
    assert blend((tape.samples, 0.5), (tape.samples, 0.5)) == pytest.approx(tape.samples)


def test_the_radio_play_can_be_read_from_its_sound() -> None:
    """Measure the tone of every message in units, and look the signs up again."""
    signs = {code: letter for letter, code in morse.ALPHABET.items()}
    for message in {line.morse for line in morse.PLAY}:
        tone = morse.send(message, 660)
        unit = count(morse.UNIT)
        middles = range(unit // 2, len(tone), unit)
        heard = [level(tone[middle - unit // 4 : middle + unit // 4]) > 0.2 for middle in middles]
        line = "".join("1" if on else "0" for on in heard).strip("0")
        words = [
            "".join(signs[sign.replace("111", "-").replace("1", ".").replace("0", "")] for sign in word.split("000"))
            for word in line.split("0" * 7)
        ]
        assert " ".join(words) == message


def test_the_radio_play_ends_in_time() -> None:
    spans = morse.schedule()
    assert all(first[1] < second[0] for first, second in pairwise(spans))
    assert spans[-1][1] < GALE_SECONDS - 3
