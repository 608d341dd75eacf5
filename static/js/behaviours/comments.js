/**
 * What is said under a thing: `<section data-behaviour="comments">`. A box with `data-passing` remembers whether comments
 * are shown as they pass; what fails is said; the comment that an address names is brought into view.
 */
import { sentenceFor } from 'lib/http'
import { toast } from 'lib/say'
import { recall, remember } from 'lib/storage'

/** @param {HTMLElement} section @param {AbortSignal} signal */
export function attach(section, signal) {
  const draw = () => {
    const box = /** @type {HTMLInputElement|null} */ (section.querySelector('[data-passing]'))
    if (box) box.checked = recall('passing', true)
  }
  section.addEventListener('change', ({ target }) => {
    if (target instanceof HTMLInputElement && target.matches('[data-passing]')) remember('passing', target.checked)
  }, { signal })
  section.addEventListener('htmx:after:swap', draw, { signal })
  draw()

  section.addEventListener('htmx:response:error', (event) => {
    const { ctx } = /** @type {CustomEvent} */ (event).detail
    if (!(event.target instanceof Element && event.target.matches('.comment-form'))) toast(sentenceFor(ctx.response.status), { tone: 'danger' })
  }, { signal })
  section.addEventListener('htmx:before:response', (event) => {
    const { ctx } = /** @type {CustomEvent} */ (event).detail
    if (!new URL(ctx.response.raw.url || location.href, location.href).pathname.startsWith('/login')) return
    event.preventDefault() // a page to log in on is no list of comments
    toast(sentenceFor(401), { tone: 'danger', link: { url: '/login', label: 'Log in' } })
  }, { signal })

  const linked = /** @type {HTMLElement|null} */ (section.querySelector('.comment--linked'))
  if (linked && location.search.includes('comment=')) linked.scrollIntoView({ block: 'center' })
}
