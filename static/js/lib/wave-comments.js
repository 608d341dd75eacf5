/** Comments on a waveform: faces on their seconds, how many there are where, and the one that passes. */
import { densityPath, face, Moments } from 'lib/moments'
import { Passing } from 'lib/passing'
import { clock } from 'lib/time'

const SVG = 'http://www.w3.org/2000/svg'

/**
 * @param {HTMLElement} wave
 * @param {string} url where the comments are
 * @param {{time: () => number, duration: () => number, playing: () => boolean}} media in seconds
 * @param {AbortSignal} signal until then
 * @returns {() => void} to be called as the time moves
 */
export function showComments(wave, url, media, signal) {
  const moments = new Moments(url, signal)
  const layer = document.createElement('div')
  layer.className = 'wave-comments'
  layer.setAttribute('role', 'group')
  layer.setAttribute('aria-label', 'Comments along the track')
  wave.after(layer)
  const passing = new Passing(layer, moments, signal)
  signal.addEventListener('abort', () => layer.remove())

  const density = document.createElementNS(SVG, 'svg')
  for (const [name, value] of Object.entries({ viewBox: '0 0 400 100', preserveAspectRatio: 'none', 'aria-hidden': 'true', class: 'wave-comments__density' })) density.setAttribute(name, value)
  density.append(document.createElementNS(SVG, 'path'))
  layer.prepend(density)

  /** @type {Map<string, HTMLButtonElement>} */
  const drawn = new Map()
  const buttons = () => /** @type {HTMLButtonElement[]} */ ([...layer.querySelectorAll('button')])
  const share = (/** @type {number} */ at_ms) => at_ms / 1000 / (media.duration() || 1)

  const draw = () => {
    density.querySelector('path')?.setAttribute('d', moments.bars.length ? densityPath(moments.bars) : '')
    for (const moment of moments.comments) {
      const button = drawn.get(moment.id) ?? document.createElement('button')
      if (!drawn.has(moment.id)) {
        Object.assign(button, { type: 'button', className: 'wave-comments__one', tabIndex: -1 })
        button.dataset.seekMs = String(moment.at_ms)
        button.dataset.comment = moment.id
        button.setAttribute('aria-label', `${moment.name} at ${clock(moment.at_ms / 1000)}: ${moment.text}`)
        button.append(face(moment))
        drawn.set(moment.id, button)
      }
      button.style.setProperty('--at', String(share(moment.at_ms)))
      layer.append(button)
    }
    const all = buttons()
    if (all.length && !all.some(({ tabIndex }) => tabIndex === 0)) all[0].tabIndex = 0
  }
  const showOf = (/** @type {EventTarget|null} */ target) => {
    const button = target instanceof Element && /** @type {HTMLElement|null} */ (target.closest('[data-comment]'))
    const moment = button && moments.comments.find(({ id }) => id === button.dataset.comment)
    if (!moment) return
    passing.moveTo(share(moment.at_ms))
    passing.show(moment)
  }
  moments.addEventListener('change', draw, { signal })
  for (const type of ['focusin', 'pointerover', 'click']) layer.addEventListener(type, ({ target }) => showOf(target), { signal })
  for (const type of ['focusout', 'pointerleave']) layer.addEventListener(type, () => passing.hide(), { signal })
  layer.addEventListener('keydown', (event) => {
    const step = { ArrowRight: 1, ArrowLeft: -1 }[event.key]
    const all = buttons()
    const next = step && all[all.indexOf(/** @type {HTMLButtonElement} */ (event.target)) + step]
    if (!next) return
    event.preventDefault()
    for (const button of all) button.tabIndex = button === next ? 0 : -1
    next.focus()
  }, { signal })

  return () => {
    if (!layer.matches(':hover, :focus-within')) passing.moveTo(media.time() / (media.duration() || 1))
    passing.tell(media.time(), media.playing())
  }
}
