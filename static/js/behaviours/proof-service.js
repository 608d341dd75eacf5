/**
 * Shows the question of hCaptcha or reCAPTCHA. Only a page that was loaded for itself may load their script: after a
 * swap the policy of the page before still holds, so the page is loaded anew.
 */

/** @param {HTMLElement} element */
export function attach(element) {
  const src = element.dataset.script ?? ''
  if (document.querySelector(`script[src="${src}"]`)) return
  const script = document.createElement('script')
  script.async = true
  script.src = src
  const key = `proof:${location.pathname}`
  script.addEventListener('error', () => {
    if (sessionStorage.getItem(key)) return
    sessionStorage.setItem(key, 'loaded anew')
    location.reload()
  })
  script.addEventListener('load', () => sessionStorage.removeItem(key))
  document.head.append(script)
}
