/**
 * Turns pushes to this browser on and off: `<div data-behaviour="push" data-key="<VAPID key>">` with two buttons
 * (`data-push="on"`, `data-push="off"`) and a place for a sentence (`data-push-state`). The browser asks for permission
 * only once the button was pressed.
 */
import { HttpError, request } from 'lib/http'

const WORKER = '/service-worker.js'
const BROWSERS = '/settings/notifications/browsers'
const SENTENCES = {
  unsupported: 'This browser cannot be pushed to. On an iPhone, add Soundstage to the home screen first.',
  denied: 'You told this browser not to show notifications from here. Allow them in its settings for this site, then come back.',
  on: 'Pushes come to this browser.',
  off: 'Pushes do not come to this browser.',
}

/** @param {string} text base64url @returns {Uint8Array<ArrayBuffer>} */
function bytesOf(text) {
  return Uint8Array.from(atob(text.replaceAll('-', '+').replaceAll('_', '/')), (letter) => letter.charCodeAt(0))
}

/** @returns {Promise<PushSubscription | null>} */
async function present() {
  const registration = await navigator.serviceWorker.getRegistration('/')
  return await registration?.pushManager.getSubscription() ?? null
}

/** @param {string} key what the server signs with @returns {Promise<void>} */
async function turnOn(key) {
  const registration = await navigator.serviceWorker.register(WORKER, { scope: '/' })
  await navigator.serviceWorker.ready
  const subscription = await registration.pushManager.subscribe({ userVisibleOnly: true, applicationServerKey: bytesOf(key) })
  await request(BROWSERS, { method: 'POST', body: subscription.toJSON() })
}

/** @returns {Promise<void>} */
async function turnOff() {
  const subscription = await present()
  if (!subscription) return
  await request(`${BROWSERS}/delete`, { method: 'POST', body: { endpoint: subscription.endpoint } })
  await subscription.unsubscribe()
}

/** @param {HTMLElement} element @param {AbortSignal} signal */
export async function attach(element, signal) {
  const state = /** @type {HTMLElement} */ (element.querySelector('[data-push-state]'))
  const buttons = /** @type {HTMLButtonElement[]} */ ([...element.querySelectorAll('[data-push]')])
  const supported = 'serviceWorker' in navigator && 'PushManager' in window && 'Notification' in window

  /** @param {'on'|'off'|'denied'|'unsupported'} now @param {string} [sentence] */
  const show = (now, sentence) => {
    element.dataset.state = now
    state.textContent = sentence ?? SENTENCES[now]
    for (const button of buttons) button.hidden = button.dataset.push === now || (now !== 'on' && now !== 'off')
  }
  const look = async () => {
    if (!supported) return show('unsupported')
    if (Notification.permission === 'denied') return show('denied')
    return show(await present() && element.dataset.known === 'yes' ? 'on' : 'off')
  }

  for (const button of buttons) {
    button.addEventListener('click', async () => {
      button.disabled = true
      try {
        if (button.dataset.push === 'on') {
          if (await Notification.requestPermission() !== 'granted') return show(Notification.permission === 'denied' ? 'denied' : 'off')
          await turnOn(element.dataset.key ?? '')
          element.dataset.known = 'yes'
        } else await turnOff()
        await look()
      } catch (error) {
        show('off', error instanceof HttpError ? error.message : 'This browser could not reach its push service. Try again later.')
      } finally {
        button.disabled = false
      }
    }, { signal })
  }
  await look()
}
