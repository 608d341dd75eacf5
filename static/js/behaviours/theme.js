/**
 * Light, dark, or as the system: buttons with `data-theme-value` ('light', 'dark', ''). The choice lives in a cookie, so
 * that the server draws the next page in it from the first byte.
 */
const A_YEAR_S = 31_536_000

/** @param {string} value */
function choose(value) {
  const root = document.documentElement
  if (value) root.dataset.theme = value
  else delete root.dataset.theme
  const sealed = location.protocol === 'https:'
  const name = sealed ? '__Host-theme' : 'theme'
  document.cookie = `${name}=${value}; path=/; max-age=${value ? A_YEAR_S : 0}; samesite=lax${sealed ? '; secure' : ''}`
}

/** @param {HTMLElement} element @param {AbortSignal} signal */
export function attach(element, signal) {
  const buttons = /** @type {HTMLElement[]} */ ([...element.querySelectorAll('[data-theme-value]')])
  const reflect = () => {
    const chosen = document.documentElement.dataset.theme ?? ''
    for (const button of buttons) button.setAttribute('aria-pressed', String(button.dataset.themeValue === chosen))
  }
  element.addEventListener('click', (event) => {
    const button = event.target instanceof Element && /** @type {HTMLElement|null} */ (event.target.closest('[data-theme-value]'))
    if (!button) return
    choose(button.dataset.themeValue ?? '')
    reflect()
  }, { signal })
  reflect()
}
