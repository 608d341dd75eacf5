/** The one audio player of the page: a queue, an engine, and what happens between them. */
import { AudioEngine } from 'lib/audio-engine'
import { report } from 'lib/media-session'
import { takeTheFloor, tellNowPlaying, yieldTheFloor } from 'lib/now-playing'
import { keepInMind } from 'lib/player-memory'
import { Prefetch } from 'lib/prefetch'
import { Queue } from 'lib/queue'
import { SleepTimer } from 'lib/sleep-timer'
import { Track } from 'lib/track'

const RESTART_S = 3

/** Fires `change` when anything but the time changes, and `time` when that does. */
export class Player extends EventTarget {
  queue = new Queue()
  engine = new AudioEngine(document.getElementById('player-bar') ?? document.body)
  /** What is wrong, in words, or ''. */
  sentence = ''
  waiting = false
  /** Where to go on in an item that is not loaded. */
  resume_s = 0
  sleep = new SleepTimer(this)
  /** @type {Track|null} */
  #track = null
  #prefetch = new Prefetch(this)

  constructor() {
    super()
    const { engine } = this
    for (const type of ['play', 'pause', 'durationchange', 'seeked', 'volumechange']) engine.addEventListener(type, () => this.changed())
    engine.addEventListener('play', () => takeTheFloor(this))
    engine.addEventListener('waiting', () => this.changed({ waiting: true }))
    engine.addEventListener('playing', () => this.changed({ waiting: false, sentence: '' }))
    engine.addEventListener('timeupdate', () => this.dispatchEvent(new Event('time')))
    engine.addEventListener('ended', () => void this.finish())
    yieldTheFloor(this, () => this.pause())
    keepInMind(this)
  }

  /** The current item's; null until it is known. */
  get description() {
    return this.#track?.description ?? null
  }

  get playing() { return !this.engine.element.paused }

  /** Seconds played of the current item. */
  get time() {
    return this.description ? this.engine.element.currentTime : this.resume_s
  }

  /** Seconds in all, as well as it is known. */
  get duration() {
    const { duration } = this.engine.element
    if (this.description && Number.isFinite(duration)) return duration
    return (this.description?.duration_ms ?? this.queue.current?.duration_ms ?? 0) / 1000
  }

  /** @param {Omit<import('lib/queue').QueueItem, 'key'>[]} items @param {number} at @param {number} [at_s] start here, else where one left off */
  playItems(items, at, at_s) {
    this.engine.unlock()
    this.queue.replace(items, at)
    return this.open(this.queue.index, { at_s })
  }

  /** Play the item at a place in the queue. @param {number} index @param {{at_s?: number, resume?: boolean}} [how] `resume`: where one left off */
  async open(index, { at_s, resume = true } = {}) {
    this.#track?.leave()
    this.#track = null
    this.engine.pause()
    this.queue.index = index
    const track = this.#visit()
    if (track && await track.open({ at_s, resume })) await this.play()
  }

  async play() {
    if (!this.description) return this.open(this.queue.index, { at_s: this.resume_s || undefined })
    await this.engine.play().catch(({ name }) => name === 'NotAllowedError' && this.changed({ sentence: 'Press play to start.', waiting: false }))
  }

  pause() { this.engine.pause() }

  toggle() {
    this.engine.unlock()
    return this.playing ? this.pause() : this.play()
  }

  next() {
    const following = this.queue.following()
    return following < 0 ? this.pause() : this.open(following, { resume: false })
  }

  previous() {
    const before = this.queue.preceding()
    return this.time > RESTART_S || before < 0 ? this.seek(0) : this.open(before, { resume: false })
  }

  /** @param {number} seconds */
  seek(seconds) {
    if (this.description) this.engine.seek(seconds)
    else this.resume_s = seconds
    this.dispatchEvent(new Event('time'))
  }

  /** Fall silent and say why. @param {string} sentence */
  stop(sentence) {
    this.resume_s = this.time
    this.#track?.leave()
    this.#track = null
    this.engine.unload()
    this.changed({ sentence, waiting: false })
  }

  /** Tell everyone. @param {{waiting?: boolean, sentence?: string}} [news] */
  changed(news = {}) {
    Object.assign(this, news)
    tellNowPlaying(this.queue.current?.id ?? '', this.playing)
    if (this.description) report(this.engine.element)
    this.dispatchEvent(new Event('change'))
  }

  /** Begin with the current item. */
  #visit() {
    if (!this.queue.current) return null
    this.resume_s = 0
    this.#track = new Track(this.queue.current, this.engine, this)
    this.changed({ sentence: '', waiting: true })
    return this.#track
  }

  /** The current item is over: go on with what follows. */
  async finish() {
    this.#track?.leave({ finished: true })
    const next = this.queue.following({ byItself: true })
    if (this.sleep.trackEnded() || next < 0) {
      this.#track = null
      this.pause()
      return this.changed({ waiting: false })
    }
    const ready = this.#prefetch.take(this.queue.items[next])
    if (!ready) return this.open(next, { at_s: next === this.queue.index ? this.queue.items[next].from_s ?? 0 : undefined, resume: false })
    this.engine.handOver()
    this.queue.index = next
    void this.engine.play()
    return this.#visit()?.adopt(ready)
  }
}

export const player = new Player()
