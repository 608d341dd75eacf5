/** Captions of a video: one language at a time, remembered for the next video. */
import { recall, remember } from 'lib/storage'

/**
 * @param {HTMLVideoElement} video with its `<track>` elements
 * @param {() => void} changed
 * @returns {{list: () => {value: number, label: string}[], shown: () => number, show: (place: number) => void, toggle: () => string}}
 */
export function captionsOf(video, changed) {
  const tracks = () => [...video.querySelectorAll('track')].map(({ track }) => track)
  const shown = () => tracks().findIndex((track) => track.mode === 'showing')

  const set = (/** @type {number} */ place) => {
    for (const [at, track] of tracks().entries()) track.mode = at === place ? 'showing' : 'disabled'
  }
  const show = (/** @type {number} */ place) => {
    set(place)
    changed()
    remember('captions', tracks()[place]?.language ?? 'off')
  }
  /** The language that was shown last, the browser's own, or the first there is. */
  const favourite = () => {
    const wanted = [recall('captions-last', ''), ...navigator.languages.map((language) => language.split('-')[0])]
    const found = wanted.map((language) => tracks().findIndex((track) => track.language.split('-')[0] === language)).find((place) => place >= 0)
    return found ?? (tracks().length ? 0 : -1)
  }

  const remembered = recall('captions', 'off')
  set(remembered === 'off' ? -1 : tracks().findIndex((track) => track.language === remembered))
  return {
    list: () => tracks().map((track, value) => ({ value, label: track.label || track.language })),
    shown,
    show: (place) => {
      if (place >= 0) remember('captions-last', tracks()[place].language.split('-')[0])
      show(place)
    },
    toggle: () => {
      show(shown() >= 0 ? -1 : favourite())
      return shown() >= 0 ? `Captions: ${tracks()[shown()].label}` : 'Captions off'
    },
  }
}
