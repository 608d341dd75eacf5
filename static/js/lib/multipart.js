/**
 * One file on its way to the server, as a person follows it. It survives a lost network, a pause and a closed tab:
 * what the server has is asked for, compared with the file by checksum, and not sent again.
 */
import { HttpError } from 'lib/http'
import { Rate } from 'lib/rate'
import { UploadSession } from 'lib/upload-session'

/** @typedef {'waiting'|'sending'|'paused'|'confirming'|'done'|'failed'|'cancelled'} State */

/** Answers after which the server keeps nothing, so that another try starts from the beginning. */
const OVER = new Set([404, 410, 413, 422])

/** Fires `change` whenever anything that a person sees has changed. */
export class Upload extends EventTarget {
  /** @type {State} */
  state = 'waiting'
  /** What is wrong or being waited for, in words. */
  sentence = ''
  /** Turned down for what the file is: another try would not help. */
  refused = false
  /** @type {import('lib/upload-session').UploadedMedium|null} */
  medium = null
  rate = new Rate()
  /** @type {UploadSession|null} */
  #session = null
  #going = new AbortController()

  /** @param {File} file @param {{replaces?: string, open?: {id: string}|null}} [options] `open`: an upload to go on with */
  constructor(file, { replaces, open } = {}) {
    super()
    this.file = file
    this.replaces = replaces
    if (open) this.#session = new UploadSession(file, open, () => this.#moved())
  }

  /** The server's name for it, '' while it has none. @returns {string} */
  get sessionId() {
    return this.#session?.facts.id ?? ''
  }

  get sent_bytes() {
    return this.#session?.sent_bytes ?? 0
  }

  /** Seconds until everything is sent, NaN while that is not known. */
  get left_s() {
    return this.rate.bytes_per_s ? (this.file.size - this.sent_bytes) / this.rate.bytes_per_s : NaN
  }

  /** Begin, or go on after a pause or a failure. */
  async start() {
    const going = new AbortController()
    this.#going = going
    this.rate.reset()
    const how = {
      signal: going.signal,
      tell: (/** @type {string} */ sentence) => !going.signal.aborted && this.#become(this.state, sentence),
    }
    this.#become('sending', '')
    try {
      if (this.#session) await this.#session.recognise(how)
      else this.#session = await UploadSession.create(this.file, this.replaces, () => this.#moved(), how)
      while (!this.medium) {
        this.#become('sending', '')
        await this.#session.send(how)
        this.#become('confirming', '')
        this.medium = await this.#session.confirm(how)
      }
      this.#become('done', '')
    } catch (error) {
      if (!going.signal.aborted) this.#fail(error)
      going.abort()
    }
  }

  pause() {
    if (this.state !== 'sending' && this.state !== 'waiting') return
    this.#going.abort()
    this.#become('paused', '')
  }

  /** Give it up; the server forgets the parts. */
  async cancel() {
    this.#going.abort()
    this.#become('cancelled', '')
    await this.#session?.end()
  }

  /** Turn it down before anything was sent. @param {string} sentence */
  refuse(sentence) {
    this.refused = true
    this.#become('failed', sentence)
  }

  #moved() {
    this.rate.note(this.sent_bytes)
    this.dispatchEvent(new Event('change'))
  }

  /** @param {unknown} error */
  #fail(error) {
    const unreadable = error instanceof DOMException
    const sentence = unreadable ? 'The file could not be read. Was it moved or changed?' : error instanceof Error ? error.message : 'That did not work.'
    if (unreadable) void this.#session?.end(sentence)
    if (unreadable || error instanceof HttpError && OVER.has(error.status)) this.#session = null
    this.refused = unreadable || error instanceof HttpError && (error.status === 413 || error.status === 422)
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
