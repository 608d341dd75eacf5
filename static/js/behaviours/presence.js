/**
 * Says that this page is open, for those who work on the same set: `<section data-behaviour="presence" data-set="<public id>">`.
 *
 * The server forgets a page that does not repeat itself, so a closed laptop leaves as a closed tab does.
 */
import { connection } from 'lib/live-connection'

const EVERY_MS = 10_000

/** @param {HTMLElement} element @param {AbortSignal} signal */
export function attach(element, signal) {
  const set = element.dataset.set ?? ''
  const tell = () => connection.say('here', { set })
  const beat = setInterval(tell, EVERY_MS)
  // Heard at the start of every connection, too: also when the line came back.
  connection.listen(`presence:${set}`, '', () => void tell(), signal)
  signal.addEventListener('abort', () => {
    clearInterval(beat)
    void connection.say('away', {})
  })
}
