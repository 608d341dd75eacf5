/**
 * Colours that only the data knows, without inline style: `data-tints="#aabbcc #ddeeff"` becomes --tint-1 and --tint-2 on
 * the element, and follows when the attribute changes. `data-accent="#aabbcc"` gives an embed the colour its page asks for.
 */
const HEX = /^#[0-9a-f]{6}$/i

/** @param {string} hex @returns {string} black or white, whichever is easier to read on it (WCAG relative luminance) */
function inkOn(hex) {
  const [red, green, blue] = [1, 3, 5].map((place) => {
    const share = parseInt(hex.slice(place, place + 2), 16) / 255
    return share <= 0.04045 ? share / 12.92 : ((share + 0.055) / 1.055) ** 2.4
  })
  const luminance = 0.2126 * red + 0.7152 * green + 0.0722 * blue
  return luminance > 0.179 ? '#000' : '#fff'
}

/** @param {HTMLElement} element @param {AbortSignal} signal */
export function attach(element, signal) {
  const paint = () => {
    const tints = (element.dataset.tints ?? '').split(/\s+/).filter((tint) => HEX.test(tint))
    for (const [place, name] of ['--tint-1', '--tint-2'].entries()) {
      if (tints[place]) element.style.setProperty(name, tints[place])
      else element.style.removeProperty(name)
    }
    const { accent } = element.dataset
    if (accent && HEX.test(accent)) {
      for (const name of ['--accent', '--accent-hover', '--accent-text']) element.style.setProperty(name, accent)
      element.style.setProperty('--accent-ink', inkOn(accent))
    }
  }
  const observer = new MutationObserver(paint)
  observer.observe(element, { attributes: true, attributeFilter: ['data-tints', 'data-accent'] })
  signal.addEventListener('abort', () => observer.disconnect())
  paint()
}
