/** A row of links that is wider than the screen shows the one that one is on: `data-behaviour="current-first"`. */

/** @param {HTMLElement} row */
export function attach(row) {
  const current = row.querySelector('[aria-current]')
  if (!(current instanceof HTMLElement) || row.scrollWidth <= row.clientWidth) return
  const [here, there] = [row.getBoundingClientRect(), current.getBoundingClientRect()]
  row.scrollLeft += there.left + there.width / 2 - (here.left + here.width / 2)
}
