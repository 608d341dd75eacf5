/**
 * `data-preview="<playback address>"` on a still: when a pointer rests on it, the pictures of the medium's storyboard go by.
 * No video is fetched for it. Not for those who ask for less motion or less data.
 */
import { describe } from 'lib/playback'
import { fetchVtt } from 'lib/vtt'

const REST_MS = 350
const FRAME_MS = 500

/** @param {HTMLElement} element @param {AbortSignal} signal */
export function attach(element, signal) {
  const wantsLess = matchMedia('(prefers-reduced-motion: reduce), (prefers-reduced-data: reduce), (hover: none)').matches
  if (wantsLess || /** @type {any} */ (navigator).connection?.saveData) return
  const area = element.closest('.card') ?? element
  let timer = 0
  /** @type {import('lib/vtt').Cue[]|null} null until it was asked for */
  let cues = null
  let base = ''
  /** @type {HTMLElement|null} */
  let screen = null

  const load = async () => {
    cues = []
    const { storyboard } = await describe(element.dataset.preview ?? '', signal)
    if (!storyboard) return
    base = new URL(storyboard, location.href).href
    cues = await fetchVtt(base, signal)
  }
  const show = (/** @type {number} */ place) => {
    if (!cues?.length) return
    if (!screen) {
      screen = document.createElement('span')
      screen.className = 'preview'
      element.querySelector('.artwork')?.append(screen)
    }
    const [address, fragment] = cues[place % cues.length].text.split('#xywh=')
    const [x, y, width] = (fragment ?? '').split(',').map(Number)
    // `zoom` scales the sprite's sheet to the card without knowing how large the sheet is.
    screen.style.setProperty('inline-size', `${width}px`)
    screen.style.setProperty('zoom', String(element.clientWidth / width))
    screen.style.backgroundImage = `url("${new URL(address, base).href}")`
    screen.style.backgroundPosition = `-${x}px -${y}px`
    screen.classList.add('is-shown')
    timer = window.setTimeout(() => show(place + 1), FRAME_MS)
  }
  const stop = () => {
    clearTimeout(timer)
    screen?.classList.remove('is-shown')
  }
  area.addEventListener('pointerenter', () => {
    timer = window.setTimeout(async () => {
      if (!cues) await load().catch(() => undefined)
      if (area.matches(':hover')) show(1)
    }, REST_MS)
  }, { signal })
  area.addEventListener('pointerleave', stop, { signal })
  signal.addEventListener('abort', stop)
}
