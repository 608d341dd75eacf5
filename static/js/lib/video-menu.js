/** The settings menu: a list of settings, each with a list of choices; by pointer, touch and keyboard. */

/**
 * @typedef {object} Setting
 * @property {string} label
 * @property {() => {value: number, label: string}[]} choices
 * @property {() => number} chosen
 * @property {() => string} current what the first list shows beside the label
 * @property {(value: number) => void} choose
 */

/** @param {HTMLElement} menu @param {HTMLElement} opener @param {Setting[]} settings @param {AbortSignal} signal @returns {{redraw: () => void}} */
export function attachMenu(menu, opener, settings, signal) {
  /** @type {Setting|null} */
  let entered = null

  /** @param {string} role @param {string} label @param {string} aside @param {() => void} act @param {boolean} [checked] */
  const item = (role, label, aside, act, checked) => {
    const button = document.createElement('button')
    Object.assign(button, { type: 'button', className: 'video-player__choice', tabIndex: -1 })
    button.setAttribute('role', role)
    if (checked !== undefined) button.setAttribute('aria-checked', String(checked))
    const name = document.createElement('span')
    name.textContent = label
    const state = document.createElement('span')
    state.textContent = aside
    button.append(name, state)
    button.addEventListener('click', act)
    return button
  }
  const draw = () => {
    const setting = entered
    const rows = setting
      ? [
        item('menuitem', `‹ ${setting.label}`, '', leave),
        ...setting.choices().map(({ value, label }) => item('menuitemradio', label, '', () => pick(setting, value), value === setting.chosen())),
      ]
      : settings.filter((each) => each.choices().length > 1).map((each) => {
        const row = item('menuitem', each.label, `${each.current()} ›`, () => enter(each))
        row.setAttribute('aria-haspopup', 'menu')
        return row
      })
    menu.replaceChildren(...rows)
    menu.setAttribute('aria-label', setting?.label ?? 'Settings')
  }
  const focus = (/** @type {number} */ place) => {
    const rows = /** @type {HTMLElement[]} */ ([...menu.children])
    rows.at(place % rows.length)?.focus()
  }
  const enter = (/** @type {Setting} */ setting) => {
    entered = setting
    draw()
    focus(setting.choices().findIndex(({ value }) => value === setting.chosen()) + 1)
  }
  const leave = () => {
    const place = entered ? settings.filter((each) => each.choices().length > 1).indexOf(entered) : 0
    entered = null
    draw()
    focus(place)
  }
  const pick = (/** @type {Setting} */ setting, /** @type {number} */ value) => {
    setting.choose(value)
    close()
  }
  const open = () => {
    entered = null
    draw()
    menu.hidden = false
    opener.setAttribute('aria-expanded', 'true')
    focus(0)
  }
  const close = ({ refocus = true } = {}) => {
    if (menu.hidden) return
    menu.hidden = true
    opener.setAttribute('aria-expanded', 'false')
    if (refocus) opener.focus()
  }

  opener.addEventListener('click', () => (menu.hidden ? open() : close()), { signal })
  document.addEventListener('pointerdown', (event) => {
    const { target } = event
    if (target instanceof Node && !menu.contains(target) && !opener.contains(target)) close({ refocus: false })
  }, { signal })
  menu.addEventListener('keydown', (event) => {
    const rows = [...menu.children]
    const place = rows.indexOf(/** @type {Element} */ (document.activeElement))
    /** @type {Record<string, () => void>} */
    const acts = {
      ArrowDown: () => focus(place + 1),
      ArrowUp: () => focus(place - 1),
      Home: () => focus(0),
      End: () => focus(-1),
      ArrowRight: () => !entered && /** @type {HTMLElement} */ (document.activeElement).click(),
      ArrowLeft: () => (entered ? leave() : close()),
      Escape: () => (entered ? leave() : close()),
      Tab: () => close(),
    }
    const act = acts[event.key]
    // Letters and space stay away from the player's own keys while the menu is open.
    event.stopPropagation()
    if (!act) return
    event.preventDefault()
    act()
  }, { signal })

  /** Draw anew what has changed under an open menu, with the focus where it was. */
  const redraw = () => {
    if (menu.hidden) return
    const nameOf = (/** @type {Element|undefined} */ row) => row?.firstChild?.textContent
    const place = [...menu.children].findIndex((row) => row === document.activeElement)
    const name = nameOf(menu.children[place])
    draw()
    const same = [...menu.children].findIndex((row) => nameOf(row) === name)
    if (place >= 0) focus(same < 0 ? place : same)
  }
  return { redraw }
}
