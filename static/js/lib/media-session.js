/** The keys of lock screens, headphones and keyboards (Media Session API). */

/**
 * Show a medium there and take its keys.
 *
 * @param {import('lib/playback').Playback} description
 * @param {Partial<Record<MediaSessionAction, MediaSessionActionHandler|null>>} handlers
 */
export function present(description, handlers) {
  if (!('mediaSession' in navigator)) return
  const { artwork } = description
  navigator.mediaSession.metadata = new MediaMetadata({
    title: description.title,
    artist: description.artist.name,
    artwork: artwork ? [{ src: artwork.src }, ...pictures(artwork.srcset)] : [],
  })
  for (const action of /** @type {MediaSessionAction[]} */ (['play', 'pause', 'stop', 'seekto', 'seekbackward', 'seekforward', 'previoustrack', 'nexttrack'])) {
    try {
      navigator.mediaSession.setActionHandler(action, handlers[action] ?? null)
    } catch {
      // Browsers reject the actions that they do not know.
    }
  }
}

/** @param {string} srcset "url 160w, …" @returns {MediaImage[]} */
function pictures(srcset) {
  return srcset.split(', ').flatMap((entry) => {
    const [src, width] = entry.trim().split(/\s+/)
    return src && width ? [{ src, sizes: `${parseInt(width, 10)}x${parseInt(width, 10)}` }] : []
  })
}

/** Tell where the playing is. @param {HTMLMediaElement} element */
export function report(element) {
  if (!('mediaSession' in navigator)) return
  navigator.mediaSession.playbackState = element.paused ? 'paused' : 'playing'
  if (!Number.isFinite(element.duration) || element.duration <= 0) return
  const position = Math.min(element.currentTime, element.duration)
  navigator.mediaSession.setPositionState({ duration: element.duration, playbackRate: element.playbackRate || 1, position })
}

/**
 * The handlers that any single element can serve.
 *
 * @param {() => HTMLMediaElement} element
 * @returns {Partial<Record<MediaSessionAction, MediaSessionActionHandler>>}
 */
export function elementHandlers(element) {
  const jump = (/** @type {number} */ seconds) => {
    element().currentTime = Math.max(0, element().currentTime + seconds)
  }
  return {
    play: () => void element().play(),
    pause: () => element().pause(),
    stop: () => element().pause(),
    seekto: ({ seekTime }) => jump((seekTime ?? 0) - element().currentTime),
    seekbackward: ({ seekOffset }) => jump(-(seekOffset ?? 10)),
    seekforward: ({ seekOffset }) => jump(seekOffset ?? 10),
  }
}
