/** Which medium sounds in the bar, for every button and waveform on the page; and the rule that only one thing sounds. */

/** @type {{id: string, playing: boolean}} */
export const nowPlaying = { id: '', playing: false }

let want = () => {}

/** Kept once anything is to be played, however early: the bar may be fetched later than what plays in it. */
export const playerWanted = new Promise((resolve) => { want = () => resolve(undefined) })

/** Let the bar come. */
export const wantPlayer = () => want()

/** @param {string} id public id, '' for none @param {boolean} playing */
export function tellNowPlaying(id, playing) {
  if (nowPlaying.id === id && nowPlaying.playing === playing) return
  Object.assign(nowPlaying, { id, playing })
  document.dispatchEvent(new CustomEvent('nowplaying', { detail: { ...nowPlaying } }))
}

/** Say that `owner` starts to sound. @param {object} owner */
export function takeTheFloor(owner) {
  document.dispatchEvent(new CustomEvent('floortaken', { detail: owner }))
}

/** Call `quieten` whenever somebody else starts to sound. @param {object} owner @param {() => void} quieten @param {AbortSignal} [signal] */
export function yieldTheFloor(owner, quieten, signal) {
  document.addEventListener('floortaken', (event) => {
    if (/** @type {CustomEvent} */ (event).detail !== owner) quieten()
  }, { signal })
}
