/**
 * A form whose words survive: `<form data-behaviour="comment-draft" data-draft="<name>">` keeps what is typed in this
 * browser until the server has it, with the key by which the server knows it again. What fails is said at `data-problem`.
 */
import { sentenceFor } from 'lib/http'
import { recall, remember } from 'lib/storage'

const KEPT = 'What you wrote is kept here: send it again.'

/** @param {HTMLFormElement} form @param {AbortSignal} signal */
export function attach(form, signal) {
  const name = `draft:${form.dataset.draft}`
  const field = (/** @type {string} */ of) => /** @type {HTMLInputElement|null} */ (form.elements.namedItem(of))
  const text = /** @type {HTMLTextAreaElement} */ (form.querySelector('textarea'))
  const isInline = Boolean(form.closest('[id^="under-"]'))

  const say = (/** @type {string} */ sentence) => {
    const place = /** @type {HTMLElement} */ (form.querySelector('[data-problem]'))
    const words = /** @type {HTMLElement} */ (place.querySelector('span'))
    words.textContent = sentence
    place.hidden = !sentence
  }
  const keep = () => remember(name, text.value && text.value !== text.defaultValue ? { body: text.value, at: field('at')?.value ?? '', key: field('key')?.value ?? '' } : null)

  const saved = recall(name)
  if (saved?.body && text.value === text.defaultValue) {
    text.value = saved.body
    for (const of of ['at', 'key']) {
      const input = field(of)
      if (input && saved[of]) input.value = saved[of]
    }
  } else {
    keep() // what somebody typed while this script was on its way
  }
  if ('focus' in form.dataset && isInline) text.focus()
  form.addEventListener('input', keep, { signal })
  form.addEventListener('submit', () => say(''), { signal })
  form.addEventListener('click', (event) => {
    if (!isInline || !(event.target instanceof Element && event.target.closest('[data-cancel]'))) return
    event.preventDefault()
    event.stopPropagation()
    remember(name, null)
    form.remove()
  }, { capture: true, signal })

  form.addEventListener('htmx:after:request', (event) => {
    const { response } = /** @type {CustomEvent} */ (event).detail.ctx
    if (response.status < 400) remember(name, null)
  }, { signal })
  form.addEventListener('htmx:response:error', (event) => {
    const { status } = /** @type {CustomEvent} */ (event).detail.ctx.response
    if (status !== 422) say(`${sentenceFor(status)} ${KEPT}`)
  }, { signal })
  form.addEventListener('htmx:error', () => say(`${sentenceFor(0)} ${KEPT}`), { signal })
}
