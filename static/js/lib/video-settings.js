/** What the settings menu of a video offers. */
import { levelling } from 'lib/level'

export const SPEEDS = [0.25, 0.5, 0.75, 1, 1.25, 1.5, 1.75, 2]

const speedName = (/** @type {number} */ speed) => (speed === 1 ? 'Normal' : `${speed}×`)

/**
 * @param {HTMLVideoElement} video
 * @param {import('lib/video-source').Source} source
 * @param {ReturnType<typeof import('lib/video-captions').captionsOf>} captions
 * @returns {import('lib/video-menu').Setting[]}
 */
export function settingsOf(video, source, captions) {
  const rungName = () => {
    if (source.chosen() >= 0) return source.rungs().find(({ value }) => value === source.chosen())?.label ?? ''
    return source.playing() ? `Auto (${source.playing()})` : 'Auto'
  }
  return [
    {
      label: 'Quality',
      choices: () => [{ value: -1, label: source.chosen() < 0 ? rungName() : 'Auto' }, ...source.rungs()],
      chosen: source.chosen,
      current: rungName,
      choose: source.choose,
    },
    {
      label: 'Speed',
      choices: () => SPEEDS.map((value) => ({ value, label: speedName(value) })),
      chosen: () => video.playbackRate,
      current: () => speedName(video.playbackRate),
      choose: (speed) => {
        video.playbackRate = speed
      },
    },
    {
      label: 'Level loudness',
      choices: () => [{ value: 1, label: 'On' }, { value: 0, label: 'Off' }],
      chosen: () => Number(levelling.on),
      current: () => (levelling.on ? 'On' : 'Off'),
      choose: (on) => {
        levelling.on = on === 1
      },
    },
    {
      label: 'Captions',
      choices: () => [{ value: -1, label: 'Off' }, ...captions.list()],
      chosen: captions.shown,
      current: () => captions.list()[captions.shown()]?.label ?? 'Off',
      choose: captions.show,
    },
  ]
}
