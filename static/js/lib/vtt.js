/** WebVTT as data: cues of storyboards and lyrics, without a media element. */

/** @typedef {{start_s: number, end_s: number, text: string}} Cue */

/** @param {string} stamp "00:01:02.500" or "01:02.500" */
const seconds = (stamp) => stamp.split(':').reduce((sum, part) => sum * 60 + Number(part), 0)

/** @param {string} text a WebVTT file @returns {Cue[]} */
export function parseVtt(text) {
  return text.replaceAll('\r', '').split(/\n{2,}/).flatMap((block) => {
    const lines = block.split('\n')
    const timing = lines.findIndex((line) => line.includes('-->'))
    if (timing < 0) return []
    const [start, end] = lines[timing].split('-->').map((part) => seconds(part.trim().split(/\s/)[0]))
    const said = lines.slice(timing + 1).join('\n').replace(/<[^>]*>/g, '').trim()
    return Number.isFinite(start) && Number.isFinite(end) ? [{ start_s: start, end_s: end, text: said }] : []
  })
}

/** @param {Cue[]} cues in order @param {number} at_s @returns {number} place of the cue that holds then, -1 for none */
export function cueAt(cues, at_s) {
  return cues.findIndex((cue) => at_s >= cue.start_s && at_s < cue.end_s)
}

/** @param {string} url @param {AbortSignal} signal @returns {Promise<Cue[]>} empty when there is nothing to be had */
export async function fetchVtt(url, signal) {
  const answer = await fetch(url, { signal }).catch(() => null)
  return answer?.ok ? parseVtt(await answer.text()) : []
}
