/**
 * Makes or uses a passkey: `<form data-behaviour="passkey" data-passkey="make|use" data-question="/where/the/question/is">`.
 *
 * When the form is sent, the question is fetched, the browser asks its owner, and the answer goes with the form in its
 * field `answer`, as an ordinary form does. What goes wrong stands in `[data-passkey-state]`. The form is hidden
 * (`script-only`) without a script; where the browser knows no passkeys, the sentence says so.
 */
import { HttpError, sentenceFor } from 'lib/http'

const SENTENCES = {
  unsupported: 'This browser knows no passkeys, or not those of today. Go another way.',
  cancelled: 'That was cancelled, or took too long. Try again when you are ready.',
  known: 'This device holds a passkey for your account already.',
  failed: 'The passkey did not answer. Try again, or go another way.',
}

/** @returns {boolean} whether questions and answers can be read here without code of our own */
function isSupported() {
  return typeof PublicKeyCredential === 'function' && 'parseRequestOptionsFromJSON' in PublicKeyCredential && 'toJSON' in PublicKeyCredential.prototype
}

/**
 * Fetch the question; the form's own token goes along, because strangers' pages have no other.
 *
 * @param {HTMLFormElement} form
 * @returns {Promise<any>}
 */
async function question(form) {
  const token = /** @type {HTMLInputElement} */ (form.elements.namedItem('csrf_token')).value
  const answer = await fetch(form.dataset.question ?? '', { method: 'POST', headers: { Accept: 'application/json', 'X-CSRFToken': token } })
    .catch(() => { throw new HttpError(sentenceFor(0), 0) })
  const read = await answer.json().catch(() => null)
  if (!answer.ok || !read) throw new HttpError(read?.error || sentenceFor(answer.status), answer.status)
  return read
}

/**
 * Have the browser ask its owner.
 *
 * @param {string} act make or use
 * @param {any} options the question
 * @param {AbortSignal} signal
 * @returns {Promise<string>} the answer as JSON
 */
async function answerOf(act, options, signal) {
  const credential = act === 'make'
    ? await navigator.credentials.create({ publicKey: PublicKeyCredential.parseCreationOptionsFromJSON(options), signal })
    : await navigator.credentials.get({ publicKey: PublicKeyCredential.parseRequestOptionsFromJSON(options), signal })
  return JSON.stringify(/** @type {PublicKeyCredential} */ (credential).toJSON())
}

/** @param {unknown} error @returns {string} what went wrong, for people */
function sentence(error) {
  if (error instanceof HttpError) return error.message
  const name = error instanceof Error ? error.name : ''
  if (name === 'NotAllowedError' || name === 'AbortError') return SENTENCES.cancelled
  return name === 'InvalidStateError' ? SENTENCES.known : SENTENCES.failed
}

/** @param {HTMLElement} element @param {AbortSignal} signal */
export function attach(element, signal) {
  const form = /** @type {HTMLFormElement} */ (element)
  const state = /** @type {HTMLElement} */ (form.querySelector('[data-passkey-state]'))
  const button = /** @type {HTMLButtonElement} */ (form.querySelector('button[type="submit"]'))
  const field = /** @type {HTMLInputElement} */ (form.elements.namedItem('answer'))
  if (!isSupported()) {
    button.disabled = true
    state.textContent = SENTENCES.unsupported
    return
  }
  form.addEventListener('submit', async (event) => {
    event.preventDefault()
    event.stopImmediatePropagation()
    if (!form.reportValidity()) return
    button.disabled = true
    state.textContent = ''
    try {
      field.value = await answerOf(form.dataset.passkey ?? '', await question(form), signal)
      form.submit() // goes round this listener
    } catch (error) {
      state.textContent = sentence(error)
      button.disabled = false
    }
  }, { signal, capture: true })
}
