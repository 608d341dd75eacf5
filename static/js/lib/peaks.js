/** Waveforms out of audiowaveform's JSON, as a path for an SVG with viewBox "0 0 400 100". */

const WIDTH = 400
const HEIGHT = 100
const BAR = 3
const GAP = 1

/**
 * @param {string} url
 * @param {AbortSignal} signal
 * @returns {Promise<string>} path data of symmetric bars; '' when there are no peaks
 */
export async function fetchWaveform(url, signal) {
  const answer = await fetch(url, { signal })
  return answer.ok ? pathOf(await answer.json()) : ''
}

/**
 * @param {{data: number[], bits?: number, channels?: number}} peaks interleaved minima and maxima, as audiowaveform writes them
 * @returns {string}
 */
export function pathOf({ data, bits = 8, channels = 1 }) {
  const pairs = Math.floor(data.length / 2 / channels)
  if (!pairs) return ''
  const bars = Math.floor(WIDTH / (BAR + GAP))
  const loudest = 2 ** (bits - 1)
  let path = ''
  for (let bar = 0; bar < bars; bar += 1) {
    const from = Math.floor(bar / bars * pairs) * 2 * channels
    const to = Math.max(from + 2, Math.floor((bar + 1) / bars * pairs) * 2 * channels)
    let peak = 0
    for (let place = from; place < to && place < data.length; place += 1) peak = Math.max(peak, Math.abs(data[place]))
    const height = Math.max(2, Math.min(1, peak / loudest) * HEIGHT)
    path += `M${bar * (BAR + GAP)} ${((HEIGHT - height) / 2).toFixed(1)}h${BAR}v${height.toFixed(1)}h-${BAR}z`
  }
  return path
}
