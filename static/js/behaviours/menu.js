/**
 * Things that open. `<details data-menu>` closes on Escape, on a click elsewhere and when something in it was chosen;
 * arrow keys walk through it. A button with `data-opens="<id>"` opens that `<dialog>`; a click beside the dialog closes it.
 */

/** @param {HTMLDetailsElement} details @param {AbortSignal} signal */
function attachDetails(details, signal) {
  const summary = /** @type {HTMLElement} */ (details.querySelector('summary'))
  const items = () => /** @type {HTMLElement[]} */ ([...details.querySelectorAll('.menu__list :is(a, button)')])
  const close = () => { details.open = false }

  document.addEventListener('click', (event) => {
    if (details.open && !(event.target instanceof Node && details.contains(event.target))) close()
  }, { signal })
  details.addEventListener('click', (event) => {
    const chosen = event.target instanceof Element && event.target.closest('.menu__list :is(a, button)')
    if (chosen && !chosen.hasAttribute('aria-pressed')) setTimeout(close)
  }, { signal })
  details.addEventListener('focusout', (event) => {
    if (event.relatedTarget instanceof Node && !details.contains(event.relatedTarget)) close()
  }, { signal })
  details.addEventListener('keydown', (event) => {
    if (event.key === 'Escape' && details.open) {
      event.stopPropagation()
      close()
      summary.focus()
      return
    }
    if (event.key !== 'ArrowDown' && event.key !== 'ArrowUp') return
    event.preventDefault()
    details.open = true
    const all = items()
    const now = all.indexOf(/** @type {HTMLElement} */ (document.activeElement))
    const step = event.key === 'ArrowDown' ? 1 : -1
    all.at(now < 0 && step < 0 ? -1 : (now + step) % all.length)?.focus()
  }, { signal })
}

/** @param {HTMLElement} button @param {AbortSignal} signal */
function attachOpener(button, signal) {
  button.setAttribute('aria-haspopup', 'dialog')
  button.addEventListener('click', () => {
    const dialog = document.getElementById(button.dataset.opens ?? '')
    if (!(dialog instanceof HTMLDialogElement) || dialog.open) return
    dialog.showModal()
    dialog.addEventListener('click', (event) => event.target === dialog && dialog.close(), { signal })
  }, { signal })
}

/** @param {HTMLElement} element @param {AbortSignal} signal */
export function attach(element, signal) {
  if (element instanceof HTMLDetailsElement) attachDetails(element, signal)
  else attachOpener(element, signal)
}
