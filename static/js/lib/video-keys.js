/** The keys of a video player, as people know them from elsewhere. They work wherever nothing is being typed. */

const NUDGE_S = 5
const JUMP_S = 10

/** @param {EventTarget|null} target @param {HTMLElement} root @returns {boolean} true when a key there means something else */
function isBusy(target, root) {
  if (!(target instanceof HTMLElement) || target === document.body) return false
  if (target.isContentEditable || target.matches('input:not([type="range"]), textarea, select, [role="menu"] *')) return true
  return !root.contains(target) && target.matches('a, button, summary, input, [role="slider"]')
}

/**
 * @typedef {object} Actions
 * @property {() => void} toggle
 * @property {(seconds: number) => void} jump by so many seconds
 * @property {(share: number) => void} goTo a share of the whole
 * @property {(by: number) => void} louder
 * @property {(direction: 1|-1) => void} faster
 * @property {() => void} mute
 * @property {() => void} full
 * @property {() => void} theatre
 * @property {() => void} captions
 * @property {() => void} picture
 */

/** @param {HTMLElement} root @param {Actions} act @param {AbortSignal} signal */
export function attachKeys(root, act, signal) {
  /** @type {Record<string, () => void>} */
  const keys = {
    ' ': act.toggle, k: act.toggle,
    ArrowLeft: () => act.jump(-NUDGE_S), ArrowRight: () => act.jump(NUDGE_S), j: () => act.jump(-JUMP_S), l: () => act.jump(JUMP_S),
    ArrowUp: () => act.louder(0.05), ArrowDown: () => act.louder(-0.05),
    Home: () => act.goTo(0), End: () => act.goTo(1),
    m: act.mute, f: act.full, t: act.theatre, c: act.captions, i: act.picture,
    '<': () => act.faster(-1), '>': () => act.faster(1),
  }
  const SCROLLS = new Set(['ArrowUp', 'ArrowDown', 'Home', 'End'])

  document.addEventListener('keydown', (event) => {
    if (event.defaultPrevented || event.ctrlKey || event.metaKey || event.altKey || isBusy(event.target, root)) return
    const inside = root.contains(/** @type {Node} */ (event.target)) || Boolean(document.fullscreenElement)
    const { key } = event
    // Space and Enter on one of the player's buttons press it, arrows on its volume move that.
    if (event.target instanceof HTMLElement && event.target.matches('button, input') && (key === ' ' || key === 'Enter' || event.target.matches('input') && key.startsWith('Arrow'))) return
    if (SCROLLS.has(key) && !inside) return
    const digit = /^\d$/.test(key) ? () => act.goTo(Number(key) / 10) : undefined
    const run = keys[key] ?? keys[key.toLowerCase()] ?? digit
    if (!run) return
    event.preventDefault()
    run()
  }, { signal })
}
