/** The form that logs out: the browser forgets what it held of whoever leaves, in this tab and in the others. */
import { LEFT, forgetPerson, forgetTab } from 'lib/storage'

/** @param {HTMLFormElement} form @param {AbortSignal} signal */
export function attach(form, signal) {
  form.addEventListener('submit', forgetPerson, { signal })
  addEventListener('storage', (event) => event.key === LEFT && forgetTab(), { signal })
}
