/**
 * Turns a plain `<video controls>` into the player: `<div data-player="video" data-playback="…">` around it.
 *
 * `data-start-s` and `?t=` say where to start, `data-autoplay` to start at once.
 */
import { present, elementHandlers, report } from 'lib/media-session'
import { takeTheFloor, yieldTheFloor } from 'lib/now-playing'
import { describe } from 'lib/playback'
import { PositionKeeper, resumeAt } from 'lib/position'
import { retry } from 'lib/recovery'
import { followSeekLinks } from 'lib/seek-links'
import { parseStart } from 'lib/time'
import { captionsOf } from 'lib/video-captions'
import { attachFace } from 'lib/video-face'
import { attachKeys } from 'lib/video-keys'
import { attachMenu } from 'lib/video-menu'
import { attachPointer } from 'lib/video-pointer'
import { attachScreen } from 'lib/video-screen'
import { attachSeek } from 'lib/video-seek'
import { settingsOf, SPEEDS } from 'lib/video-settings'
import { openSource } from 'lib/video-source'

/** @param {HTMLElement} root @param {AbortSignal} signal */
export async function attach(root, signal) {
  const video = /** @type {HTMLVideoElement} */ (root.querySelector('video'))
  const part = (/** @type {string} */ name) => /** @type {any} */ (root.querySelector(`[data-video="${name}"]`))
  const face = attachFace(root, video, part, signal)
  const ask = () => describe(root.dataset.playback ?? '', signal)

  let description
  try {
    description = await retry(ask, { signal, tell: face.say })
  } catch (error) {
    if (!signal.aborted) face.say(error instanceof Error ? error.message : '')
    return
  }
  if (!description.hls && !description.progressive) return face.say('This is still being made. It can be watched in a moment.')

  const wanted = new URLSearchParams(location.search).get('t') ?? root.dataset.startS
  let start_s = wanted ? parseStart(wanted) : resumeAt(description) / 1000
  const stop = (/** @type {string} */ sentence) => {
    keeper.stop()
    source.close()
    face.say(sentence)
  }
  const keeper = new PositionKeeper(description, () => video, stop)
  const source = await openSource(video, description, { describe: ask, tell: face.say, stopped: stop, changed: () => redraw() }, signal)
  signal.addEventListener('abort', () => {
    keeper.tell({ last: true })
    keeper.stop()
  })

  face.describe(description)
  const media = {
    duration: () => (Number.isFinite(video.duration) && video.duration > 0 ? video.duration : description.duration_ms / 1000),
    time: () => (video.readyState ? video.currentTime : start_s),
    seek: (/** @type {number} */ seconds) => {
      start_s = Math.max(0, Math.min(seconds, media.duration()))
      source.start(start_s)
      video.currentTime = start_s
      face.drawTime()
    },
  }
  const act = {
    ...face.actions,
    ...attachScreen(root, video, part, signal),
    toggle: () => {
      face.flash(video.paused ? '▶' : '❚❚')
      if (!video.paused) return video.pause()
      source.start(start_s)
      return void video.play().catch((error) => error.name === 'NotAllowedError' && face.say('Press play to start.'))
    },
    jump: (/** @type {number} */ by_s) => {
      media.seek(media.time() + by_s)
      face.flash(`${by_s > 0 ? '+' : '−'}${Math.abs(by_s)} s`)
    },
    goTo: (/** @type {number} */ share) => media.seek(media.duration() * share),
    captions: () => face.flash(captions.list().length ? captions.toggle() : 'No captions'),
    faster: (/** @type {number} */ direction) => {
      const place = SPEEDS.indexOf(video.playbackRate) + direction
      video.playbackRate = SPEEDS[Math.min(SPEEDS.length - 1, Math.max(0, place))]
      face.flash(`${video.playbackRate}×`)
    },
  }
  const captions = captionsOf(video, () => redraw())
  const menu = attachMenu(part('menu'), part('settings'), settingsOf(video, source, captions), signal)
  const drawSeek = attachSeek(root, video, description, media, signal)
  const { moments } = root.dataset
  if (moments) void import('lib/video-comments').then(({ showVideoComments }) => !signal.aborted && showVideoComments(root, video, moments, signal))
  attachKeys(root, act, signal)
  followSeekLinks((seconds) => {
    media.seek(seconds)
    if (video.paused) act.toggle()
    root.scrollIntoView({ block: 'nearest' })
  }, signal)
  attachPointer(root, video, act, signal)

  function redraw() {
    menu.redraw()
    part('captions').hidden = !captions.list().length
    part('captions').setAttribute('aria-pressed', String(captions.shown() >= 0))
  }
  for (const name of ['play', 'big']) part(name).addEventListener('click', act.toggle, { signal })
  part('mute').addEventListener('click', act.mute, { signal })
  part('captions').addEventListener('click', act.captions, { signal })
  face.drawTime = () => {
    drawSeek()
    face.drawClock(media.time(), media.duration())
  }
  for (const type of ['timeupdate', 'durationchange', 'seeking', 'progress']) video.addEventListener(type, () => face.drawTime(), { signal })

  const handlers = elementHandlers(() => video)
  video.addEventListener('play', () => {
    source.start(start_s)
    takeTheFloor(video)
    present(description, { ...handlers, play: act.toggle })
  }, { signal })
  yieldTheFloor(video, () => video.pause(), signal)
  for (const type of ['play', 'pause', 'seeked', 'ratechange']) video.addEventListener(type, () => report(video), { signal })
  video.addEventListener('pause', () => void keeper.tell(), { signal })
  video.addEventListener('ended', () => void keeper.tell({ finished: true }), { signal })

  face.ready()
  redraw()
  face.drawTime()
  if (root.hasAttribute('data-autoplay')) act.toggle()
}
