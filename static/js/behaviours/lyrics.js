/** Lyrics that move with the song: `<section data-lyrics="<address of the WebVTT>" hidden>` around an element `.lyrics`. */
import { player } from 'lib/player'
import { cueAt, fetchVtt } from 'lib/vtt'

/** @param {HTMLElement} section @param {AbortSignal} signal */
export async function attach(section, signal) {
  const place = section.querySelector('.lyrics')
  const cues = await fetchVtt(section.dataset.lyrics ?? '', signal)
  const song = /** @type {HTMLElement|null} */ (document.querySelector('[data-player="audio"]'))?.dataset.publicId
  if (!place || !cues.length) return
  const lines = cues.map(({ start_s, text }) => {
    const line = document.createElement('button')
    Object.assign(line, { type: 'button', className: 'lyrics__line', textContent: text })
    // The page's player listens for this wherever it stands.
    line.dataset.seekMs = String(Math.round(start_s * 1000))
    return line
  })
  place.replaceChildren(...lines)
  section.hidden = false
  let now = -1
  player.addEventListener('time', () => {
    const next = player.queue.current?.id === song ? cueAt(cues, player.time) : -1
    if (next === now) return
    lines[now]?.classList.remove('is-now')
    lines[next]?.classList.add('is-now')
    now = next
  }, { signal })
}
