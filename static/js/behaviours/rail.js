/** The rail stays while pages change under it: this moves its mark to where one is now. */

/** @param {HTMLElement} rail @param {AbortSignal} signal */
export function attach(rail, signal) {
  const mark = () => {
    for (const link of rail.querySelectorAll('.rail__link')) {
      const under = link.getAttribute('data-under')
      if (link.getAttribute('href') === location.pathname || (under && location.pathname.startsWith(under))) link.setAttribute('aria-current', 'page')
      else link.removeAttribute('aria-current')
    }
  }
  document.addEventListener('htmx:after:swap', mark, { signal })
  document.addEventListener('htmx:after:history:push', mark, { signal })
  window.addEventListener('popstate', mark, { signal })
}
