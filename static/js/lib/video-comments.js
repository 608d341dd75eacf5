/** Comments on a film: how many there are where, over the seek bar, and the one that passes, over the picture. */
import { densityPath, Moments } from 'lib/moments'
import { Passing } from 'lib/passing'

/**
 * @param {HTMLElement} root @param {HTMLVideoElement} video @param {string} url where the comments are @param {AbortSignal} signal
 */
export function showVideoComments(root, video, url, signal) {
  const moments = new Moments(url, signal)
  const passing = new Passing(root, moments, signal)
  const seek = /** @type {HTMLElement} */ (root.querySelector('[data-video="seek"]'))
  seek.insertAdjacentHTML('afterbegin', '<svg class="video-player__density" viewBox="0 0 400 100" preserveAspectRatio="none" aria-hidden="true"><path d=""></path></svg>')
  moments.addEventListener('change', () => seek.querySelector('path')?.setAttribute('d', moments.bars.length ? densityPath(moments.bars) : ''), { signal })
  video.addEventListener('timeupdate', () => passing.tell(video.currentTime, !video.paused), { signal })
}
