/** The queue as a list: see it, jump in it, and put it in order with a pointer or the keyboard. */
import { player } from 'lib/player'
import { announcer } from 'lib/say'
import { clock } from 'lib/time'

/** @param {HTMLElement} bar @param {AbortSignal} signal */
export function drawQueue(bar, signal) {
  const { queue } = player
  const panel = /** @type {HTMLElement} */ (bar.querySelector('[data-bar="queue"]'))
  const list = /** @type {HTMLElement} */ (panel.querySelector('[data-bar="queue-list"]'))
  const template = /** @type {HTMLTemplateElement} */ (panel.querySelector('template'))
  const announce = announcer(/** @type {HTMLElement} */ (panel.querySelector('[aria-live]')))
  let drawn = ''

  const rowOf = (/** @type {import('lib/queue').QueueItem} */ item) => {
    const row = /** @type {HTMLElement} */ (/** @type {Element} */ (template.content.firstElementChild).cloneNode(true))
    row.dataset.key = item.key
    const set = (/** @type {string} */ name, /** @type {string} */ text) => {
      const element = row.querySelector(`[data-row="${name}"]`)
      if (element) element.textContent = text
    }
    set('title', item.title)
    set('artist', item.artist)
    set('duration', item.duration_ms ? clock(item.duration_ms / 1000) : '')
    const picture = /** @type {HTMLImageElement|null} */ (row.querySelector('img'))
    if (picture && item.artwork) picture.src = item.artwork
    for (const button of row.querySelectorAll('[data-queue-do]')) {
      button.setAttribute('aria-label', `${button.getAttribute('aria-label')}: ${item.title}`)
    }
    return row
  }
  const draw = () => {
    if (!panel.matches(':popover-open')) return
    const keys = queue.items.map((item) => item.key).join()
    if (keys !== drawn) {
      drawn = keys
      const focused = document.activeElement instanceof HTMLElement && list.contains(document.activeElement) ? document.activeElement : null
      const [key, what] = [focused?.closest('li')?.dataset.key, focused?.dataset.queueDo]
      list.replaceChildren(...queue.items.map(rowOf))
      if (key) /** @type {HTMLElement|null} */ (list.querySelector(`[data-key="${CSS.escape(key)}"] [data-queue-do="${what}"]`))?.focus()
    }
    for (const row of list.children) {
      const isCurrent = /** @type {HTMLElement} */ (row).dataset.key === queue.current?.key
      row.toggleAttribute('aria-current', isCurrent)
      if (isCurrent) row.setAttribute('aria-current', 'true')
    }
  }
  const move = (/** @type {string} */ key, /** @type {number} */ to) => {
    const item = queue.items.find((other) => other.key === key)
    queue.move(key, to)
    player.changed()
    announce(`${item?.title} is number ${Math.max(0, Math.min(to, queue.items.length - 1)) + 1} of ${queue.items.length}.`)
  }
  const act = (/** @type {string|undefined} */ what, /** @type {string} */ key) => {
    const place = queue.items.findIndex((item) => item.key === key)
    if (what === 'play') void (place === queue.index ? player.toggle() : player.open(place))
    if (what === 'up') move(key, place - 1)
    if (what === 'down') move(key, place + 1)
    if (what === 'remove') {
      queue.remove(key)
      player.changed()
      announce('Removed from the queue.')
    }
  }

  list.addEventListener('click', (event) => {
    const button = event.target instanceof Element && /** @type {HTMLElement|null} */ (event.target.closest('[data-queue-do]'))
    const key = button && button.closest('li')?.dataset.key
    if (button && key) act(button.dataset.queueDo, key)
  }, { signal })
  list.addEventListener('keydown', (event) => {
    const key = event.target instanceof Element && /** @type {HTMLElement|null} */ (event.target.closest('li'))?.dataset.key
    if (!key || !event.altKey || !['ArrowUp', 'ArrowDown'].includes(event.key)) return
    event.preventDefault()
    act(event.key === 'ArrowUp' ? 'up' : 'down', key)
  }, { signal })
  panel.querySelector('[data-bar="clear"]')?.addEventListener('click', () => {
    queue.clearUpcoming()
    player.changed()
    announce('The rest of the queue is cleared.')
  }, { signal })

  panel.addEventListener('toggle', () => {
    draw()
    list.querySelector('[aria-current]')?.scrollIntoView({ block: 'nearest' })
    void makeSortable()
  }, { signal })
  player.addEventListener('change', draw, { signal })

  let sortable = false
  /** Dragging is fetched when the panel opens for the first time. */
  async function makeSortable() {
    if (sortable) return
    sortable = true
    const { default: Sortable } = await import('sortable')
    Sortable.create(list, {
      handle: '[data-row="grip"]',
      forceFallback: true,
      animation: matchMedia('(prefers-reduced-motion: reduce)').matches ? 0 : 160,
      onEnd: ({ item, newIndex }) => {
        drawn = ''
        move(item.dataset.key, newIndex)
      },
    })
  }
}
