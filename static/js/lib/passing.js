/** Comments that are shown as they pass: for a few seconds, above the playhead, while it plays. Nobody has them read out. */
import { face } from 'lib/moments'
import { recall } from 'lib/storage'

const SHOWN_MS = 4500
const LEAP_S = 2

export class Passing {
  #moments
  #last_s = -1
  #timer = 0
  #bubble = document.createElement('p')

  /** @param {HTMLElement} place where it is put @param {import('lib/moments').Moments} moments @param {AbortSignal} signal */
  constructor(place, moments, signal) {
    this.#moments = moments
    this.#bubble.className = 'passing'
    this.#bubble.setAttribute('aria-hidden', 'true')
    this.#bubble.hidden = true
    place.append(this.#bubble)
    signal.addEventListener('abort', () => {
      clearTimeout(this.#timer)
      this.#bubble.remove()
    })
  }

  /** The time moved on. @param {number} now_s @param {boolean} playing */
  tell(now_s, playing) {
    const from_s = this.#last_s
    this.#last_s = now_s
    if (!playing || now_s <= from_s || now_s - from_s > LEAP_S || !recall('passing', true)) return
    const passed = this.#moments.comments.findLast(({ at_ms }) => at_ms / 1000 > from_s && at_ms / 1000 <= now_s)
    if (passed) this.show(passed, SHOWN_MS)
  }

  /** @param {import('lib/moments').Moment} moment @param {number} [for_ms] for ever by default */
  show(moment, for_ms = 0) {
    clearTimeout(this.#timer)
    const [name, words] = ['b', 'span'].map((tag) => document.createElement(tag))
    name.textContent = moment.name
    name.dir = words.dir = 'auto'
    words.textContent = moment.text
    this.#bubble.replaceChildren(face(moment), name, words)
    this.#bubble.dataset.of = moment.id
    this.#bubble.hidden = false
    if (for_ms) this.#timer = window.setTimeout(() => this.hide(), for_ms)
  }

  hide() { this.#bubble.hidden = true }

  /** Where it stands, as a share of the time. @param {number} share */
  moveTo(share) { this.#bubble.style.setProperty('--at', String(Math.min(0.85, Math.max(0.02, share)))) }
}
