/** Where a video's bytes come from: hls.js where it can, the browser's own HLS otherwise, a plain file as the last. */
import { retry, UNPLAYABLE } from 'lib/recovery'
import { recall, remember } from 'lib/storage'

const FIRST_GUESS_BPS = 2_500_000

/**
 * @typedef {object} Source
 * @property {() => {value: number, label: string}[]} rungs best first, without "auto"
 * @property {() => number} chosen the rung that a person chose, -1 for automatic
 * @property {() => string} playing name of the rung on screen, '' when not known
 * @property {(rung: number) => void} choose
 * @property {(at_s: number) => void} start begin to load at that second; later calls do nothing
 * @property {() => void} close
 */

/**
 * @typedef {object} Hooks
 * @property {() => Promise<import('lib/playback').Playback>} describe ask again, for fresh addresses and whether one still may
 * @property {(sentence: string) => void} tell what is being waited for, '' when it is over
 * @property {(sentence: string) => void} stopped it is over, and why
 * @property {() => void} changed the rungs, or the one that plays
 */

/** @param {HTMLVideoElement} video @param {import('lib/playback').Playback} description @param {Hooks} hooks @param {AbortSignal} signal @returns {Promise<Source>} */
export async function openSource(video, description, hooks, signal) {
  for (const source of video.querySelectorAll('source')) source.remove()
  if (description.hls) {
    const { default: Hls } = await import('hls.js')
    if (Hls.isSupported()) return adaptive(Hls, video, description.hls, hooks, signal)
    if (video.canPlayType('application/vnd.apple.mpegurl')) return plain(video, description, 'hls', hooks, signal)
  }
  return plain(video, description, 'progressive', hooks, signal)
}

/** @param {any} Hls @param {HTMLVideoElement} video @param {string} url @param {Hooks} hooks @param {AbortSignal} signal @returns {Source} */
function adaptive(Hls, video, url, hooks, signal) {
  let address = url
  let started = false
  let from_s = 0
  let failures = 0
  const hls = new Hls({
    autoStartLoad: false,
    capLevelToPlayerSize: true,
    abrEwmaDefaultEstimate: recall('bandwidth', FIRST_GUESS_BPS),
    renderTextTracksNatively: false,
  })
  const nameOf = (/** @type {number} */ rung) => (hls.levels[rung]?.height ? `${hls.levels[rung].height}p` : '')

  hls.on(Hls.Events.MANIFEST_PARSED, () => {
    hooks.changed()
    if (started) hls.startLoad(video.currentTime || from_s)
  })
  hls.on(Hls.Events.LEVEL_SWITCHED, hooks.changed)
  hls.on(Hls.Events.FRAG_BUFFERED, () => {
    if (failures) hooks.tell('')
    failures = 0
  })
  hls.on(Hls.Events.ERROR, async (/** @type {string} */ _event, /** @type {any} */ { fatal, type }) => {
    if (!fatal || signal.aborted) return
    failures += 1
    if (failures > 6) return hooks.stopped(UNPLAYABLE)
    if (type === Hls.ErrorTypes.MEDIA_ERROR) return hls.recoverMediaError()
    hooks.tell('The connection was lost. Trying again…')
    try {
      const fresh = await retry(hooks.describe, { signal, first: failures, tell: hooks.tell })
      if (fresh.hls && fresh.hls !== address || !hls.levels.length) {
        address = fresh.hls ?? address
        hls.loadSource(address)
      } else {
        hls.startLoad(video.currentTime)
      }
    } catch (error) {
      if (!signal.aborted) hooks.stopped(error instanceof Error ? error.message : UNPLAYABLE)
    }
  })
  hls.loadSource(address)
  hls.attachMedia(video)

  const close = () => {
    if (hls.bandwidthEstimate) remember('bandwidth', Math.round(hls.bandwidthEstimate))
    hls.destroy()
  }
  signal.addEventListener('abort', close)
  return {
    rungs: () => hls.levels.map((/** @type {any} */ _level, /** @type {number} */ value) => ({ value, label: nameOf(value) })).reverse(),
    chosen: () => (hls.autoLevelEnabled ? -1 : hls.manualLevel),
    playing: () => nameOf(hls.currentLevel),
    choose: (rung) => {
      // A playing picture changes at the next fragment without a gap; a still one at once.
      if (video.paused) hls.currentLevel = rung
      else hls.nextLevel = rung
      hooks.changed()
    },
    start: (at_s) => {
      if (started) return
      started = true
      from_s = at_s
      // Said even for 0: a playlist that still grows would start at its end.
      hls.startLoad(at_s)
    },
    close,
  }
}

/** @param {HTMLVideoElement} video @param {import('lib/playback').Playback} description @param {'hls'|'progressive'} which @param {Hooks} hooks @param {AbortSignal} signal @returns {Source} */
function plain(video, description, which, hooks, signal) {
  let started = false
  let failures = 0
  video.addEventListener('error', async () => {
    const at_s = video.currentTime
    failures += 1
    if (failures > 4) return hooks.stopped(UNPLAYABLE)
    hooks.tell('The connection was lost. Trying again…')
    try {
      const fresh = await retry(hooks.describe, { signal, first: failures, tell: hooks.tell })
      video.src = fresh[which] ?? ''
      video.currentTime = at_s
      await video.play()
    } catch (error) {
      if (!signal.aborted) hooks.stopped(error instanceof Error ? error.message : UNPLAYABLE)
    }
  }, { signal })
  video.src = description[which] ?? ''
  return {
    rungs: () => [],
    chosen: () => -1,
    playing: () => (video.videoHeight ? `${video.videoHeight}p` : ''),
    choose: () => undefined,
    start: (at_s) => {
      if (!started && at_s > 0) video.currentTime = at_s
      started = true
    },
    close: () => {
      video.removeAttribute('src')
      video.load()
    },
  }
}
