/** Waiting before another try: longer each time, never in step with others, and at once when the network is back. */

/**
 * @param {number} attempt 0 for the first wait
 * @param {{base_ms?: number, most_ms?: number, signal?: AbortSignal}} [options]
 * @returns {Promise<void>} settles after the wait, or as soon as the browser is online again; rejects when aborted
 * Full jitter, after "Exponential Backoff And Jitter" (AWS Architecture Blog).
 */
export function backOff(attempt, { base_ms = 800, most_ms = 30_000, signal } = {}) {
  const ceiling = Math.min(most_ms, base_ms * 2 ** attempt)
  const wait_ms = ceiling / 2 + Math.random() * ceiling / 2
  return new Promise((resolve, reject) => {
    const settle = (/** @type {() => void} */ how) => () => {
      clearTimeout(timer)
      window.removeEventListener('online', online)
      signal?.removeEventListener('abort', aborted)
      how()
    }
    const online = settle(resolve)
    const aborted = settle(() => reject(new DOMException('Given up', 'AbortError')))
    const timer = setTimeout(online, wait_ms)
    window.addEventListener('online', online)
    signal?.addEventListener('abort', aborted)
    if (signal?.aborted) aborted()
  })
}
