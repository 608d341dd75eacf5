/**
 * A place to jump from: pointer, touch and keyboard on one element with role=slider.
 *
 * The element gets `--progress`, `--buffered` and `--pointed` (0–100%) for its style, and its ARIA values. A child with
 * `data-seek-hover` shows the time under the pointer.
 */
import { clock, spoken } from 'lib/time'

const STEP_S = 5
const PAGE = 0.1

/**
 * @typedef {object} Seekable
 * @property {() => number} time seconds
 * @property {() => number} duration seconds
 * @property {(seconds: number) => void} seek
 * @property {(seconds: number|null) => void} [pointed] the pointer rests there, or left
 */

/** @param {HTMLElement} element @param {Seekable} media @param {AbortSignal} signal @returns {{draw: () => void, buffered: (seconds: number) => void}} */
export function seekSlider(element, media, signal) {
  const hover = element.querySelector('[data-seek-hover]')
  /** @type {number|null} seconds under the finger while it drags */
  let dragged = null

  const share = (/** @type {number} */ seconds) => `${(media.duration() ? Math.min(1, seconds / media.duration()) : 0) * 100}%`
  const at = (/** @type {PointerEvent} */ event) => {
    const { left, width } = element.getBoundingClientRect()
    return Math.min(1, Math.max(0, (event.clientX - left) / (width || 1))) * media.duration()
  }
  const draw = () => {
    const seconds = dragged ?? media.time()
    element.style.setProperty('--progress', share(seconds))
    element.setAttribute('aria-valuemin', '0')
    element.setAttribute('aria-valuemax', String(Math.floor(media.duration())))
    element.setAttribute('aria-valuenow', String(Math.floor(seconds)))
    element.setAttribute('aria-valuetext', `${spoken(seconds)} of ${spoken(media.duration())}`)
  }
  const point = (/** @type {number|null} */ seconds) => {
    element.toggleAttribute('data-pointed', seconds !== null)
    if (seconds !== null) {
      element.style.setProperty('--pointed', share(seconds))
      if (hover) hover.textContent = clock(seconds)
    }
    media.pointed?.(seconds)
  }
  const jump = (/** @type {number} */ seconds) => {
    media.seek(Math.min(media.duration(), Math.max(0, seconds)))
    draw()
  }

  element.addEventListener('pointerdown', (event) => {
    if (event.button !== 0 || !media.duration()) return
    element.setPointerCapture(event.pointerId)
    dragged = at(event)
    draw()
  }, { signal })
  element.addEventListener('pointermove', (event) => {
    if (!media.duration()) return
    point(at(event))
    if (dragged === null) return
    dragged = at(event)
    draw()
  }, { signal })
  element.addEventListener('pointerup', () => {
    if (dragged === null) return
    const target = dragged
    dragged = null
    jump(target)
  }, { signal })
  element.addEventListener('pointercancel', () => {
    dragged = null
    point(null)
    draw()
  }, { signal })
  element.addEventListener('pointerleave', () => dragged === null && point(null), { signal })
  element.addEventListener('lostpointercapture', (event) => !element.matches(':hover') && event.pointerType !== 'mouse' && point(null), { signal })

  element.addEventListener('keydown', (event) => {
    const [now, whole] = [media.time(), media.duration()]
    /** @type {Record<string, number>} */
    const targets = {
      ArrowLeft: now - STEP_S, ArrowDown: now - STEP_S, ArrowRight: now + STEP_S, ArrowUp: now + STEP_S,
      PageDown: now - whole * PAGE, PageUp: now + whole * PAGE, Home: 0, End: whole,
    }
    if (!(event.key in targets) || event.ctrlKey || event.metaKey || event.altKey) return
    event.preventDefault()
    event.stopPropagation()
    jump(targets[event.key])
  }, { signal })

  draw()
  return { draw, buffered: (seconds) => element.style.setProperty('--buffered', share(seconds)) }
}
