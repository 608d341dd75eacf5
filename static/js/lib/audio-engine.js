/**
 * Two audio elements that take turns, so that the next item is already there when one ends.
 *
 * Levels are matched by scaling the element's volume, never above 1: routing through WebAudio would silence the page
 * in the background on iOS and needs a gesture before the first sound. So media that are too loud come down to the
 * common level, and quiet ones rise only as far as the listener's volume leaves room.
 */

const RELAYED = ['timeupdate', 'play', 'pause', 'playing', 'waiting', 'ended', 'error', 'durationchange', 'seeked', 'progress', 'volumechange']

/** @param {number} db @returns {number} the factor for an amplitude */
const amplitude = (db) => 10 ** (db / 20)

export class AudioEngine extends EventTarget {
  #active = new Audio()
  #standby = new Audio()
  /** @type {WeakMap<HTMLAudioElement, number>} */
  #gains = new WeakMap()
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
  }

  /** The element that sounds. */
  get element() {
    return this.#active
  }

  /** Let later calls of play() through on browsers that ask for a gesture per element: call this inside one. */
  unlock() {
    for (const element of [this.#active, this.#standby]) if (!element.src) element.load()
  }

  /** @param {HTMLAudioElement} element @param {string} url @param {number} gain_db */
  #point(element, url, gain_db) {
    this.#gains.set(element, amplitude(gain_db))
    element.src = url
    element.defaultPlaybackRate = this.#rate
    element.playbackRate = this.#rate
    this.#level()
  }

  /** @param {string} url @param {{at_s?: number, gain_db?: number}} [options] */
  load(url, { at_s = 0, gain_db = 0 } = {}) {
    this.#fade = 1
    this.#point(this.#active, url, gain_db)
    if (at_s > 0) this.#active.currentTime = at_s
  }

  /** Fetch what comes next, silently. @param {string} url @param {number} gain_db */
  prepare(url, gain_db) {
    this.#point(this.#standby, url, gain_db)
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
    const gain = this.#gains.get(this.#active) ?? 1
    // The ear hears loudness by ratios: squaring makes the lower half of the slider useful.
    this.#active.volume = Math.min(1, this.#volume ** 2 * gain * this.#fade)
  }
}
