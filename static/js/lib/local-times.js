/** Times of day, which the server writes in UTC, as clocks show them where the reader is. */

const clock = new Intl.DateTimeFormat(undefined, { hour: '2-digit', minute: '2-digit' })

/** Write every `<time data-clock>` in `root` anew. @param {ParentNode} root */
export function localise(root) {
  for (const time of root.querySelectorAll('time[data-clock]')) {
    const moment = new Date(time.getAttribute('datetime') ?? '')
    if (!Number.isNaN(moment.getTime())) time.textContent = clock.format(moment)
  }
}
