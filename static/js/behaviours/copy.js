/** `data-copy="#id"` copies that field's value, `data-copy="text"` the text itself, and says so on the button. */
const SAID_MS = 2000

/** @param {HTMLElement} button @param {AbortSignal} signal */
export function attach(button, signal) {
  const label = button.querySelector('span') ?? button
  const before = label.textContent ?? ''
  let timer = 0
  button.addEventListener('click', async () => {
    const wanted = button.dataset.copy ?? ''
    const field = wanted.startsWith('#') ? document.querySelector(wanted) : null
    const isField = field instanceof HTMLInputElement || field instanceof HTMLTextAreaElement
    const text = isField ? field.value : wanted
    try {
      await navigator.clipboard.writeText(text)
      label.textContent = 'Copied'
    } catch {
      // Not allowed, or not over https: mark it, so that the keyboard can.
      if (isField) field.select()
      label.textContent = 'Press Ctrl+C'
    }
    clearTimeout(timer)
    timer = window.setTimeout(() => { label.textContent = before }, SAID_MS)
  }, { signal })
}
