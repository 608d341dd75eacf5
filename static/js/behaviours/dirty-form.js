/** Warns before a form with unsaved changes is left: `<form data-behaviour="dirty-form">`. */

const QUESTION = 'There are changes that are not saved. Leave without them?'

/** @param {HTMLFormElement} form @param {AbortSignal} signal */
export function attach(form, signal) {
  // Not the token, which is new in every answer.
  const read = () => new URLSearchParams([...new FormData(form)].filter(([name]) => name !== 'csrf_token').map(([name, value]) => [name, value instanceof File ? value.name : value])).toString()
  let before = read()
  let leaving = false
  const isDirty = () => !leaving && form.isConnected && read() !== before

  form.addEventListener('input', () => form.toggleAttribute('data-dirty', isDirty()), { signal })
  form.addEventListener('submit', () => { leaving = true }, { signal })
  window.addEventListener('beforeunload', (event) => isDirty() && event.preventDefault(), { signal })
  document.addEventListener('htmx:before:request', (event) => {
    const { ctx } = /** @type {CustomEvent} */ (event).detail
    const leavesPage = ctx.target?.id === 'main' && ctx.sourceElement !== form
    if (leavesPage && isDirty() && !window.confirm(QUESTION)) event.preventDefault()
  }, { signal })
  document.addEventListener('htmx:after:swap', (event) => {
    if (/** @type {CustomEvent} */ (event).detail.ctx.target?.id !== 'main') return
    // A form that stays in a page drawn anew holds what the server has.
    before = read()
    leaving = false
  }, { signal })
}
