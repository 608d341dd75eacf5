/**
 * A form that knows the second: `data-behaviour="comment-moment" data-public-id="<medium>"`. While that medium plays, a
 * comment is about the moment at which one begins to type, unless the box is unticked or another time is typed.
 */
import { clock } from 'lib/time'

const LOOK_MS = 500

/** @param {string} id @returns {Promise<() => number>} the second at which the medium is */
async function clockOf(id) {
  const video = /** @type {HTMLVideoElement|null} */ (document.querySelector(`[data-player="video"][data-public-id="${CSS.escape(id)}"] video`))
  if (video) return () => video.currentTime || 0
  if (!document.querySelector(`[data-player="audio"][data-public-id="${CSS.escape(id)}"]`)) return () => 0
  const { player } = await import('lib/player')
  return () => (player.queue.current?.id === id ? player.time : 0)
}

/** @param {HTMLFormElement} form @param {AbortSignal} signal */
export async function attach(form, signal) {
  const now = await clockOf(form.dataset.publicId ?? '')
  if (signal.aborted) return
  const text = /** @type {HTMLTextAreaElement} */ (form.querySelector('textarea'))
  const box = /** @type {HTMLInputElement} */ (form.querySelector('[data-at-this-moment]'))
  const at = /** @type {HTMLInputElement} */ (form.querySelector('[data-at]'))
  const say = /** @type {HTMLElement} */ (form.querySelector('[data-say]'))
  let isWanted = true
  let byHand = Boolean(at.value)

  const draw = () => {
    if (isWanted && !byHand && !text.value) at.value = now() >= 1 ? clock(now()) : ''
    box.checked = Boolean(at.value)
    box.disabled = !at.value && now() < 1
    say.textContent = at.value ? `Comment at ${at.value}` : 'Comment'
  }
  box.addEventListener('change', () => {
    isWanted = box.checked
    byHand = false
    at.value = isWanted ? clock(now()) : ''
    draw()
  }, { signal })
  at.addEventListener('input', () => {
    byHand = true
    draw()
  }, { signal })
  const timer = setInterval(draw, LOOK_MS)
  signal.addEventListener('abort', () => clearInterval(timer))
  draw()
}
