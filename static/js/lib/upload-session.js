/** The protocol of one upload: parts with a checksum each, and a checksum of them all. Knows no page. */
import { backOff } from 'lib/backoff'
import { HttpError, request } from 'lib/http'
import { retry } from 'lib/recovery'
import { sendPart } from 'lib/send-part'
import { base64, checksumOfParts, sha256 } from 'lib/sha256'

const PARTS_AT_ONCE = 4
const TRIES_A_PART = 10
const PATIENCE_MS = 60_000
const LOST = 'The connection was lost. Trying again…'
const OFFLINE = 'You are offline. It goes on when the network is back.'

/** @typedef {{public_id: string, url: string, edit_url: string, progress_url: string, title: string}} UploadedMedium */
/** @typedef {{signal: AbortSignal, tell: (sentence: string) => void}} How */

export class UploadSession {
  /** @type {Map<number, Uint8Array>} digests of the parts that the server has */
  #there = new Map()
  /** @type {Map<number, number>} bytes sent of the parts under way */
  #underWay = new Map()

  /** @param {File} file @param {any} facts what the server said of this upload @param {() => void} moved bytes have gone out */
  constructor(file, facts, moved) {
    this.file = file
    this.facts = facts
    this.moved = moved
  }

  /** Open a new one. @param {File} file @param {string|undefined} replaces @param {() => void} moved @param {How} how */
  static async create(file, replaces, moved, how) {
    const body = { filename: file.name, size_bytes: file.size, ...replaces && { replaces } }
    return new UploadSession(file, await retry(() => request('/uploads', { method: 'POST', body, signal: how.signal, patience_ms: PATIENCE_MS }), how), moved)
  }

  get url() {
    return this.facts.url ?? `/uploads/${this.facts.id}`
  }

  get sent_bytes() {
    let sent = 0
    for (const number of this.#there.keys()) sent += this.#sizeOf(number)
    for (const bytes of this.#underWay.values()) sent += bytes
    return Math.min(sent, this.file.size)
  }

  /** Ask what the server has, and believe it where the checksum is that of our file. @param {How} how */
  async recognise(how) {
    this.facts = await retry(() => request(this.url, { signal: how.signal, patience_ms: PATIENCE_MS }), how)
    for (const { number, sha256: theirs } of this.facts.parts ?? []) {
      if (this.#there.has(number)) continue
      how.tell('Looking at what is already there…')
      const digest = await sha256(await this.#bytesOf(number))
      if (base64(digest) === theirs) this.#there.set(number, digest)
      how.signal.throwIfAborted()
    }
    how.tell('')
  }

  /** Send every part that the server lacks. @param {How} how */
  async send(how) {
    const numbers = Array.from({ length: this.facts.part_count }, (_none, place) => place + 1).filter((number) => !this.#there.has(number))
    const sender = async () => {
      for (let number = numbers.shift(); number; number = numbers.shift()) await this.#sendOne(number, how)
    }
    try {
      await Promise.all(Array.from({ length: PARTS_AT_ONCE }, sender))
    } finally {
      this.#underWay.clear()
    }
  }

  /** @param {How} how @returns {Promise<UploadedMedium|null>} null when parts are missing after all: send again */
  async confirm(how) {
    const digests = [...this.#there].sort(([one], [other]) => one - other).map(([, digest]) => digest)
    const body = { sha256: await checksumOfParts(digests) }
    try {
      return (await retry(() => request(`${this.url}/confirm`, { method: 'POST', body, signal: how.signal, patience_ms: PATIENCE_MS }), how)).medium
    } catch (error) {
      if (!(error instanceof HttpError) || error.status !== 409 || !error.body.missing?.length) throw error
      for (const number of error.body.missing) this.#there.delete(number)
      return null
    }
  }

  /** Tell the server that nothing more comes. @param {string} [reason] why it failed; without one it was given up */
  async end(reason) {
    const ending = reason ? request(`${this.url}/failed`, { method: 'POST', body: { reason } }) : request(this.url, { method: 'DELETE' })
    await ending.catch(() => undefined)
  }

  /** @param {number} number 1 for the first part */
  #sizeOf(number) {
    const part = this.facts.part_size_bytes
    return Math.min(part, this.file.size - (number - 1) * part)
  }

  /** @param {number} number */
  #bytesOf(number) {
    const from = (number - 1) * this.facts.part_size_bytes
    return this.file.slice(from, from + this.#sizeOf(number)).arrayBuffer()
  }

  /** @param {number} number @param {How} how */
  async #sendOne(number, { signal, tell }) {
    const bytes = await this.#bytesOf(number)
    const digest = await sha256(bytes)
    const body = { parts: [{ number, sha256: base64(digest) }] }
    for (let attempt = 0; ; attempt += 1) {
      try {
        const { parts } = await request(`${this.url}/parts`, { method: 'POST', body, signal, patience_ms: PATIENCE_MS })
        await sendPart(parts[0], bytes, (sent) => {
          this.#underWay.set(number, sent)
          this.moved()
        }, signal)
        this.#underWay.delete(number)
        this.#there.set(number, digest)
        return tell('')
      } catch (error) {
        this.#underWay.delete(number)
        // 400: the bytes arrived changed. 403: the address ran out, so ask for a new one.
        const again = error instanceof HttpError && (error.temporary || error.status === 400 || error.status === 403)
        if (!again || attempt >= TRIES_A_PART) throw error
        if (error.temporary) tell(navigator.onLine ? LOST : OFFLINE)
        await backOff(attempt, { signal })
      }
    }
  }
}
