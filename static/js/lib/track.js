/** One visit to one medium: its description, its place on the engine, its reports, and what happens when the network goes. */
import { elementHandlers, present } from 'lib/media-session'
import { describe } from 'lib/playback'
import { PositionKeeper, resumeAt } from 'lib/position'
import { retry, UNPLAYABLE } from 'lib/recovery'

const MOST_FAILURES = 4

export class Track {
  /** @type {import('lib/playback').Playback|null} null until it is known */
  description = null
  #visit = new AbortController()
  #failures = 0
  /** @type {PositionKeeper|null} */
  #keeper = null

  /** @param {import('lib/queue').QueueItem} item @param {import('lib/audio-engine').AudioEngine} engine @param {import('lib/player').Player} player */
  constructor(item, engine, player) {
    this.item = item
    this.engine = engine
    this.player = player
    const { signal } = this.#visit
    engine.addEventListener('pause', () => void this.#keeper?.tell(), { signal })
    engine.addEventListener('error', () => void this.#failed(), { signal })
    // A set may have it stop before its end.
    if (item.until_s) engine.addEventListener('timeupdate', () => this.description && engine.element.currentTime >= Number(item.until_s) && void player.finish(), { signal })
  }

  /** Ask about the medium and load it. @param {{at_s?: number, resume: boolean}} how @returns {Promise<boolean>} true when it can play */
  async open({ at_s, resume }) {
    const description = await this.#ask()
    if (!description) return false
    if (description.kind === 'video') {
      location.assign(description.url)
      return false
    }
    if (!description.progressive) {
      this.player.stop('This is still being made. Try again in a moment.')
      return false
    }
    const start_s = at_s ?? (this.item.from_s || null) ?? (resume || description.realm === 'voice' ? resumeAt(description) / 1000 : 0)
    this.engine.load(description.progressive, description, start_s)
    this.adopt(description)
    return true
  }

  /** The engine plays this now. @param {import('lib/playback').Playback} description */
  adopt(description) {
    this.description = description
    const element = () => this.engine.element
    this.#keeper = new PositionKeeper(description, element, (sentence) => this.player.stop(sentence))
    present(description, {
      ...elementHandlers(element),
      previoustrack: () => this.player.previous(),
      nexttrack: () => this.player.next(),
    })
    this.player.changed({ sentence: '' })
  }

  /** Leave the medium, with a last report. @param {{finished?: boolean}} [how] */
  leave({ finished = false } = {}) {
    void this.#keeper?.tell({ finished })
    this.#keeper?.stop()
    this.#visit.abort()
  }

  /** @param {number} [first] how often it failed before @returns {Promise<import('lib/playback').Playback|null>} */
  async #ask(first = 0) {
    const { signal } = this.#visit
    try {
      const tell = (/** @type {string} */ sentence) => this.player.changed({ sentence, waiting: true })
      const description = await retry(() => describe(this.item.playback, signal), { signal, first, tell })
      return signal.aborted ? null : description
    } catch (error) {
      if (!signal.aborted) this.player.stop(error instanceof Error ? error.message : UNPLAYABLE)
      return null
    }
  }

  /** The element gave up: ask again where the bytes are, and go on from the same second. */
  async #failed() {
    if (!this.description) return
    const at_s = this.engine.element.currentTime
    this.#failures += 1
    if (this.#failures > MOST_FAILURES) return this.player.stop(UNPLAYABLE)
    this.player.changed({ sentence: 'The connection was lost. Trying again…', waiting: true })
    const description = await this.#ask(this.#failures)
    if (!description?.progressive) return
    this.engine.load(description.progressive, description, at_s)
    await this.player.play()
  }
}
