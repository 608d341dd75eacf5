/** How fast something goes, smoothed so that people can read it. */

const WINDOW_MS = 8000

export class Rate {
  /** @type {{at_ms: number, bytes: number}[]} */
  #samples = []

  /** Begin anew, after a pause. */
  reset() {
    this.#samples = []
  }

  /** @param {number} bytes sent in all @param {number} [at_ms] */
  note(bytes, at_ms = performance.now()) {
    this.#samples.push({ at_ms, bytes })
    while (this.#samples.length > 2 && this.#samples[0].at_ms < at_ms - WINDOW_MS) this.#samples.shift()
  }

  /** Bytes per second over the last eight seconds; 0 while it is not known. */
  get bytes_per_s() {
    const [first, last] = [this.#samples[0], this.#samples.at(-1)]
    if (!first || !last || last.at_ms - first.at_ms < 500) return 0
    return Math.max(0, (last.bytes - first.bytes) / (last.at_ms - first.at_ms) * 1000)
  }
}

const UNITS = ['bytes', 'kB', 'MB', 'GB', 'TB']

/** @param {number} bytes @returns {string} "4.2 MB", decimal as disks and the server count */
export function fileSize(bytes) {
  const power = bytes < 1000 ? 0 : Math.min(UNITS.length - 1, Math.floor(Math.log10(bytes) / 3))
  const amount = bytes / 1000 ** power
  return `${power && amount < 100 ? amount.toFixed(1) : Math.round(amount)} ${UNITS[power]}`
}
