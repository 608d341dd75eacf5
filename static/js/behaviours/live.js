/**
 * Things that change while one looks: `<section data-live="making:<id>" hx-get="…" hx-trigger="live">`; `data-live-secret` opens an unlisted topic.
 *
 * When the server says over the socket that a topic has changed, every element with it gets a DOM event `live`, at most
 * every 100 ms; htmx does the rest. Without a socket the event comes every 2 s instead.
 */
import { connection } from 'lib/live-connection'

/** @param {HTMLElement} element @param {AbortSignal} signal */
export function attach(element, signal) {
  const topic = element.dataset.live ?? ''
  connection.follow(topic, signal, element.dataset.liveSecret)
}
