/**
 * Files that fall on a page while nothing there takes them. The browser would leave the page to show them, and end what
 * is playing. Pages with an uploader load this file first and as a plain script, long before their modules: what falls
 * early waits in `window.earlyFiles`. On the others `app.js` brings it, and such files are turned away.
 */
(() => {
  const page = /** @type {any} */ (window)
  if (page.earlyFiles) return
  /** @type {File[]} */
  page.earlyFiles = []
  const isOurs = (/** @type {DragEvent} */ event) => !event.defaultPrevented && event.dataTransfer?.types.includes('Files') && !(event.target instanceof Element && event.target.closest('input[type="file"]'))
  const isAwaited = () => document.readyState === 'loading' || document.querySelector('[data-behaviour~="uploader"]')
  page.addEventListener('dragover', (/** @type {DragEvent} */ event) => {
    if (!isOurs(event)) return
    event.preventDefault()
    if (event.dataTransfer && !isAwaited()) event.dataTransfer.dropEffect = 'none'
  })
  page.addEventListener('drop', (/** @type {DragEvent} */ event) => {
    if (!isOurs(event)) return
    event.preventDefault()
    if (isAwaited()) page.earlyFiles.push(...event.dataTransfer?.files ?? [])
  })
})()
