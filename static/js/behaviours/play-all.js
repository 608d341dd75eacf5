/**
 * `data-queue-url="<address>"` on a button: everything in that set goes into the queue, and plays. `data-shuffled` mixes
 * it, `data-start="<public id>"` begins there.
 */
import { request } from 'lib/http'
import { wantPlayer } from 'lib/now-playing'
import { toast } from 'lib/say'

/** @param {HTMLButtonElement} button */
async function press(button) {
  const { queueUrl = '', shuffled, start } = button.dataset
  wantPlayer()
  try {
    const [{ player }, { items }] = await Promise.all([import('lib/player'), request(queueUrl)])
    if (!items.length) return toast('Nothing in it can be played here at the moment.')
    const first = items.findIndex((/** @type {{id: string}} */ item) => item.id === start)
    const at = shuffled === undefined ? Math.max(0, first) : Math.floor(Math.random() * items.length)
    player.queue.shuffle = shuffled !== undefined
    return await player.playItems(items, at)
  } catch (error) {
    return toast(error instanceof Error ? error.message : 'That did not work.', { tone: 'danger' })
  }
}

/** @param {HTMLButtonElement} button @param {AbortSignal} signal */
export function attach(button, signal) {
  button.addEventListener('click', () => void press(button), { signal })
}
