/**
 * A list that people put in order: by its handles, by the arrows on its rows, by Alt with the arrow keys. The row moves
 * at once and the server is told; where that fails, the list is asked for anew. What others change meanwhile waits until
 * a row is let go.
 *
 * `<ol data-behaviour="set-order" data-set="<public id>">` with rows `<li data-item="<id>" data-title>`.
 */
import { HttpError, request } from 'lib/http'
import { announcer, toast } from 'lib/say'

/** @param {HTMLElement} list @param {AbortSignal} signal */
export async function attach(list, signal) {
  const announce = announcer(/** @type {HTMLElement} */ (document.getElementById('arrange-said')))
  const rows = () => /** @type {HTMLElement[]} */ ([...list.querySelectorAll(':scope > [data-item]')])
  const url = (/** @type {HTMLElement} */ row, /** @type {string} */ what) => `/sets/${list.dataset.set}/items/${row.dataset.item}/${what}`
  /** How many rows are in hand or on their way to the server. */
  let busy = 0
  let missed = false
  /** What was asked for, one after the other. @type {Promise<unknown>} */
  let line = Promise.resolve()

  const reload = () => list.dispatchEvent(new CustomEvent('live'))
  const release = () => {
    busy -= 1
    if (busy || !missed) return
    missed = false
    reload()
  }
  const send = (/** @type {string} */ address, /** @type {object} */ body) => {
    busy += 1
    line = line.then(() => request(address, { method: 'POST', body })).catch((error) => {
      toast(error instanceof HttpError ? error.message : 'That did not work.', { tone: 'danger' })
      missed = true
    }).then(release)
    return line
  }
  const settle = (/** @type {HTMLElement} */ row) => {
    const all = rows()
    const at = all.indexOf(row)
    announce(`${row.dataset.title} is number ${at + 1} of ${all.length}.`)
    return send(url(row, 'place'), { after: all[at - 1]?.dataset.item ?? '', before: all[at + 1]?.dataset.item ?? '' })
  }
  const step = (/** @type {HTMLElement} */ row, /** @type {boolean} */ down) => {
    const all = rows()
    const neighbour = all[all.indexOf(row) + (down ? 1 : -1)]
    if (!neighbour) return
    const focused = document.activeElement
    if (down) neighbour.after(row)
    else neighbour.before(row)
    if (focused instanceof HTMLElement && row.contains(focused)) focused.focus()
    row.scrollIntoView({ block: 'nearest' })
    void settle(row)
  }
  const remove = (/** @type {HTMLElement} */ row) => {
    const next = row.nextElementSibling ?? row.previousElementSibling
    row.remove()
    announce(`${row.dataset.title} was taken out.`)
    ;/** @type {HTMLElement|null|undefined} */ (next?.querySelector('button'))?.focus()
    void send(url(row, 'delete'), {})
  }

  list.addEventListener('live', (event) => {
    if (!busy) return
    missed = true
    event.stopImmediatePropagation()
  }, { signal, capture: true })
  // Asked for before a row was in hand, answered while it is: the row would be taken out of the hand.
  list.addEventListener('htmx:before:swap', (event) => {
    if (!busy || event.target !== list) return
    missed = true
    event.preventDefault()
  }, { signal })
  // What somebody writes beside an item stays as it is while others change the list.
  list.addEventListener('toggle', ({ target }) => {
    if (target instanceof HTMLDetailsElement) target.toggleAttribute('hx-morph-skip', target.open)
  }, { signal, capture: true })
  list.addEventListener('submit', (event) => {
    const form = /** @type {HTMLFormElement} */ (event.target)
    const row = /** @type {HTMLElement|null} */ (form.closest('[data-item]'))
    if (!row || !form.matches('[data-moves], [data-removes]')) return
    event.preventDefault()
    if (form.matches('[data-removes]')) remove(row)
    else step(row, /** @type {SubmitEvent} */ (event).submitter?.getAttribute('value') === 'down')
  }, { signal })
  list.addEventListener('keydown', (event) => {
    const row = event.target instanceof Element && /** @type {HTMLElement|null} */ (event.target.closest('[data-item]'))
    if (!row || !event.altKey || !['ArrowUp', 'ArrowDown'].includes(event.key)) return
    event.preventDefault()
    step(row, event.key === 'ArrowDown')
  }, { signal })

  const { default: Sortable } = await import('sortable')
  if (signal.aborted) return
  const sortable = Sortable.create(list, {
    handle: '[data-grip]',
    draggable: '[data-item]',
    forceFallback: true,
    animation: matchMedia('(prefers-reduced-motion: reduce)').matches ? 0 : 160,
    onStart: () => { busy += 1 },
    onEnd: ({ item, oldIndex, newIndex }) => {
      if (oldIndex !== newIndex) void settle(item)
      release()
    },
  })
  signal.addEventListener('abort', () => sortable.destroy())
}
