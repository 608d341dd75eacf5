/**
 * Things that change while one looks: `<section data-live="making:<id>" hx-get="…" hx-trigger="live">`; `data-live-secret` opens an unlisted topic.
 *
 * When the server says over the socket that a topic has changed, every element with it gets a DOM event `live`, at most
 * every 100 ms; htmx does the rest. Without a socket the event comes every 2 s instead, and with `data-live-rarely` once
 * in a while. Nobody pressed anything, so a question that does not get through is no error to speak of: it is asked again
 * when the line is back.
 */
import { connection } from 'lib/live-connection'

const UNASKED = new Set(['live', 'every'])

/** @param {HTMLElement} element @param {AbortSignal} signal */
export function attach(element, signal) {
  const topic = element.dataset.live ?? ''
  element.addEventListener('htmx:before:request', (event) => {
    const { ctx } = /** @type {CustomEvent} */ (event).detail
    if (ctx.sourceElement !== element || !UNASKED.has(ctx.sourceEvent?.type)) return
    if (navigator.onLine) ctx.fetch = ask
    else event.preventDefault()
  }, { signal })
  connection.follow(topic, signal, element.dataset.liveSecret)
}

/** As `fetch`; where there is no line, or a slow one ran out of time, nothing is new. @type {typeof fetch} */
async function ask(...question) {
  try {
    return await fetch(...question)
  } catch {
    return new Response(null, { status: 204 })
  }
}
