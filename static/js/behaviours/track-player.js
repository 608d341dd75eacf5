/**
 * The large waveform of a track's page: a seek control that is tied to the bar while this medium plays there.
 *
 * `<div data-player="audio" data-playback="…" data-public-id …>` around an element with `data-wave`. In it,
 * `data-time="elapsed"` shows the time; anywhere in the page, `data-seek-ms` jumps. `data-start-s`, `?t=` and `data-autoplay` as for video.
 */
import { nowPlaying, wantPlayer } from 'lib/now-playing'
import { itemOf } from 'lib/queue-item'
import { followSeekLinks } from 'lib/seek-links'
import { seekSlider } from 'lib/seek-slider'
import { clock, parseStart } from 'lib/time'

/** @param {HTMLElement} root @param {AbortSignal} signal */
export async function attach(root, signal) {
  root.dataset.play = root.dataset.playback
  const item = itemOf(root)
  delete root.dataset.play
  const { player } = await import('lib/player')
  if (signal.aborted) return
  const wave = /** @type {HTMLElement} */ (root.querySelector('[data-wave]'))
  const isOurs = () => player.queue.current?.id === item.id
  const wanted = new URLSearchParams(location.search).get('t') ?? root.dataset.startS
  const start_s = wanted ? parseStart(wanted) : undefined

  const play = (/** @type {number|undefined} */ at_s) => {
    wantPlayer()
    return player.playItems([item], 0, at_s)
  }
  const seek = (/** @type {number} */ seconds) => {
    if (!isOurs()) return void play(seconds)
    player.seek(seconds)
    if (!player.playing) void player.play()
    return undefined
  }

  const played = /** @type {Element} */ (/** @type {Element} */ (wave.querySelector('svg')).cloneNode(true))
  played.classList.add('wave__played')
  const hover = document.createElement('span')
  hover.className = 'wave__hover'
  hover.setAttribute('data-seek-hover', '')
  wave.append(played, hover)
  for (const [name, value] of Object.entries({ role: 'slider', tabindex: '0', 'aria-label': `Seek in ${item.title}` })) wave.setAttribute(name, value)
  const slider = seekSlider(wave, {
    time: () => (isOurs() ? player.time : 0),
    duration: () => (isOurs() && player.duration) || item.duration_ms / 1000,
    seek,
  }, signal)

  /** @type {(() => void)|undefined} */
  let drawComments
  const { moments } = root.dataset
  if (moments) {
    const { showComments } = await import('lib/wave-comments')
    if (signal.aborted) return
    drawComments = showComments(wave, moments, {
      time: () => (isOurs() ? player.time : 0),
      duration: () => item.duration_ms / 1000,
      playing: () => isOurs() && player.playing,
    }, signal)
  }

  const draw = () => {
    slider.draw()
    drawComments?.()
    wave.toggleAttribute('data-playing', nowPlaying.playing && isOurs())
    const elapsed = root.querySelector('[data-time="elapsed"]')
    if (elapsed) elapsed.textContent = clock(isOurs() ? player.time : 0)
  }
  player.addEventListener('time', draw, { signal })
  player.addEventListener('change', draw, { signal })
  draw()

  followSeekLinks(seek, signal)
  if (root.hasAttribute('data-autoplay')) await play(start_s)
  else if (start_s !== undefined) startHere(item.id, start_s, signal)
}

/**
 * Let the next press of this medium's buttons start at a second.
 *
 * @param {string} id
 * @param {number} start_s
 * @param {AbortSignal} signal
 */
function startHere(id, start_s, signal) {
  /** @type {NodeListOf<HTMLElement>} */
  const buttons = document.querySelectorAll(`[data-play][data-public-id="${CSS.escape(id)}"]:not([data-play-as])`)
  for (const button of buttons) button.dataset.startS = String(start_s)
  document.addEventListener('nowplaying', () => {
    if (nowPlaying.playing && nowPlaying.id === id) for (const button of buttons) delete button.dataset.startS
  }, { signal })
}
