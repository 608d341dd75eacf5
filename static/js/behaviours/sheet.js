/**
 * `<a href data-sheet hx-boost="false">`: what is at the address opens in a dialog over the page. Its fragment says what it is called by
 * `data-title`; an answer with `HX-Trigger: sheet-done` closes it. Focus goes back to the link, or to the button of the menu that it is in.
 * Without a script, with a modifier key, when it cannot be fetched or leads elsewhere, the link is a link.
 */
import htmx from 'htmx'

/** @type {HTMLAnchorElement | null} */
let opener = null

/** What is said in the corner is over the dialog, too, while that is open. @param {HTMLElement} place */
function bringToasts(place) {
  const toasts = document.getElementById('toasts')
  if (toasts && toasts.parentElement !== place) place.append(toasts)
}

/** @returns {HTMLDialogElement} the one dialog of the page, made when it is wanted for the first time */
function sheet() {
  const present = document.getElementById('sheet')
  if (present instanceof HTMLDialogElement) return present
  const dialog = document.createElement('dialog')
  dialog.id = 'sheet'
  dialog.className = 'sheet'
  dialog.setAttribute('aria-labelledby', 'sheet-title')
  dialog.innerHTML = '<div class="sheet__head"><h2 id="sheet-title"></h2><form method="dialog"><button type="submit" class="button button--ghost button--small">Close</button></form></div><div id="sheet-body"></div>'
  dialog.addEventListener('click', (event) => event.target === dialog && dialog.close())
  dialog.addEventListener('sheet-done', () => dialog.close())
  dialog.addEventListener('close', () => {
    bringToasts(document.body)
    const back = opener?.checkVisibility() ? opener : opener?.closest('details')?.querySelector('summary')
    back?.focus()
  })
  document.addEventListener('htmx:before:history:update', () => dialog.open && dialog.close())
  document.body.append(dialog)
  return dialog
}

/** @param {HTMLAnchorElement} link @param {AbortSignal} signal */
export function attach(link, signal) {
  link.addEventListener('click', async (event) => {
    if (event.metaKey || event.ctrlKey || event.shiftKey || event.altKey) return
    event.preventDefault()
    event.stopPropagation()
    const answer = await fetch(link.href, { headers: { 'HX-Request': 'true', 'HX-Request-Type': 'partial' } }).catch(() => null)
    if (!answer?.ok || answer.redirected || answer.headers.has('HX-Redirect')) return location.assign(link.href)
    const dialog = sheet()
    const body = /** @type {HTMLElement} */ (dialog.querySelector('#sheet-body'))
    body.innerHTML = await answer.text()
    htmx.process(body)
    const title = /** @type {HTMLElement} */ (dialog.querySelector('#sheet-title'))
    title.textContent = body.querySelector('[data-title]')?.getAttribute('data-title') ?? ''
    opener = link
    if (!dialog.open) dialog.showModal()
    bringToasts(dialog)
  }, { signal })
}
