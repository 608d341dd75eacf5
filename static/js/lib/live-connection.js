/** One socket for all topics of the page, and polling where there is none. */

const DEBOUNCE_MS = 300
const POLL_MS = 2000
const PATIENCE_MS = 3000

class Connection {
  /** @type {Map<string, number>} topic → how many elements follow it */
  #topics = new Map()
  /** @type {Map<string, number>} topic → timer of the event to come */
  #pending = new Map()
  /** @type {any} */
  #socket = null
  #poll = 0

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
    this.#socket.emit('watch', { topic }, () => this.#soon(topic))
  }

  /** @param {string} topic */
  #soon(topic) {
    if (this.#pending.has(topic)) return
    this.#pending.set(topic, window.setTimeout(() => {
      this.#pending.delete(topic)
      this.#tell(topic)
    }, DEBOUNCE_MS))
  }

  /** @param {string} topic */
  #tell(topic) {
    for (const element of document.querySelectorAll(`[data-live="${CSS.escape(topic)}"]`)) element.dispatchEvent(new CustomEvent('live'))
  }

  #startPolling() {
    if (this.#poll) return
    this.#poll = window.setInterval(() => {
      if (!document.hidden) for (const topic of this.#topics.keys()) this.#tell(topic)
    }, POLL_MS)
  }

  #stopPolling() {
    clearInterval(this.#poll)
    this.#poll = 0
  }
}

export const connection = new Connection()
