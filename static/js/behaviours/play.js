/**
 * A play button: `<button data-play="<playback address>" data-public-id data-title data-artist data-url data-artwork
 * data-duration-ms>`. It plays the medium and queues the others of the nearest `data-queue`; the medium that sounds is
 * shown by `data-playing` and by the label. `data-play-as="next"` and `data-play-as="last"` add to the queue instead.
 * `data-start-s` starts there.
 */
import { nowPlaying, wantPlayer } from 'lib/now-playing'
import { itemOf, listOf } from 'lib/queue-item'
import { toast } from 'lib/say'

const loadPlayer = () => import('lib/player').then((module) => module.player)

/** @param {HTMLButtonElement} button */
async function press(button) {
  const { player } = await import('lib/player')
  const item = itemOf(button)
  const { playAs, startS } = button.dataset
  wantPlayer()
  if (playAs) {
    player.queue.add(item, { next: playAs === 'next' })
    player.changed()
    toast(playAs === 'next' ? `“${item.title}” plays next.` : `“${item.title}” was added to the queue.`)
  } else if (player.queue.current?.id === item.id && startS === undefined) {
    await player.toggle()
  } else {
    const { items, at } = listOf(button)
    await player.playItems(items, at, startS === undefined ? undefined : Number(startS))
  }
}

/** @param {HTMLButtonElement} button @param {AbortSignal} signal */
export function attach(button, signal) {
  // The player is fetched when a hand comes near, so that the first visit does without it.
  for (const type of ['pointerenter', 'focus', 'touchstart']) button.addEventListener(type, () => void loadPlayer(), { signal, once: true, passive: true })
  button.addEventListener('click', (event) => {
    event.preventDefault()
    event.stopPropagation()
    void press(button)
  }, { signal })
  if (button.dataset.playAs) return

  const { id, title } = itemOf(button)
  const reflect = () => {
    const playing = nowPlaying.playing && nowPlaying.id === id
    button.toggleAttribute('data-playing', playing)
    button.setAttribute('aria-label', `${playing ? 'Pause' : 'Play'} ${title}`)
  }
  document.addEventListener('nowplaying', reflect, { signal })
  // A morph writes the label of the server back.
  document.addEventListener('htmx:after:swap', reflect, { signal })
  reflect()
}
