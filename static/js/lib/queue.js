/** What plays next: a list, a place in it, and the rules of shuffle and repeat. Knows nothing of sound or pages. */

/**
 * @typedef {object} QueueItem
 * @property {string} key its own in this queue, so that one medium may stand in it twice
 * @property {string} id public id of the medium
 * @property {string} playback address of the playback description
 * @property {string} title
 * @property {string} artist
 * @property {string} url page of the medium
 * @property {string} artwork address of a small picture, or ''
 * @property {number} duration_ms 0 when not known
 * @property {number} [from_s] where it begins, as its set has it; 0 for its beginning
 * @property {number} [until_s] where it stops; 0 for its end
 */
/** @typedef {'off'|'all'|'one'} Repeat */

/** @template T @param {T[]} list @returns {T[]} the same things in a random order (Fisher and Yates) */
function shuffled(list) {
  const mixed = [...list]
  for (let last = mixed.length - 1; last > 0; last -= 1) {
    const other = Math.floor(Math.random() * (last + 1));
    [mixed[last], mixed[other]] = [mixed[other], mixed[last]]
  }
  return mixed
}

export class Queue {
  /** @type {QueueItem[]} in the order of playing */
  items = []
  /** Place of the current item in `items`, -1 when there is none. */
  index = -1
  /** @type {Repeat} */
  repeat = 'off'
  shuffle = false
  /** @type {string[]} keys in the order before shuffling */
  #plain = []
  #count = 0

  /** @returns {QueueItem|undefined} */
  get current() {
    return this.items[this.index]
  }

  /** Give items keys of this queue. @param {Omit<QueueItem, 'key'>[]} items @returns {QueueItem[]} */
  #keyed(items) {
    return items.map((item) => ({ ...item, key: `${item.id}-${(this.#count += 1)}` }))
  }

  /** Start over with these items at one of them. @param {Omit<QueueItem, 'key'>[]} items @param {number} at */
  replace(items, at = 0) {
    this.items = this.#keyed(items)
    this.#plain = this.items.map((item) => item.key)
    this.index = Math.min(Math.max(0, at), this.items.length - 1)
    if (this.shuffle) this.setShuffle(true)
  }

  /** Put an item right after the current one, or at the end. @param {Omit<QueueItem, 'key'>} item @param {{next?: boolean}} [where] */
  add(item, { next = false } = {}) {
    const [keyed] = this.#keyed([item])
    const place = next ? this.index + 1 : this.items.length
    const after = this.#plain.indexOf(this.current?.key ?? '')
    this.items.splice(place, 0, keyed)
    this.#plain.splice(next ? after + 1 : this.#plain.length, 0, keyed.key)
    if (this.index < 0) this.index = 0
  }

  /** Take an item out; the current one stays. @param {string} key */
  remove(key) {
    const place = this.items.findIndex((item) => item.key === key)
    if (place < 0 || place === this.index) return
    this.items.splice(place, 1)
    this.#plain = this.#plain.filter((other) => other !== key)
    if (place < this.index) this.index -= 1
  }

  /** Move an item to another place, 0 for the first. @param {string} key @param {number} to */
  move(key, to) {
    const from = this.items.findIndex((item) => item.key === key)
    if (from < 0) return
    const playing = this.current
    const [item] = this.items.splice(from, 1)
    this.items.splice(Math.min(Math.max(0, to), this.items.length), 0, item)
    if (!this.shuffle) this.#plain = this.items.map((other) => other.key)
    this.index = playing ? this.items.indexOf(playing) : -1
  }

  /** Forget everything that has not been played. */
  clearUpcoming() {
    this.items.length = this.index + 1
    const left = new Set(this.items.map((item) => item.key))
    this.#plain = this.#plain.filter((key) => left.has(key))
  }

  /** Mix what is to come, or go back to the plain order around the current item. @param {boolean} on */
  setShuffle(on) {
    const playing = this.current
    this.shuffle = on
    if (on) {
      const rest = shuffled(this.items.filter((item) => item !== playing))
      this.items = playing ? [playing, ...rest] : rest
    } else {
      const place = new Map(this.#plain.map((key, at) => [key, at]))
      this.items.sort((one, other) => (place.get(one.key) ?? 0) - (place.get(other.key) ?? 0))
    }
    this.index = playing ? this.items.indexOf(playing) : -1
  }

  /**
   * Where playing goes on, without going there.
   *
   * @param {{byItself?: boolean}} [how] by itself at the end of an item ("repeat one" holds), or because a person asked
   * @returns {number} a place in `items`, or -1 for the end
   */
  following({ byItself = false } = {}) {
    if (!this.items.length) return -1
    if (byItself && this.repeat === 'one') return this.index
    if (this.index + 1 < this.items.length) return this.index + 1
    return this.repeat === 'off' ? -1 : 0
  }

  /** @returns {number} the place before the current one, or -1 */
  preceding() {
    return this.index > 0 ? this.index - 1 : this.repeat === 'all' ? this.items.length - 1 : -1
  }

  /** @returns {object} what `restore` takes, fit for JSON */
  snapshot() {
    return { items: this.items, index: this.index, repeat: this.repeat, shuffle: this.shuffle, plain: this.#plain, count: this.#count }
  }

  /** @param {any} saved what `snapshot` gave, perhaps by an older version: anything odd counts as empty */
  restore(saved) {
    if (!Array.isArray(saved?.items) || !Array.isArray(saved.plain)) return
    Object.assign(this, { items: saved.items, index: saved.index, repeat: saved.repeat, shuffle: saved.shuffle })
    this.#plain = saved.plain
    this.#count = saved.count
  }
}
