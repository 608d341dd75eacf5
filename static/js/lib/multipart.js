/**
 * One file on its way to the server, in parts with a checksum each. It survives a lost network, a pause and a closed
 * tab: what the server has is asked for, compared with the file by checksum, and not sent again.
 */
import { backOff } from 'lib/backoff'
import { HttpError, request } from 'lib/http'
import { Rate } from 'lib/rate'
import { retry } from 'lib/recovery'
import { sendPart } from 'lib/send-part'
import { base64, checksumOfParts, sha256 } from 'lib/sha256'

const PARTS_AT_ONCE = 4
const TRIES_A_PART = 10

/** @typedef {'waiting'|'sending'|'paused'|'confirming'|'done'|'failed'|'cancelled'} State */
/** @typedef {{public_id: string, url: string, edit_url: string, progress_url: string, title: string}} UploadedMedium */

/** Fires `change` whenever anything that a person sees has changed. */
export class Upload extends EventTarget {
  /** @type {State} */
  state = 'waiting'
  /** What is wrong or being waited for, in words. */
  sentence = ''
  /** @type {UploadedMedium|null} */
  medium = null
  rate = new Rate()
  /** @type {any} what the server calls this upload */
  #session = null
  #going = new AbortController()
  /** @type {Map<number, Uint8Array>} digests of the parts that the server has */
  #there = new Map()
  /** @type {Map<number, number>} bytes sent of the parts under way */
  #underWay = new Map()

  /** @param {File} file @param {{replaces?: string, session?: any}} [options] `session`: an open upload to go on with */
  constructor(file, { replaces, session = null } = {}) {
    super()
    this.file = file
    this.replaces = replaces
    this.#session = session
  }

  /** The server's name for it, '' while it has none. @returns {string} */
  get sessionId() {
    return this.#session?.id ?? ''
  }

