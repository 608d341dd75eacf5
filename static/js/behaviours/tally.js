/**
 * Numbers that go on while one looks: `<div data-tally="<subject hex>" data-topic="tally:media:<id>" data-secret="…">`.
 *
 * In it, `<data data-count="likes">` shows how many; it, or what is marked `data-when-some` around it, is hidden while
 * there are none. `data-one` and `data-many` of the element behind it are what they are called. Several elements of a page
 * may have the same `data-tally`; one of them names the topic.
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
    const unit = place.nextElementSibling
    if (unit instanceof HTMLElement && unit.dataset.many) unit.textContent = (count === 1 ? unit.dataset.one : unit.dataset.many) ?? ''
    const shown = /** @type {HTMLElement} */ (place.closest('[data-when-some]') ?? place)
    shown.hidden = !count
  }
}
