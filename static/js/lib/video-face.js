/** What a video's controls show: playing, waiting, loud, broken; and its volume, which is remembered. */
import { levelling, setLevel, wake } from 'lib/level'
import { recall, remember } from 'lib/storage'
import { clock } from 'lib/time'

const FLASH_MS = 700

/**
 * @param {HTMLElement} root
 * @param {HTMLVideoElement} video
 * @param {(name: string) => any} part
 * @param {AbortSignal} signal
 */
export function attachFace(root, video, part, signal) {
  let flashing = 0
  const volume = part('volume')
  const loudness = { gain_db: 0, one_origin: false }
  let wanted = recall('video-volume', 1)
  let set = 1

  const level = () => {
    setLevel(video, wanted, loudness.gain_db, loudness.one_origin || video.currentSrc.startsWith('blob:'))
    set = video.volume
  }
  const want = (/** @type {number} */ value) => {
    wanted = Math.min(1, Math.max(0, value))
    remember('video-volume', wanted)
    level()
    drawVolume()
  }
  const drawVolume = () => {
    const silent = video.muted || wanted === 0
    root.dataset.volume = silent ? 'off' : wanted < 0.5 ? 'low' : 'high'
    part('mute').setAttribute('aria-label', silent ? 'Unmute' : 'Mute')
    volume.value = String(silent ? 0 : wanted)
    volume.style.setProperty('--progress', `${silent ? 0 : wanted * 100}%`)
  }
  const drawState = () => {
    root.toggleAttribute('data-playing', !video.paused)
    root.toggleAttribute('data-started', root.hasAttribute('data-started') || !video.paused)
    part('play').setAttribute('aria-label', video.paused ? 'Play' : 'Pause')
  }
  const wait = (/** @type {boolean} */ on) => root.toggleAttribute('data-waiting', on)

  level()
  video.muted = recall('video-muted', false)
  video.addEventListener('volumechange', () => {
    remember('video-muted', video.muted)
    // Some browsers have a control of their own, in a picture of their own.
    if (Math.abs(video.volume - set) > 0.01) want(set ? wanted * video.volume / set : video.volume)
    drawVolume()
  }, { signal })
  volume.addEventListener('input', () => {
    want(Number(volume.value))
    video.muted = wanted === 0
  }, { signal })
  levelling.changed(level, signal)
  video.addEventListener('play', () => {
    wake()
    level()
  }, { signal })
  for (const type of ['play', 'pause', 'ended']) video.addEventListener(type, drawState, { signal })
  for (const type of ['waiting', 'seeking']) video.addEventListener(type, () => wait(true), { signal })
  for (const type of ['playing', 'seeked', 'canplay', 'pause']) video.addEventListener(type, () => wait(false), { signal })
  video.addEventListener('playing', () => face.say(''), { signal })

  const face = {
    /** Say what is wrong, over the picture; '' takes it away. @param {string} sentence */
    say(sentence) {
      part('cover').hidden = false
      part('sentence').textContent = sentence
    },
    /** How loud the medium is. @param {import('lib/playback').Playback} description */
    describe({ gain_db, one_origin }) {
      Object.assign(loudness, { gain_db, one_origin })
      level()
    },
    /** Show for a moment what a key or a tap did. @param {string} sign */
    flash(sign) {
      const flash = part('flash')
      flash.textContent = sign
      flash.toggleAttribute('data-shown', true)
      clearTimeout(flashing)
      flashing = window.setTimeout(() => flash.removeAttribute('data-shown'), FLASH_MS)
    },
    /** Take the browser's own controls away and show ours. */
    ready() {
      video.controls = false
      part('cover').hidden = false
      root.toggleAttribute('data-ready', true)
      drawState()
      drawVolume()
    },
    /** @param {number} time @param {number} duration seconds */
    drawClock(time, duration) {
      part('elapsed').textContent = clock(time)
      part('whole').textContent = clock(duration)
    },
    /** Set by the player. */
    drawTime: () => undefined,
    actions: {
      mute: () => {
        video.muted = !video.muted
        face.flash(video.muted ? 'Muted' : 'Sound on')
      },
      louder: (/** @type {number} */ by) => {
        want(wanted + by)
        video.muted = false
        face.flash(`${Math.round(wanted * 100)} %`)
      },
    },
  }
  return face
}
