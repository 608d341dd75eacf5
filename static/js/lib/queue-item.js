/** Queue items out of the play buttons of a page. */

/** @typedef {Omit<import('lib/queue').QueueItem, 'key'>} NewItem */

/** @param {HTMLElement} button an element with data-play @returns {NewItem} */
export function itemOf(button) {
  const { play = '', publicId, title, artist, url, artwork, durationMs, fromMs, untilMs } = button.dataset
  return {
    id: publicId ?? play.split('/').at(-2) ?? play,
    playback: play,
    title: title ?? button.getAttribute('aria-label')?.replace(/^Play /, '') ?? 'Untitled',
    artist: artist ?? '',
    url: url ?? '',
    artwork: artwork ?? '',
    duration_ms: Number(durationMs ?? 0),
    from_s: Number(fromMs ?? 0) / 1000,
    until_s: Number(untilMs ?? 0) / 1000,
  }
}

/**
 * The list that a button stands in: every play button of the nearest `data-queue`, or the button alone.
 *
 * @param {HTMLElement} button
 * @returns {{items: NewItem[], at: number}}
 */
export function listOf(button) {
  const group = button.closest('[data-queue]')
  const buttons = group ? /** @type {HTMLElement[]} */ ([...group.querySelectorAll('[data-play]:not([data-play-as])')]) : [button]
  const own = itemOf(button)
  /** @type {Map<string, NewItem>} one of each, though a card may show a medium's button twice */
  const items = new Map(buttons.map((other) => [itemOf(other).id, itemOf(other)]))
  if (!items.has(own.id)) return { items: [own], at: 0 }
  return { items: [...items.values()], at: [...items.keys()].indexOf(own.id) }
}
