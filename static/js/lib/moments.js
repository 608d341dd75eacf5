/** The comments of one medium along its time: fetched once, then kept up to date over the socket. */
import { request } from 'lib/http'
import { connection } from 'lib/live-connection'

/** @typedef {{id: string, at_ms: number, text: string, name: string, username: string, avatar: string|null}} Moment */

/** Fires `change` when there are others. */
export class Moments extends EventTarget {
  /** @type {Moment[]} in the order of their moments */
  comments = []
  /** @type {number[]} how many there are in each stretch of the time */
  bars = []
  #url
  #newest = ''

  /** @param {string} url @param {AbortSignal} signal until then */
  constructor(url, signal) {
    super()
    this.#url = url
    void this.#begin(signal)
  }

  /** @param {AbortSignal} signal */
  async #begin(signal) {
    try {
      const said = await request(this.#url, { signal })
      this.bars = said.bars
      this.#newest = said.newest
      this.#add(said.comments, said.duration_ms)
      const secret = new URL(this.#url, location.href).searchParams.get('s') ?? ''
      connection.listen(said.topic, secret, () => void this.#look(said.duration_ms, signal), signal)
    } catch {
      // Without them everything plays as well.
    }
  }

  /** @param {number} duration_ms @param {AbortSignal} signal */
  async #look(duration_ms, signal) {
    try {
      const said = await request(`${this.#url}${this.#url.includes('?') ? '&' : '?'}since=${this.#newest}`, { signal })
      this.#newest = said.newest
      for (const { at_ms } of said.comments) this.bars[Math.min(this.bars.length - 1, Math.floor(at_ms * this.bars.length / (duration_ms + 1)))] += 1
      if (said.comments.length) this.#add(said.comments, duration_ms)
    } catch {
      // The next one is told of again.
    }
  }

  /** @param {Moment[]} more @param {number} duration_ms */
  #add(more, duration_ms) {
    const known = new Set(this.comments.map(({ id }) => id))
    this.comments = [...this.comments, ...more.filter(({ id, at_ms }) => !known.has(id) && at_ms <= duration_ms)].sort((one, other) => one.at_ms - other.at_ms)
    this.dispatchEvent(new Event('change'))
  }
}

/** A person's picture, or the first letter of their name. @param {Moment} moment */
export function face({ avatar, name }) {
  const element = document.createElement('span')
  element.className = 'avatar avatar--small'
  if (avatar) element.append(Object.assign(new Image(32, 32), { src: avatar, alt: '', loading: 'lazy', decoding: 'async' }))
  else element.textContent = [...name][0]?.toUpperCase() ?? '?'
  return element
}

/** How many comments there are where, as a closed shape for a box of 400 by 100. @param {number[]} bars */
export function densityPath(bars) {
  const most = Math.max(...bars, 1)
  const width = 400 / bars.length
  return bars.map((count, place) => (count ? `M${(place * width).toFixed(1)} 100v-${Math.max(8, 100 * count / most).toFixed(0)}h${(width * 0.8).toFixed(1)}V100z` : '')).join('')
}
