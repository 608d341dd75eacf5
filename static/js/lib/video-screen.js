/** How much of the screen a video takes: theatre, full screen, picture in picture. */
import { recall, remember } from 'lib/storage'

/**
 * @param {HTMLElement} root
 * @param {HTMLVideoElement} video
 * @param {(name: string) => HTMLElement} part
 * @param {AbortSignal} signal
 * @returns {{full: () => void, theatre: () => void, picture: () => void}}
 */
export function attachScreen(root, video, part, signal) {
  const page = document.documentElement
  const setTheatre = (/** @type {boolean} */ on) => {
    page.toggleAttribute('data-theatre', on)
    part('theatre').setAttribute('aria-pressed', String(on))
  }
  const act = {
    full: () => {
      if (document.fullscreenElement) void document.exitFullscreen()
      else if (root.requestFullscreen) void root.requestFullscreen().catch(() => undefined)
      // iPhones give the whole screen to the element alone.
      else /** @type {any} */ (video).webkitEnterFullscreen?.()
    },
    theatre: () => {
      const on = !page.hasAttribute('data-theatre')
      setTheatre(on)
      remember('theatre', on)
    },
    picture: () => {
      if (document.pictureInPictureElement) void document.exitPictureInPicture()
      else void video.requestPictureInPicture?.().catch(() => undefined)
    },
  }
  setTheatre(recall('theatre', false))
  signal.addEventListener('abort', () => page.removeAttribute('data-theatre'))
  part('picture').hidden = !document.pictureInPictureEnabled
  part('full').hidden = !document.fullscreenEnabled && !('webkitEnterFullscreen' in video)
  for (const name of /** @type {const} */ (['full', 'theatre', 'picture'])) part(name).addEventListener('click', act[name], { signal })
  document.addEventListener('fullscreenchange', () => {
    const on = document.fullscreenElement === root
    root.toggleAttribute('data-full', on)
    part('full').setAttribute('aria-label', on ? 'Leave full screen' : 'Full screen')
  }, { signal })
  return act
}
