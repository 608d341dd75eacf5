/**
 * The desk by keyboard. Single keys, which one can switch off (WCAG 2.1.4), and which nothing hears while one writes:
 * `/` finds, `j` and `k` walk through the rows, `x` ticks one, `X` all of them, `.` leads to what can be done with
 * them, `?` shows this. A row is an element with `data-row`; its first link is what opens it.
 */
import { recall, remember } from 'lib/storage'

const OFF = 'desk-keys-off'

/** @returns {boolean} whether single keys do anything in this browser */
const isOn = () => !recall(OFF, false)

/** @param {EventTarget | null} target @returns {boolean} whether somebody writes there */
const isWriting = (target) => target instanceof HTMLElement && (target.isContentEditable || target.matches('input:not([type="checkbox"], [type="radio"]), textarea, select'))

/** @param {HTMLElement} desk @param {AbortSignal} signal */
export function attach(desk, signal) {
  const rows = () => /** @type {HTMLElement[]} */ ([...desk.querySelectorAll('[data-row]')])
  const box = (/** @type {Element | undefined} */ row) => /** @type {HTMLInputElement | null | undefined} */ (row?.querySelector('input[type="checkbox"]'))
  const current = () => rows().find((row) => row.contains(document.activeElement))

  const walk = (/** @type {number} */ step) => {
    const all = rows()
    const here = current()
    const next = here ? all[all.indexOf(here) + step] : step > 0 ? all[0] : undefined
    const target = /** @type {HTMLElement | null | undefined} */ (next?.querySelector('a[href]:not([tabindex="-1"])') ?? box(next))
    target?.focus()
    next?.scrollIntoView({ block: 'nearest' })
  }
  const tick = (/** @type {HTMLInputElement | null | undefined} */ input, on = !input?.checked) => {
    if (!input || input.disabled || input.checked === on) return
    input.checked = on
    input.dispatchEvent(new Event('change', { bubbles: true }))
  }
  const tickAll = () => {
    const all = rows().map(box)
    const on = all.some((input) => input && !input.disabled && !input.checked)
    for (const input of all) tick(input, on)
  }

  /** @type {Record<string, () => void>} */
  const keys = {
    '/': () => {
      const field = /** @type {HTMLInputElement | null} */ (desk.querySelector('[data-desk-find]'))
      field?.focus()
      field?.select()
    },
    '?': () => { /** @type {HTMLElement | null} */ (desk.querySelector('[data-opens="desk-keys"]'))?.click() },
    '.': () => { /** @type {HTMLElement | null} */ (desk.querySelector('.bulk :is(select, input:not([type="hidden"]), button)'))?.focus() },
    j: () => walk(1),
    k: () => walk(-1),
    x: () => tick(box(current())),
    X: tickAll,
  }

  const choice = /** @type {HTMLInputElement | null} */ (desk.querySelector('[data-desk-keys-on]'))
  if (choice) {
    choice.checked = isOn()
    choice.addEventListener('change', () => remember(OFF, choice.checked ? null : true), { signal })
  }
  document.addEventListener('keydown', (event) => {
    if (event.defaultPrevented || event.ctrlKey || event.metaKey || event.altKey || !isOn() || isWriting(event.target)) return
    if (document.querySelector('dialog[open]') || !(event.key in keys)) return
    event.preventDefault()
    keys[event.key]()
  }, { signal })
}
