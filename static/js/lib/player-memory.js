/** What the player keeps: the volume for good, the queue and the place in it for the tab. */
import { recall, remember, tab } from 'lib/storage'

const SAVE_MS = 5000

/** Bring back what was kept, and keep what changes from now on. @param {import('lib/player').Player} player */
export function keepInMind(player) {
  const { engine, queue } = player
  engine.volume = recall('volume', 1)
  engine.muted = recall('muted', false)
  const saved = tab.recall('queue')
  queue.restore(saved)
  player.resume_s = saved?.position_s ?? 0

  let saved_at = 0
  const save = () => {
    saved_at = Date.now()
    tab.remember('queue', queue.items.length ? { ...queue.snapshot(), position_s: player.time } : null)
  }
  engine.addEventListener('volumechange', () => {
    remember('volume', engine.volume)
    remember('muted', engine.muted)
  })
  player.addEventListener('change', save)
  player.addEventListener('time', () => Date.now() - saved_at > SAVE_MS && save())
  window.addEventListener('pagehide', save)
}
