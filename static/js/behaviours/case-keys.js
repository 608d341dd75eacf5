/**
 * Cases by keyboard: an element with `data-key` is pressed, chosen or opened by that key. Nothing hears it while one
 * writes, or where single keys are switched off (see desk-keys).
 */
import { recall } from 'lib/storage'

/** @param {EventTarget | null} target @returns {boolean} whether somebody writes there */
const isWriting = (target) => target instanceof HTMLElement && (target.isContentEditable || target.matches('input:not([type="checkbox"], [type="radio"]), textarea, select'))

/** @param {HTMLElement} page @param {AbortSignal} signal */
export function attach(page, signal) {
  const place = page.closest('.desk') ?? page
  // Whoever takes one case after the other begins at what is suggested, not at the top of the frame
  const walks = new URLSearchParams(location.search).has('next') && document.activeElement === document.body
  if (walks) /** @type {HTMLElement | null} */ (page.querySelector('.case__choices :checked'))?.focus({ preventScroll: true })
  document.addEventListener('keydown', (event) => {
    if (event.ctrlKey || event.metaKey || event.altKey || event.defaultPrevented) return
    if (isWriting(event.target) || recall('desk-keys-off', false) || document.querySelector('dialog[open]')) return
    const found = [...place.querySelectorAll('[data-key]')].find((one) => one instanceof HTMLElement && one.dataset.key === event.key)
    if (!(found instanceof HTMLElement)) return
    event.preventDefault()
    found.focus()
    found.click()
    if (found.localName === 'summary') /** @type {HTMLElement | null} */ (found.parentElement?.querySelector('textarea, input:not([type="hidden"])'))?.focus()
  }, { signal })
}
