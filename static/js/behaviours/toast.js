/** A sentence from the server in the corner, for as long as it takes to read it. */

const TOAST_MS = 12_000

/** @param {HTMLElement} element @param {AbortSignal} signal */
export function attach(element, signal) {
  const timer = setTimeout(() => element.remove(), TOAST_MS)
  signal.addEventListener('abort', () => clearTimeout(timer))
}
