/** Where a person is in a medium: told to the server while it plays, kept in this browser for strangers. */
import { HttpError, request } from 'lib/http'
import { connection } from 'lib/live-connection'
import { recall, remember } from 'lib/storage'

const KEPT = 100
const NOT_WORTH_RESUMING_MS = 5000
const SPREAD_MS = 1000

/** What tells this page's player from others of the same address, to those who count listeners; kept nowhere. */
const PLAYER = Math.random().toString(36).slice(2)

/** Strangers' positions, newest first. @returns {[string, number][]} */
const localPositions = () => recall('positions', [])

/** @param {string} id @param {number} position_ms 0 forgets it */
function keepLocally(id, position_ms) {
  const others = localPositions().filter(([other]) => other !== id)
  remember('positions', position_ms ? [[id, position_ms], ...others].slice(0, KEPT) : others)
}

/** Signed-in people's positions come from the server alone, so that clearing them there clears them here. */
const isSignedIn = () => document.body.hasAttribute('data-signed-in')

/**
 * Where to start when a person asks for a medium.
 *
 * @param {import('lib/playback').Playback} description
 * @returns {number} milliseconds; 0 near both ends
 */
export function resumeAt(description) {
  const local = isSignedIn() ? 0 : localPositions().find(([id]) => id === description.public_id)?.[1] ?? 0
  const position_ms = description.position_ms || local
  const end_ms = description.duration_ms - Math.min(10_000, description.duration_ms * 0.05)
  return position_ms < NOT_WORTH_RESUMING_MS || position_ms > end_ms ? 0 : position_ms
}

/** Reports one media element's position for one description, until stopped. */
export class PositionKeeper {
  #stop = new AbortController()
  #told_ms = -1

  /**
   * @param {import('lib/playback').Playback} description
   * @param {() => HTMLMediaElement} element the element that plays it now
   * @param {(sentence: string) => void} onAccessEnded the server answered that this viewer may not any more
   */
  constructor(description, element, onAccessEnded) {
    this.description = description
    this.element = element
    this.onAccessEnded = onAccessEnded
    const { signal } = this.#stop
    const beat = setInterval(() => !element().paused && this.tell(), description.heartbeat_ms || 10_000)
    signal.addEventListener('abort', () => clearInterval(beat))
    if (element().paused) element().addEventListener('playing', () => this.#listen(), { signal, once: true })
    else this.#listen()
    window.addEventListener('pagehide', () => this.tell({ last: true, gone: true }), { signal })
    document.addEventListener('visibilitychange', () => document.hidden && this.tell({ last: true }), { signal })
  }

  /** From the first sound on, hear at once of a change: an access that ends does not wait for the next report. */
  #listen() {
    this.element().addEventListener('pause', () => void this.tell({ asked: true }), { signal: this.#stop.signal })
    const secret = new URL(this.description.position_url, location.href).searchParams.get('s') ?? ''
    // Not all of a medium's listeners in the same moment.
    const ask = () => window.setTimeout(() => void this.tell({ asked: true }), Math.random() * SPREAD_MS)
    connection.listen(`making:${this.description.public_id}`, secret, ask, this.#stop.signal)
  }

  /**
   * Report now.
   *
   * @param {{finished?: boolean, last?: boolean, asked?: boolean, gone?: boolean}} [how] `last`: the page may be gone before the answer; `asked`: even if nothing moved; `gone`: nobody listens here any more
   */
  async tell({ finished = false, last = false, asked = false, gone = false } = {}) {
    if (this.#stop.signal.aborted) return
    const position_ms = Math.round(this.element().currentTime * 1000)
    if (position_ms === this.#told_ms && !finished && !asked && this.element().paused) return
    this.#told_ms = position_ms
    const playing = !this.element().paused && !finished && !gone
    if (!isSignedIn()) keepLocally(this.description.public_id, finished ? 0 : position_ms)
    try {
      await request(this.description.position_url, { method: 'POST', body: { position_ms, finished, playing, player: PLAYER }, keepalive: last })
    } catch (error) {
      // Only a plain "no" ends the playing; a lost network shows soon enough in the medium itself.
      if (error instanceof HttpError && [404, 410].includes(error.status) && !this.#stop.signal.aborted) {
        this.stop()
        this.onAccessEnded(error.status === 410 ? error.message : 'This is no longer open to you, so it stopped.')
      }
    }
  }

  /** Say goodbye to the medium. */
  stop() {
    this.#stop.abort()
  }
}
