/** What the pointer does over the picture: press to play, press twice to fill the screen or to jump, rest to hide the controls. */

const IDLE_MS = 2600
const DOUBLE_MS = 300
const JUMP_S = 10

/**
 * @param {HTMLElement} root
 * @param {HTMLVideoElement} video
 * @param {{toggle: () => void, full: () => void, jump: (seconds: number) => void}} act
 * @param {AbortSignal} signal
 */
export function attachPointer(root, video, act, signal) {
  const cover = /** @type {HTMLElement} */ (root.querySelector('[data-video="cover"]'))
  const menu = /** @type {HTMLElement} */ (root.querySelector('[data-video="menu"]'))
  let idle = 0
  let tap = 0
  let last_ms = -Infinity

  const wake = () => {
    root.removeAttribute('data-idle')
    clearTimeout(idle)
    idle = window.setTimeout(() => {
      const busy = video.paused || !menu.hidden || root.querySelector(':focus-visible') || root.querySelector('[data-pointed]')
      if (!busy) root.setAttribute('data-idle', '')
    }, IDLE_MS)
  }
  /** @param {PointerEvent} event */
  const touched = (event) => {
    const { left, width } = root.getBoundingClientRect()
    const third = (event.clientX - left) / width
    const isSecond = performance.now() - last_ms < DOUBLE_MS
    last_ms = performance.now()
    clearTimeout(tap)
    if (isSecond && third < 1 / 3) return act.jump(-JUMP_S)
    if (isSecond && third > 2 / 3) return act.jump(JUMP_S)
    if (isSecond) return act.full()
    const wasIdle = root.hasAttribute('data-idle')
    tap = window.setTimeout(() => {
      wake()
      if (!wasIdle && !video.paused) root.setAttribute('data-idle', '')
    }, DOUBLE_MS)
    return undefined
  }

  cover.addEventListener('click', (event) => {
    if (event.target !== cover) return
    if (/** @type {PointerEvent} */ (event).pointerType === 'touch') touched(/** @type {PointerEvent} */ (event))
    else act.toggle()
  }, { signal })
  cover.addEventListener('dblclick', (event) => {
    if (event.target === cover && /** @type {PointerEvent} */ (event).pointerType !== 'touch') act.full()
  }, { signal })
  for (const type of ['pointermove', 'focusin', 'keydown']) {
    root.addEventListener(type, (event) => {
      if (!(event instanceof PointerEvent) || event.pointerType !== 'touch' || event.target !== cover) wake()
    }, { signal })
  }
  root.addEventListener('pointerleave', (event) => {
    if (event.pointerType === 'mouse' && !video.paused && menu.hidden) root.setAttribute('data-idle', '')
  }, { signal })
  for (const type of ['play', 'pause']) video.addEventListener(type, wake, { signal })
  wake()
}
