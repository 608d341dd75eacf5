/** Sentences for people: a toast that everyone sees, and quiet announcements for screen readers. */

const TOAST_MS = 6000
const POLITE_MS = 4000

/**
 * Show a toast in the page's `#toasts` region, which is a live region, so that it is read out too.
 *
 * @param {string} sentence
 * @param {{tone?: 'plain'|'danger', link?: {url: string, label: string}}} [options]
 */
export function toast(sentence, { tone = 'plain', link } = {}) {
  const region = document.getElementById('toasts')
  if (!region) return
  const note = document.createElement('div')
  note.className = tone === 'danger' ? 'toast toast--error' : 'toast'
  note.append(sentence)
  if (link) {
    const anchor = document.createElement('a')
    Object.assign(anchor, { href: link.url, textContent: link.label })
    note.append(' ', anchor)
  }
  region.append(note)
  setTimeout(() => note.remove(), tone === 'danger' ? TOAST_MS * 2 : TOAST_MS)
}

/**
 * An announcer for one live region that never talks over itself: of what comes within four seconds only the last is said.
 *
 * @param {HTMLElement} region an element with aria-live
 * @returns {(sentence: string) => void}
 */
export function announcer(region) {
  let waiting = ''
  let timer = 0
  let last_ms = -Infinity
  const speak = () => {
    timer = 0
    last_ms = performance.now()
    region.textContent = waiting
  }
  return (sentence) => {
    waiting = sentence
    if (!timer) timer = window.setTimeout(speak, Math.max(0, last_ms + POLITE_MS - performance.now()))
  }
}
