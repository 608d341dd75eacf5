/** JSON over fetch, with the CSRF header and errors that carry a sentence for people. */

/** What went wrong with a request, in words. `status` is 0 when no answer came. */
export class HttpError extends Error {
  /** @param {string} sentence @param {number} status @param {Record<string, any>} [body] */
  constructor(sentence, status, body = {}) {
    super(sentence)
    this.status = status
    this.body = body
  }

  /** True when the same request may work a little later. */
  get temporary() {
    return this.status === 0 || this.status === 408 || this.status === 425 || this.status === 429 || this.status >= 500 && this.status !== 507
  }
}

/** @type {Record<number, string>} */
const SENTENCES = {
  0: 'The connection was lost.',
  401: 'You are signed out. Log in again to go on.',
  403: 'You may not do that.',
  404: 'This is no longer there, or no longer open to you.',
  413: 'This is larger than allowed.',
  429: 'That was a little fast. Wait a moment.',
  507: 'There is no room left on the server.',
}

/** @returns {string} the token that unsafe requests must carry */
export function csrfToken() {
  return document.querySelector('meta[name="csrf-token"]')?.getAttribute('content') ?? ''
}

/** @param {number} status @returns {string} a sentence for a status that came without one */
export function sentenceFor(status) {
  return SENTENCES[status] ?? (status >= 500 ? 'Something went wrong on our side.' : 'That did not work.')
}

/**
 * Send a request and read its JSON.
 *
 * @param {string} url
 * @param {{method?: string, body?: unknown, keepalive?: boolean, signal?: AbortSignal, patience_ms?: number}} [options] `patience_ms`: how long to wait for an answer, for ever by default
 * @returns {Promise<any>} the JSON answer, or null for an empty one
 * @throws {HttpError} for every answer that is not 2xx, and for none
 */
export async function request(url, { method = 'GET', body, keepalive = false, signal, patience_ms = 0 } = {}) {
  /** @type {Record<string, string>} */
  const headers = { Accept: 'application/json' }
  if (method !== 'GET') headers['X-CSRFToken'] = csrfToken()
  if (body !== undefined) headers['Content-Type'] = 'application/json'
  const limits = [signal, patience_ms && AbortSignal.timeout(patience_ms)].filter((limit) => limit instanceof AbortSignal)
  let answer
  try {
    answer = await fetch(url, { method, headers, body: body === undefined ? undefined : JSON.stringify(body), keepalive, signal: limits.length ? AbortSignal.any(limits) : undefined })
  } catch (error) {
    if (signal?.aborted) throw error
    throw new HttpError(sentenceFor(0), 0)
  }
  const isJson = answer.headers.get('Content-Type')?.includes('json')
  const read = isJson ? await answer.json().catch(() => null) : null
  if (answer.ok) return read
  throw new HttpError(read?.error || sentenceFor(answer.status), answer.status, read ?? {})
}