  get sent_bytes() {
    let sent = 0
    for (const number of this.#there.keys()) sent += this.#sizeOf(number)
    for (const bytes of this.#underWay.values()) sent += bytes
    return Math.min(sent, this.file.size)
  }

  /** Seconds until everything is sent, NaN while that is not known. */
  get left_s() {
    return this.rate.bytes_per_s ? (this.file.size - this.sent_bytes) / this.rate.bytes_per_s : NaN
  }

  /** Begin, or go on after a pause or a failure. */
  async start() {
    this.#going = new AbortController()
    this.rate.reset()
    this.#become('sending', '')
    const { signal } = this.#going
    try {
      await this.#open(signal)
      for (;;) {
        await this.#sendMissing(signal)
        if (await this.#confirm(signal)) return
      }
    } catch (error) {
      if (this.state === 'sending' || this.state === 'confirming') this.#fail(error)
      this.#going.abort()
    } finally {
      this.#underWay.clear()
    }
  }

  pause() {
    if (this.state !== 'sending' && this.state !== 'waiting') return
    this.#become('paused', '')
    this.#going.abort()
  }

  /** Give it up; the server forgets the parts. */
  async cancel() {
    this.#become('cancelled', '')
    this.#going.abort()
    if (this.#session) await request(`/uploads/${this.#session.id}`, { method: 'DELETE' }).catch(() => undefined)
  }

  /** Turned down before anything was sent. @param {string} sentence */
  refuse(sentence) {
    this.#become('failed', sentence)
  }

  /** @param {number} number 1 for the first part */
  #sizeOf(number) {
    const part = this.#session.part_size_bytes
    return Math.min(part, this.file.size - (number - 1) * part)
  }

  /** @param {AbortSignal} signal */
  async #open(signal) {
    const how = { signal, tell: (/** @type {string} */ sentence) => this.#become('sending', sentence) }
    if (!this.#session) {
      const body = { filename: this.file.name, size_bytes: this.file.size, ...this.replaces && { replaces: this.replaces } }
      this.#session = await retry(() => request('/uploads', { method: 'POST', body, signal }), how)
      return
    }
    this.#session = await retry(() => request(`/uploads/${this.#session.id}`, { signal }), how)
    for (const { number, sha256: theirs } of this.#session.parts ?? []) {
      if (this.#there.has(number)) continue
      const digest = await sha256(await this.#bytesOf(number))
      if (base64(digest) === theirs) this.#there.set(number, digest)
      signal.throwIfAborted()
      this.#become('sending', 'Looking at what is already there…')
    }
    this.#become('sending', '')
  }

  /** @param {number} number */
  #bytesOf(number) {
    const from = (number - 1) * this.#session.part_size_bytes
    return this.file.slice(from, from + this.#sizeOf(number)).arrayBuffer()
  }

  /** @param {AbortSignal} signal */
  async #sendMissing(signal) {
    const numbers = Array.from({ length: this.#session.part_count }, (_none, place) => place + 1).filter((number) => !this.#there.has(number))
    const sender = async () => {
      for (let number = numbers.shift(); number; number = numbers.shift()) await this.#send(number, signal)
    }
    await Promise.all(Array.from({ length: PARTS_AT_ONCE }, sender))
  }

  /** @param {number} number @param {AbortSignal} signal */
  async #send(number, signal) {
    const bytes = await this.#bytesOf(number)
    const digest = await sha256(bytes)
    const body = { parts: [{ number, sha256: base64(digest) }] }
    for (let attempt = 0; ; attempt += 1) {
      try {
        const { parts } = await request(`/uploads/${this.#session.id}/parts`, { method: 'POST', body, signal })
        await sendPart(parts[0], bytes, (sent) => this.#progress(number, sent), signal)
        this.#underWay.delete(number)
        this.#there.set(number, digest)
        this.#become('sending', '')
        return
      } catch (error) {
        this.#underWay.delete(number)
        const again = error instanceof HttpError && (error.temporary || error.status === 400 || error.status === 403)
        if (!again || attempt >= TRIES_A_PART) throw error
        if (error.temporary) this.#become('sending', navigator.onLine ? 'The connection was lost. Trying again…' : 'You are offline. It goes on when the network is back.')
        await backOff(attempt, { signal })
      }
    }
  }

  /** @param {number} number @param {number} sent */
  #progress(number, sent) {
    this.#underWay.set(number, sent)
    this.rate.note(this.sent_bytes)
    this.dispatchEvent(new Event('change'))
  }

  /** @param {AbortSignal} signal @returns {Promise<boolean>} false when the server misses parts after all */
  async #confirm(signal) {
    this.#become('confirming', '')
    const digests = [...this.#there].sort(([one], [other]) => one - other).map(([, digest]) => digest)
    const body = { sha256: await checksumOfParts(digests) }
    try {
      const answer = await retry(() => request(`/uploads/${this.#session.id}/confirm`, { method: 'POST', body, signal }), { signal, tell: (sentence) => this.#become('confirming', sentence) })
      this.medium = answer.medium
      this.#become('done', '')
      return true
    } catch (error) {
      if (!(error instanceof HttpError) || error.status !== 409 || !error.body.missing?.length) throw error
      for (const number of error.body.missing) this.#there.delete(number)
      return false
    }
  }

  /** @param {unknown} error */
  #fail(error) {
    const unreadable = error instanceof DOMException && (error.name === 'NotReadableError' || error.name === 'NotFoundError')
    const sentence = unreadable ? 'The file could not be read. Was it moved or changed?' : error instanceof Error ? error.message : 'That did not work.'
    const isOver = error instanceof HttpError && [404, 410, 413, 422].includes(error.status)
    if (unreadable && this.#session) void request(`/uploads/${this.#session.id}/failed`, { method: 'POST', body: { reason: sentence } }).catch(() => undefined)
    if (isOver || unreadable) {
      this.#session = null
      this.#there.clear()
    }
    this.#become('failed', sentence)
  }

  /** @param {State} state @param {string} sentence */
  #become(state, sentence) {
    if (this.state === 'cancelled') return
    this.state = state
    this.sentence = sentence
    this.dispatchEvent(new Event('change'))
  }
}
