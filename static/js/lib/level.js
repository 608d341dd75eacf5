/**
 * Equal loudness: the gain that was measured when a medium was made (EBU R128, to -14 LUFS, true peak below -1 dB).
 *
 * What is too loud is turned down by its element's own volume. What is too quiet is turned up by WebAudio, and only
 * where that cannot cost the sound: after a gesture, with a context that runs, for bytes of this origin (others come out
 * of WebAudio as silence). Elsewhere a quiet one rises as far as the listener's volume leaves room.
 */
import { recall, remember } from 'lib/storage'

const KEY = 'level-loudness'
const changes = new EventTarget()
/** @type {AudioContext|null} */
let context = null
/** @type {WeakMap<HTMLMediaElement, GainNode>} */
const boosters = new WeakMap()
/** @type {Map<HTMLMediaElement, () => void>} What is to be set again when the context has begun to run. */
const waiting = new Map()

/** @param {number} db @returns {number} the factor for an amplitude */
const amplitude = (db) => 10 ** (db / 20)

/** Whether all media are to sound equally loud; the listener's choice, kept. */
export const levelling = {
  get on() {
    return Boolean(recall(KEY, true))
  },
  set on(value) {
    remember(KEY, value)
    changes.dispatchEvent(new Event('change'))
  },
  /** @param {() => void} act @param {AbortSignal} [signal] */
  changed: (act, signal) => changes.addEventListener('change', act, { signal }),
}

/** Let what was boosted before go on sounding: call this where playing begins. */
export function wake() {
  if (context && context.state !== 'running') void context.resume().catch(() => undefined)
}

/**
 * Set how loud an element is.
 *
 * @param {HTMLMediaElement} element
 * @param {number} volume what the listener wants of it, 0–1
 * @param {number} gain_db
 * @param {boolean} ours its bytes come from this origin, or from a script
 */
export function setLevel(element, volume, gain_db, ours) {
  const factor = levelling.on ? amplitude(gain_db) : 1
  waiting.delete(element)
  const booster = boosters.get(element) ?? (factor > 1 && ours ? boosterFor(element, () => setLevel(element, volume, gain_db, ours)) : null)
  if (booster) booster.gain.value = Math.max(1, factor)
  element.volume = Math.min(1, booster ? volume * Math.min(1, factor) : volume * factor)
}

/** @param {HTMLMediaElement} element @param {() => void} again @returns {GainNode|null} null for now, or for good */
function boosterFor(element, again) {
  if (!window.AudioContext || navigator.userActivation?.hasBeenActive === false) return null
  if (!context) {
    context = new AudioContext({ latencyHint: 'playback' })
    context.addEventListener('statechange', () => {
      if (context?.state === 'running') for (const each of [...waiting.values()]) each()
    })
  }
  if (context.state !== 'running') {
    waiting.set(element, again)
    wake()
    return null
  }
  const booster = context.createGain()
  context.createMediaElementSource(element).connect(booster).connect(context.destination)
  boosters.set(element, booster)
  return booster
}
