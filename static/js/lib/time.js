/** Times as people read, hear and write them. All of them in seconds, as media elements count. */

/** @param {number} seconds @returns {string} "3:12" or "1:02:03" */
export function clock(seconds) {
  const whole = Math.max(0, Math.floor(Number.isFinite(seconds) ? seconds : 0))
  const [hours, minutes, rest] = [Math.floor(whole / 3600), Math.floor(whole / 60) % 60, whole % 60]
  const tail = `${String(rest).padStart(2, '0')}`
  return hours ? `${hours}:${String(minutes).padStart(2, '0')}:${tail}` : `${minutes}:${tail}`
}

/** @param {number} seconds @returns {string} "3 minutes 12 seconds", for screen readers */
export function spoken(seconds) {
  const whole = Math.max(0, Math.floor(Number.isFinite(seconds) ? seconds : 0))
  const parts = [[Math.floor(whole / 3600), 'hour'], [Math.floor(whole / 60) % 60, 'minute'], [whole % 60, 'second']]
  const said = parts.filter(([count]) => count).map(([count, unit]) => `${count} ${unit}${count === 1 ? '' : 's'}`)
  return said.join(' ') || '0 seconds'
}

/** @param {string|null|undefined} text "90", "1m30s", "1:30" @returns {number} seconds, 0 for anything else */
export function parseStart(text) {
  if (!text) return 0
  if (/^\d+(\.\d+)?$/.test(text)) return Number(text)
  if (/^\d+(:\d{1,2}){1,2}$/.test(text)) return text.split(':').reduce((sum, part) => sum * 60 + Number(part), 0)
  const units = /^(?:(\d+)h)?(?:(\d+)m)?(?:(\d+)s)?$/.exec(text)
  return units ? Number(units[1] ?? 0) * 3600 + Number(units[2] ?? 0) * 60 + Number(units[3] ?? 0) : 0
}

/** @param {number} seconds @returns {string} "2 min left", for an estimate that need not be exact */
export function timeLeft(seconds) {
  if (!Number.isFinite(seconds)) return ''
  if (seconds < 8) return 'a few seconds left'
  if (seconds < 60) return `${Math.ceil(seconds / 5) * 5} seconds left`
  if (seconds < 3600) return `${Math.ceil(seconds / 60)} min left`
  return `${Math.floor(seconds / 3600)} h ${Math.ceil(seconds / 60) % 60} min left`
}
