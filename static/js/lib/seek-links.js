/** Anything in the page with `data-seek-ms` jumps there: chapters, lines of lyrics, times in comments. */

/** @param {(seconds: number) => void} seek @param {AbortSignal} signal */
export function followSeekLinks(seek, signal) {
  document.addEventListener('click', (event) => {
    const link = event.target instanceof Element && /** @type {HTMLElement|null} */ (event.target.closest('[data-seek-ms]'))
    if (!link) return
    event.preventDefault()
    seek(Number(link.dataset.seekMs) / 1000)
  }, { capture: true, signal }) // before htmx follows a link that leads there without a player
}
