/**
 * Two audio elements that take turns, so that the next item is already there when one ends.
 */
import { levelling, setLevel, wake } from 'lib/level'

const RELAYED = ['timeupdate', 'play', 'pause', 'playing', 'waiting', 'ended', 'error', 'durationchange', 'seeked', 'progress', 'volumechange']

/** @typedef {{gain_db: number, one_origin?: boolean}} Loudness of a playback description */

export class AudioEngine extends EventTarget {
  #active = new Audio()
  #standby = new Audio()
  /** @type {WeakMap<HTMLAudioElement, Loudness>} */
  #loudness = new WeakMap()
  #volume = 1
  #fade = 1
  #rate = 1

  /** @param {Element} host the place in the page, outside of everything that is swapped, where the sounding element lives */
  constructor(host) {
    super()
    for (const element of [this.#active, this.#standby]) {
      element.preload = 'auto'
      for (const type of RELAYED) {
        element.addEventListener(type, () => element === this.#active && this.dispatchEvent(new Event(type)))
      }
    }
    host.append(this.#active)
    levelling.changed(() => this.#level())
  }

  /** The element that sounds. */
  get element() {
    return this.#active
  }

  /** Let later calls of play() through on browsers that ask for a gesture per element: call this inside one. */
  unlock() {
    for (const element of [this.#active, this.#standby]) if (!element.src) element.load()
  }

  /** @param {HTMLAudioElement} element @param {string} url @param {Loudness} loudness */
  #point(element, url, loudness) {
    this.#loudness.set(element, loudness)
    element.src = url
    element.defaultPlaybackRate = this.#rate
    element.playbackRate = this.#rate
    this.#level()
  }

  /** @param {string} url @param {Loudness} loudness @param {number} [at_s] */
  load(url, loudness, at_s = 0) {
    this.#fade = 1
    this.#point(this.#active, url, loudness)
    if (at_s > 0) this.#active.currentTime = at_s
  }

  /** Fetch what comes next, silently. @param {string} url @param {Loudness} loudness */
  prepare(url, loudness) {
    this.#point(this.#standby, url, loudness)
    this.#standby.load()
  }

  /** Let the prepared element take over from the start. */
  handOver() {
    const [ended, next] = [this.#active, this.#standby]
    this.#active = next
    this.#standby = ended
    next.muted = ended.muted
    this.#level()
    ended.replaceWith(next)
    ended.pause()
    ended.removeAttribute('src')
  }

  play() {
    wake()
    this.#level()
    return this.#active.play()
  }

  pause() {
    this.#active.pause()
  }

  /** @param {number} seconds */
  seek(seconds) {
    this.#active.currentTime = Math.max(0, Math.min(seconds, Number.isFinite(this.#active.duration) ? this.#active.duration : seconds))
  }

  /** Forget the medium and fall silent. */
  unload() {
    this.#active.pause()
    this.#active.removeAttribute('src')
    this.#active.load()
  }

  get volume() {
    return this.#volume
  }

  set volume(value) {
    this.#volume = Math.min(1, Math.max(0, value))
    this.#level()
    this.dispatchEvent(new Event('volumechange'))
  }

  get muted() {
    return this.#active.muted
  }

  set muted(value) {
    this.#active.muted = value
  }

  get rate() {
    return this.#rate
  }

  set rate(value) {
    this.#rate = value
    this.#active.playbackRate = value
    this.#active.defaultPlaybackRate = value
  }

  /** How much of the volume is left while a sleep timer fades, 0–1. @param {number} factor */
  set fade(factor) {
    this.#fade = factor
    this.#level()
  }

  #level() {
    const { gain_db = 0, one_origin = false } = this.#loudness.get(this.#active) ?? {}
    // The ear hears loudness by ratios: squaring makes the lower half of the slider useful.
    setLevel(this.#active, this.#volume ** 2 * this.#fade, gain_db, one_origin)
  }
}
