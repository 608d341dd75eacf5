/** Falls silent after a while, or at the end of the track, with a fade so that nobody wakes up from it. */

const FADE_MS = 10_000
const STEP_MS = 200

export class SleepTimer {
  /** When it will be silent, in ms since the epoch; 0 for never. */
  ends_at_ms = 0
  /** True when it waits for the end of the current track. */
  atTrackEnd = false
  #timer = 0

  /** @param {import('lib/player').Player} player */
  constructor(player) {
    this.player = player
  }

  /** @param {number} minutes */
  setMinutes(minutes) {
    this.cancel()
    this.ends_at_ms = Date.now() + minutes * 60_000
    this.#timer = window.setInterval(() => this.#tick(), STEP_MS)
    this.player.changed()
  }

  setTrackEnd() {
    this.cancel()
    this.atTrackEnd = true
    this.player.changed()
  }

  cancel() {
    clearInterval(this.#timer)
    this.player.engine.fade = 1
    Object.assign(this, { ends_at_ms: 0, atTrackEnd: false })
    this.player.changed()
  }

  /** The track has ended. @returns {boolean} true when playing must not go on */
  trackEnded() {
    const stops = this.atTrackEnd
    if (stops) this.cancel()
    return stops
  }

  #tick() {
    const left_ms = this.ends_at_ms - Date.now()
    if (left_ms <= 0) {
      this.player.pause()
      this.cancel()
    } else if (left_ms < FADE_MS) {
      this.player.engine.fade = left_ms / FADE_MS
    }
  }
}
