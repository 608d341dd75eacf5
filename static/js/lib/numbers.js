/** Numbers as pages write them; the same as `compact` of app/web/filters.py. */

/** @type {[number, string][]} */
const UNITS = [[1_000_000_000, 'B'], [1_000_000, 'M'], [1000, 'K']]

/** @param {number} count @returns {string} `12400` as `12.4K` */
export function compact(count) {
  for (const [limit, unit] of UNITS) if (count >= limit * 0.99995) return `${(count / limit).toFixed(1).replace(/\.0$/, '')}${unit}`
  return String(count)
}
