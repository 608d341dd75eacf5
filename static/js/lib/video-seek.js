/** The video's seek bar: what is loaded, the chapters as pieces of it, and a picture of where the pointer is. */
import { seekSlider } from 'lib/seek-slider'
import { cueAt, fetchVtt } from 'lib/vtt'

/**
 * @param {HTMLElement} root
 * @param {HTMLVideoElement} video
 * @param {import('lib/playback').Playback} description
 * @param {{duration: () => number, seek: (seconds: number) => void, time: () => number}} media
 * @param {AbortSignal} signal
 * @returns {() => void} draws it anew
 */
export function attachSeek(root, video, description, media, signal) {
  const part = (/** @type {string} */ name) => /** @type {HTMLElement} */ (root.querySelector(`[data-video="${name}"]`))
  const still = part('still')
  /** @type {import('lib/vtt').Cue[]|null} */
  let pictures = null

  const chapterAt = (/** @type {number} */ at_s) => description.chapters.findLast(({ starts_at_ms }) => starts_at_ms / 1000 <= at_s)?.title ?? ''

  const picture = async (/** @type {number} */ at_s) => {
    if (!description.storyboard) return
    if (!pictures) {
      pictures = []
      pictures = await fetchVtt(description.storyboard, signal)
    }
    const cue = pictures[cueAt(pictures, at_s)]
    still.hidden = !cue
    if (!cue) return
    const [address, fragment] = cue.text.split('#xywh=')
    const [x, y, width, height] = (fragment ?? '').split(',').map(Number)
    const url = new URL(address, new URL(description.storyboard, location.href))
    still.style.backgroundImage = `url("${url.href}")`
    still.style.backgroundPosition = `-${x}px -${y}px`
    still.style.inlineSize = `${width}px`
    still.style.blockSize = `${height}px`
  }

  const slider = seekSlider(part('seek'), {
    ...media,
    pointed: (seconds) => {
      if (seconds === null) return
      part('chapter-there').textContent = chapterAt(seconds)
      void picture(seconds)
    },
  }, signal)

  let pieces_s = -1
  /** Cut the track where chapters start; anew when a video that is still being made has grown. */
  const drawPieces = () => {
    const duration = media.duration()
    if (pieces_s === duration || !duration) return
    pieces_s = duration
    const starts = description.chapters.map(({ starts_at_ms }) => starts_at_ms / 1000).filter((start) => start > 0 && start < duration)
    const edges = [0, ...starts, duration]
    part('track').replaceChildren(...edges.slice(1).map((end, place) => {
      const piece = document.createElement('span')
      piece.style.setProperty('--from', String(edges[place] / duration))
      piece.style.setProperty('--share', String((end - edges[place]) / duration))
      return piece
    }))
  }
  const draw = () => {
    drawPieces()
    slider.draw()
    part('chapter').textContent = chapterAt(media.time())
    const { buffered } = video
    for (let range = 0; range < buffered.length; range += 1) {
      if (buffered.start(range) <= video.currentTime + 0.5 && buffered.end(range) >= video.currentTime) slider.buffered(buffered.end(range))
    }
  }
  return draw
}
