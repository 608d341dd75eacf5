/** The bar at the foot of every page. It sleeps until something is to be played or a queue of this tab waits. */
import { playerWanted } from 'lib/now-playing'
import { tab } from 'lib/storage'

/** @param {HTMLElement} bar @param {AbortSignal} signal */
export async function attach(bar, signal) {
  if (!tab.recall('queue')) await playerWanted
  if (signal.aborted) return
  const [{ drawBar }, { drawQueue }, { attachOptions }] = await Promise.all([import('lib/bar-view'), import('lib/bar-queue'), import('lib/bar-options')])
  drawBar(bar, signal)
  drawQueue(bar, signal)
  attachOptions(bar, signal)
}
