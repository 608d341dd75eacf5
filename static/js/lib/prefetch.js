/** Getting the next item ready while the current one ends. */
import { describe } from 'lib/playback'

const PREPARE_S = 20

export class Prefetch {
  #key = ''
  /** @type {import('lib/playback').Playback|null} */
  #description = null

  /** @param {import('lib/player').Player} player whose queue to look ahead in */
  constructor(player) {
    player.addEventListener('time', () => {
      if (!player.playing || player.duration - player.time > PREPARE_S) return
      const next = player.queue.items[player.queue.following({ byItself: true })]
      if (next && next !== player.queue.current) void this.#prepare(next, player.engine)
    })
  }

  /** @param {import('lib/queue').QueueItem} item @param {import('lib/audio-engine').AudioEngine} engine */
  async #prepare(item, engine) {
    if (this.#key === item.key) return
    this.#key = item.key
    this.#description = null
    const description = await describe(item.playback).catch(() => null)
    if (this.#key !== item.key || !description?.progressive || description.kind !== 'audio') return
    this.#description = description
    engine.prepare(description.progressive, description)
  }

  /** @param {import('lib/queue').QueueItem} item @returns {import('lib/playback').Playback|null} its description when it is ready to sound */
  take(item) {
    const taken = this.#key === item.key ? this.#description : null
    this.#key = ''
    this.#description = null
    // A spoken item goes on where one left off and some begin later, which a prepared element does not know.
    return taken?.realm === 'voice' || item.from_s ? null : taken
  }
}
