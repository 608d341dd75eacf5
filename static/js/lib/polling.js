/** When to look without being told: where there is no socket, and never while the browser is offline. */

const POLL_MS = 2000
const POLLS_A_LISTENER = 2
const POLLS_A_RARE_ONE = 15

/** Gives turns: to elements every 2 s, to scripts every 4 s, and every 30 s to one of the elements with `data-live-rarely`. */
export class Polling {
  #look
  #timer = 0
  #polls = 0
  #isBehind = false

  /** @param {(isTurn: (who: unknown) => boolean) => void} look tells whoever has their turn */
  constructor(look) {
    this.#look = look
  }

  /** Begin, unless it goes on already. */
  start() {
    if (!this.#timer) this.#timer = window.setInterval(() => this.#turn(), POLL_MS)
  }

  /** End; whoever ends it tells everybody once. */
  stop() {
    clearInterval(this.#timer)
    this.#timer = 0
    this.#isBehind = false
  }

  #turn() {
    if (!navigator.onLine) {
      this.#isBehind = true
      return
    }
    const isEverybody = this.#isBehind
    this.#isBehind = false
    this.#polls += 1
    const rare = this.#rareOne()
    this.#look((who) => {
      if (isEverybody) return true
      if (who instanceof Element) return who === rare || !who.hasAttribute('data-live-rarely')
      return this.#polls % POLLS_A_LISTENER === 0
    })
  }

  /** One after the other, so that a page with several asks as seldom as one with one. */
  #rareOne() {
    if (this.#polls % POLLS_A_RARE_ONE) return null
    const all = document.querySelectorAll('[data-live-rarely]')
    return all[this.#polls / POLLS_A_RARE_ONE % all.length]
  }
}
