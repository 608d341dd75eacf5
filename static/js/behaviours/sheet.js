/**
 * `<a href data-sheet hx-boost="false">`: what is at the address opens in a dialog over the page. Its fragment says what it is called by
 * `data-title`. Without a script, with a modifier key or when it cannot be fetched, the link is a link.
 */
import htmx from 'htmx'

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
    if (!answer?.ok) return location.assign(link.href)
    const dialog = sheet()
    const body = /** @type {HTMLElement} */ (dialog.querySelector('#sheet-body'))
    body.innerHTML = await answer.text()
    htmx.process(body)
    const title = /** @type {HTMLElement} */ (dialog.querySelector('#sheet-title'))
    title.textContent = body.querySelector('[data-title]')?.getAttribute('data-title') ?? ''
    if (!dialog.open) dialog.showModal()
  }, { signal })
}
