/**
 * Writing in a conversation: sends without leaving the page, keeps what was written when the line is lost, says that
 * one is writing. Enter sends where there is a real keyboard, Shift and Enter begin a line.
 *
 * A message keeps its key until the server has it, so that pressing “Send” again after a failure sends it once.
 */
import { connection } from 'lib/live-connection'
import { HttpError, request } from 'lib/http'
import { tab } from 'lib/storage'

const TYPING_EVERY_MS = 3000
const PATIENCE_MS = 15_000

/** @param {HTMLFormElement} form @param {AbortSignal} signal */
export function attach(form, signal) {
  const topic = form.dataset.topic ?? ''
  const body = /** @type {HTMLTextAreaElement} */ (form.elements.namedItem('body'))
  const attachment = /** @type {HTMLInputElement} */ (form.elements.namedItem('attach'))
  const key = /** @type {HTMLInputElement} */ (form.elements.namedItem('client_key'))
  const error = /** @type {HTMLElement} */ (form.querySelector('[data-error]'))
  const draft = `draft:${topic}`
  let said_ms = -Infinity
  let sending = false

  /** @param {string} sentence */
  function complain(sentence) {
    error.textContent = sentence
    error.hidden = !sentence
  }

  async function send() {
    if (sending || !(body.value.trim() || attachment.value.trim())) return
    sending = true
    const said = { body: body.value, attach: attachment.value, client_key: key.value }
    complain('')
    try {
      await request(form.action, { method: 'POST', body: said, patience_ms: PATIENCE_MS })
      if (body.value === said.body) body.value = ''
      attachment.value = ''
      key.value = crypto.randomUUID?.() ?? String(Math.random())
      tab.remember(draft, body.value || null)
      said_ms = -Infinity
      form.dispatchEvent(new CustomEvent('sent', { bubbles: true }))
    } catch (reason) {
      const sentence = reason instanceof HttpError ? reason.message : 'That did not work.'
      complain(`${sentence}${reason instanceof HttpError && reason.temporary ? ' It is not sent yet: press Send again.' : ''}`)
    } finally {
      sending = false
      body.focus()
    }
  }

  body.value ||= tab.recall(draft) ?? ''
  tab.remember(draft, body.value || null) // what somebody typed while this script was on its way
  form.addEventListener('submit', (event) => {
    event.preventDefault()
    event.stopPropagation()
    void send()
  }, { signal, capture: true })
  body.addEventListener('keydown', (event) => {
    if (event.key !== 'Enter' || event.shiftKey || event.isComposing || !matchMedia('(pointer: fine)').matches) return
    event.preventDefault()
    void send()
  }, { signal })
  body.addEventListener('input', () => {
    tab.remember(draft, body.value || null)
    if (!body.value || performance.now() - said_ms < TYPING_EVERY_MS) return
    said_ms = performance.now()
    void connection.say('typing', { topic })
  }, { signal })
}
