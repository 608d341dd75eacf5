/** Sending one part of a file. XMLHttpRequest, because fetch tells nothing of what has gone out. */
import { HttpError, sentenceFor } from 'lib/http'

/** A line on which nothing moves for so long is given up: one that went away without a word never says so. */
const STALL_MS = 45_000

/**
 * @param {{url: string, headers: Record<string, string>}} where
 * @param {ArrayBuffer} bytes
 * @param {(sent_bytes: number) => void} onProgress
 * @param {AbortSignal} signal
 * @returns {Promise<void>}
 * @throws {HttpError} 400 checksum mismatch, 403 the address ran out, 0 the network, or a line on which nothing moves
 */
export function sendPart({ url, headers }, bytes, onProgress, signal) {
  return new Promise((resolve, reject) => {
    const call = new XMLHttpRequest()
    const abort = () => call.abort()
    let stalled = false
    let watch = 0
    const moved = () => {
      clearTimeout(watch)
      watch = setTimeout(() => {
        stalled = true
        call.abort()
      }, STALL_MS)
    }
    const settle = (/** @type {() => void} */ how) => {
      clearTimeout(watch)
      signal.removeEventListener('abort', abort)
      how()
    }
    const fail = (/** @type {number} */ status, /** @type {string} */ sentence) => settle(() => reject(new HttpError(sentence || sentenceFor(status), status)))
    call.open('PUT', url)
    call.setRequestHeader('Accept', 'application/json') // the sentence of an error, not its page
    for (const [name, value] of Object.entries(headers ?? {})) call.setRequestHeader(name, value)
    call.upload.addEventListener('progress', (event) => {
      moved()
      onProgress(Math.min(event.loaded, bytes.byteLength))
    })
    call.addEventListener('load', () => {
      if (call.status >= 200 && call.status < 300) return settle(resolve)
      return fail(call.status, errorOf(call.responseText))
    })
    call.addEventListener('error', () => fail(0, ''))
    call.addEventListener('timeout', () => fail(0, ''))
    call.addEventListener('abort', () => stalled ? fail(0, '') : settle(() => reject(new DOMException('Given up', 'AbortError'))))
    signal.addEventListener('abort', abort)
    moved()
    call.send(bytes)
    if (signal.aborted) abort()
  })
}

/** @param {string} text @returns {string} the sentence of a JSON error, '' for anything else */
function errorOf(text) {
  try {
    return JSON.parse(text).error ?? ''
  } catch {
    return ''
  }
}
