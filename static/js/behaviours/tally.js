/**
 * Numbers that go on while one looks: `<div data-tally="<subject hex>" data-topic="tally:media:<id>" data-secret="…">`.
 *
 * In it, `<data data-count="likes">` shows how many; with `hidden` where there are none. Elements with the same
 * `data-tally` anywhere in the page follow along.
 */
import { connection } from 'lib/live-connection'
import { compact } from 'lib/numbers'

/** @param {HTMLElement} element @param {AbortSignal} signal */
export function attach(element, signal) {
  connection.on('tally', (said) => said.subject === element.dataset.tally && show(element, said), signal)
  if (element.dataset.topic) connection.follow(element.dataset.topic, signal, element.dataset.secret)
}

/** @param {HTMLElement} element @param {Record<string, number>} counts */
function show(element, counts) {
  for (const place of /** @type {NodeListOf<HTMLElement>} */ (element.querySelectorAll('[data-count]'))) {
    const count = counts[place.dataset.count ?? '']
    if (count === undefined) continue
    const text = compact(count)
    if (place.textContent !== text) place.textContent = text
    const shown = /** @type {HTMLElement} */ (place.closest('[data-when-some]') ?? place)
    shown.hidden = !count && place.dataset.zero !== 'shown'
  }
}
