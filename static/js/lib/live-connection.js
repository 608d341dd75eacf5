/**
 * One socket for all topics of the page, and polling where there is none.
 *
 * Two kinds of news come over it. “Look again”: a topic has changed; `data-live` elements and `listen`ers are told.
 * And messages that carry what is new themselves, such as `tally`: `on` hands them over at once.
 */

import { Polling } from 'lib/polling'

const DEBOUNCE_MS = 100
const PATIENCE_MS = 3000

class Connection {
  /** @type {Map<string, {followers: number, secret: string}>} */
  #topics = new Map()
  /** @type {Map<string, Set<(said: any) => void>>} name of a message → who hears it */
  #ears = new Map()
  /** @type {Map<string, number>} topic → timer of the event to come */
  #pending = new Map()
  /** @type {Map<string, Set<() => void>>} topic → scripts that follow it */
  #listeners = new Map()
  /** @type {any} */
  #socket = null
  #polling = new Polling((isTurn) => {
    for (const topic of this.#topics.keys()) if (!document.hidden || this.#listeners.get(topic)?.size) this.#tell(topic, isTurn)
  })

  /**
   * Be told of a topic, as far as its door lets this viewer in.
   * @param {string} topic @param {AbortSignal} signal until then @param {string} [secret] what opens an unlisted topic
   */
  follow(topic, signal, secret = '') {
    if (signal.aborted) return
    const entry = this.#topics.get(topic) ?? { followers: 0, secret }
    this.#topics.set(topic, entry)
    entry.followers += 1
    entry.secret ||= secret
    signal.addEventListener('abort', () => {
      entry.followers -= 1
      if (entry.followers) return
      this.#topics.delete(topic)
      if (this.#socket?.connected) this.#socket.emit('unwatch', { topic, secret: entry.secret || undefined })
    })
    if (this.#socket?.connected) this.#watch(topic)
    else if (!this.#socket) void this.#connect()
  }

  /**
   * Hear messages of a name, as they come, for the topics that somebody follows.
   * @param {string} name such as `tally` @param {(said: any) => void} hear @param {AbortSignal} signal until then
   */
  on(name, hear, signal) {
    if (signal.aborted) return
    if (!this.#ears.has(name)) {
      this.#ears.set(name, new Set())
      if (this.#socket?.on) this.#socket.on(name, (/** @type {any} */ said) => this.#handOver(name, said))
    }
    this.#ears.get(name)?.add(hear)
    signal.addEventListener('abort', () => this.#ears.get(name)?.delete(hear))
    if (!this.#socket) void this.#connect()
  }

  /**
   * Say something to the server, where there is a socket.
   * @param {string} name @param {unknown} said @returns {Promise<any>} what it answers; null without a socket
   */
  say(name, said) {
    if (!this.#socket?.connected) return Promise.resolve(null)
    return this.#socket.timeout(PATIENCE_MS).emitWithAck(name, said).catch(() => null)
  }

  /**
   * As `follow`, for a script: it is told when the topic may have changed, and once in the beginning.
   * @param {string} topic @param {string} secret what opens an unlisted topic, or '' @param {() => void} tell @param {AbortSignal} signal until then
   */
  listen(topic, secret, tell, signal) {
    const listeners = this.#listeners.get(topic) ?? new Set()
    this.#listeners.set(topic, listeners.add(tell))
    signal.addEventListener('abort', () => listeners.delete(tell))
    this.follow(topic, signal, secret)
  }

  async #connect() {
    this.#socket = {}
    const patience = setTimeout(() => this.#polling.start(), PATIENCE_MS)
    try {
      const { io } = await import('socket.io')
      this.#socket = io({ transports: ['websocket'], reconnectionDelayMax: 30_000 })
    } catch {
      return
    }
    this.#socket.on('connect', () => {
      clearTimeout(patience)
      this.#polling.stop()
      for (const topic of this.#topics.keys()) this.#watch(topic)
    })
    this.#socket.on('disconnect', () => this.#polling.start())
    // A line that is back is used at once, however long it was away: without this the next attempt may be 30 s off.
    window.addEventListener('online', () => this.#socket.connected || this.#socket.disconnect().connect())
    this.#socket.on('changed', (/** @type {{topic: string}} */ { topic }) => this.#soon(topic))
    for (const name of this.#ears.keys()) this.#socket.on(name, (/** @type {any} */ said) => this.#handOver(name, said))
  }

  /** @param {string} name @param {any} said */
  #handOver(name, said) {
    for (const hear of this.#ears.get(name) ?? []) hear(said)
  }

  /** Ask for news of a topic. What happened before, the server says in its answer, or one look finds it. @param {string} topic */
  #watch(topic) {
    const secret = this.#topics.get(topic)?.secret || undefined
    this.#socket.emit('watch', { topic, secret }, (/** @type {{now?: [string, any]}} */ answer) => {
      if (answer?.now) this.#handOver(...answer.now)
      this.#soon(topic)
    })
  }

  /** @param {string} topic */
  #soon(topic) {
    if (this.#pending.has(topic)) return
    this.#pending.set(topic, window.setTimeout(() => {
      this.#pending.delete(topic)
      this.#tell(topic)
    }, DEBOUNCE_MS))
  }

  /** @param {string} topic @param {(who: unknown) => boolean} [isTurn] whom to tell */
  #tell(topic, isTurn = () => true) {
    for (const tell of this.#listeners.get(topic) ?? []) if (isTurn(tell)) tell()
    for (const element of document.querySelectorAll(`[data-live="${CSS.escape(topic)}"]`)) if (isTurn(element)) element.dispatchEvent(new CustomEvent('live'))
  }
}

export const connection = new Connection()
