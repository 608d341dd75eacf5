/** Buttons that turn a sideways row by a page; they show only while there is something to turn to. */

/** @param {HTMLElement} shelf @param {AbortSignal} signal */
export function attach(shelf, signal) {
  const track = /** @type {HTMLElement} */ (shelf.querySelector('.shelf__track'))
  const buttons = /** @type {HTMLButtonElement[]} */ ([...shelf.querySelectorAll('[data-turn]')])

  const reflect = () => {
    const most = track.scrollWidth - track.clientWidth
    const at = Math.abs(track.scrollLeft)
    shelf.classList.toggle('can-turn', most > 8)
    for (const button of buttons) button.disabled = button.dataset.turn === '1' ? at >= most - 8 : at <= 8
  }
  for (const button of buttons) {
    button.addEventListener('click', () => {
      const forwards = getComputedStyle(track).direction === 'rtl' ? -1 : 1
      track.scrollBy({ left: track.clientWidth * 0.85 * Number(button.dataset.turn) * forwards })
    }, { signal })
  }
  track.addEventListener('scroll', reflect, { signal, passive: true })
  const observer = new ResizeObserver(reflect)
  observer.observe(track)
  signal.addEventListener('abort', () => observer.disconnect())
}
