/** What a video's controls show: playing, waiting, loud, broken; and its volume, which is remembered. */
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

  const drawVolume = () => {
    const silent = video.muted || video.volume === 0
    root.dataset.volume = silent ? 'off' : video.volume < 0.5 ? 'low' : 'high'
    part('mute').setAttribute('aria-label', silent ? 'Unmute' : 'Mute')
    volume.value = String(silent ? 0 : video.volume)
    volume.style.setProperty('--progress', `${silent ? 0 : video.volume * 100}%`)
  }
  const drawState = () => {
    root.toggleAttribute('data-playing', !video.paused)
    root.toggleAttribute('data-started', root.hasAttribute('data-started') || !video.paused)
    part('play').setAttribute('aria-label', video.paused ? 'Play' : 'Pause')
  }
  const wait = (/** @type {boolean} */ on) => root.toggleAttribute('data-waiting', on)

  video.volume = recall('video-volume', 1)
  video.muted = recall('video-muted', false)
  video.addEventListener('volumechange', () => {
    remember('video-volume', video.volume)
    remember('video-muted', video.muted)
    drawVolume()
  }, { signal })
  volume.addEventListener('input', () => {
    video.volume = Number(volume.value)
    video.muted = video.volume === 0
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
        video.volume = Math.min(1, Math.max(0, video.volume + by))
        video.muted = false
        face.flash(`${Math.round(video.volume * 100)} %`)
      },
    },
  }
  return face
}
