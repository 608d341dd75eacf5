/** One socket for all topics of the page, and polling where there is none. */

const DEBOUNCE_MS = 300
const POLL_MS = 2000
const PATIENCE_MS = 3000
const POLLS_A_LISTENER = 2

class Connection {
  /** @type {Map<string, number>} topic → how many elements follow it */
  #topics = new Map()
  /** @type {Map<string, number>} topic → timer of the event to come */
  #pending = new Map()
  /** @type {Map<string, Set<{secret: string, tell: () => void}>>} topic → scripts that follow it */
  #listeners = new Map()
  /** @type {any} */
  #socket = null
  #poll = 0
  #polls = 0

  /** @param {string} topic @param {AbortSignal} signal until then */
  follow(topic, signal) {
    this.#topics.set(topic, (this.#topics.get(topic) ?? 0) + 1)
    signal.addEventListener('abort', () => {
      const left = (this.#topics.get(topic) ?? 1) - 1
      if (left) this.#topics.set(topic, left)
      else this.#topics.delete(topic)
    })
    if (this.#socket?.connected) this.#watch(topic)
    else if (!this.#socket) void this.#connect()
  }

  /**
   * As `follow`, for a script: it is told when the topic may have changed, and once in the beginning.
   *
   * @param {string} topic @param {string} secret what opens an unlisted topic, or '' @param {() => void} tell @param {AbortSignal} signal until then
   */
  listen(topic, secret, tell, signal) {
    const listeners = this.#listeners.get(topic) ?? new Set()
    const listener = { secret, tell }
    this.#listeners.set(topic, listeners.add(listener))
    signal.addEventListener('abort', () => listeners.delete(listener))
    this.follow(topic, signal)
  }

  async #connect() {
    this.#socket = {}
    const patience = setTimeout(() => this.#startPolling(), PATIENCE_MS)
    try {
      const { io } = await import('socket.io')
      this.#socket = io({ transports: ['websocket'], reconnectionDelayMax: 30_000 })
    } catch {
      return
    }
    this.#socket.on('connect', () => {
      clearTimeout(patience)
      this.#stopPolling()
      for (const topic of this.#topics.keys()) this.#watch(topic)
    })
    this.#socket.on('disconnect', () => this.#startPolling())
    this.#socket.on('changed', (/** @type {{topic: string}} */ { topic }) => this.#soon(topic))
  }

  /** Ask for news of a topic. What happened before the server listened is caught up by one look. @param {string} topic */
  #watch(topic) {
    const secret = [...this.#listeners.get(topic) ?? []].find((listener) => listener.secret)?.secret
    this.#socket.emit('watch', { topic, secret }, () => this.#soon(topic))
  }

  /** @param {string} topic */
  #soon(topic) {
    if (this.#pending.has(topic)) return
    this.#pending.set(topic, window.setTimeout(() => {
      this.#pending.delete(topic)
      this.#tell(topic)
    }, DEBOUNCE_MS))
  }

  /** @param {string} topic @param {boolean} [polled] nobody said so: it is only time to look */
  #tell(topic, polled = false) {
    const isTurn = !polled || this.#polls % POLLS_A_LISTENER === 0
    for (const listener of isTurn ? this.#listeners.get(topic) ?? [] : []) listener.tell()
    for (const element of document.querySelectorAll(`[data-live="${CSS.escape(topic)}"]`)) element.dispatchEvent(new CustomEvent('live'))
  }

  #startPolling() {
    if (this.#poll) return
    this.#poll = window.setInterval(() => {
      this.#polls += 1
      for (const topic of this.#topics.keys()) if (!document.hidden || this.#listeners.get(topic)?.size) this.#tell(topic, true)
    }, POLL_MS)
  }

  #stopPolling() {
    clearInterval(this.#poll)
    this.#poll = 0
  }
}

export const connection = new Connection()
