/**
 * The one entry: starts htmx and attaches a behaviour to every element that asks for one, now and after every swap.
 *
 * An element asks by `data-behaviour="name other-name"` or by one of the short attributes below. The module
 * `behaviours/<name>` is fetched the first time a page needs it and exports `attach(element, signal)`; the signal
 * aborts when the element leaves the page, so listeners given it go away by themselves.
 */
import 'htmx'
import { csrfToken } from 'lib/http'

/** Attributes that name their behaviour without saying so: selector → behaviour. */
const SHORT_FORMS = new Map([
  ['[data-play]', 'play'],
  ['[data-live]', 'live'],
  ['[data-tally]', 'tally'],
  ['[data-tints]', 'tints'],
  ['[data-copy]', 'copy'],
  ['[data-menu]', 'menu'],
  ['[data-preview]', 'preview'],
  ['[data-sheet]', 'sheet'],
  ['form[action="/logout"]', 'leave'],
  ['[data-player="audio"]', 'track-player'],
  ['[data-player="video"]', 'video-player'],
])
const SELECTOR = ['[data-behaviour]', ...SHORT_FORMS.keys()].join(',')
const SAFE_METHODS = new Set(['GET', 'HEAD', 'OPTIONS'])

/** What is attached: element → behaviour → the controller that ends it. @type {Map<Element, Map<string, AbortController>>} */
const attached = new Map()

/** What is still being fetched for an element. @type {WeakMap<Element, Promise<unknown>>} */
const coming = new WeakMap()

/** @param {Element} element @returns {Set<string>} the behaviours this element asks for */
function namesOf(element) {
  const names = new Set((element.getAttribute('data-behaviour') ?? '').split(/\s+/).filter(Boolean))
  for (const [selector, name] of SHORT_FORMS) if (element.matches(selector)) names.add(name)
  return names
}

/** @param {Element} element @param {string} name */
async function attachOne(element, name) {
  const controllers = attached.get(element) ?? new Map()
  if (controllers.has(name)) return
  const controller = new AbortController()
  attached.set(element, controllers.set(name, controller))
  try {
    const behaviour = await import(`behaviours/${name}`)
    if (!controller.signal.aborted) await behaviour.attach(element, controller.signal)
  } catch (error) {
    console.error(`The behaviour “${name}” did not start`, error)
  }
}

/** Attach everything that `root` and its descendants ask for. @param {ParentNode} root */
function attachAll(root) {
  const found = [...root.querySelectorAll(SELECTOR)]
  if (root instanceof Element && root.matches(SELECTOR)) found.unshift(root)
  for (const element of found) {
    const names = [...namesOf(element)].filter((name) => !attached.get(element)?.has(name))
    if (!names.length) continue
    const ready = Promise.all([coming.get(element), ...names.map((name) => attachOne(element, name))]).then(() => coming.get(element) === ready && coming.delete(element))
    coming.set(element, ready)
  }
}

/** End the behaviours of elements that are no longer in the document. */
function detachGone() {
  for (const [element, controllers] of attached) {
    if (element.isConnected) continue
    attached.delete(element)
    for (const controller of controllers.values()) controller.abort()
  }
}

const watcher = new MutationObserver((records) => {
  let removed = false
  for (const record of records) {
    for (const node of record.addedNodes) if (node instanceof Element && node.isConnected) attachAll(node)
    removed ||= [...record.removedNodes].some((node) => node instanceof Element)
  }
  if (removed) detachGone()
})

// A press that is quicker than its behaviour is kept until that is there.
document.addEventListener('click', async (event) => {
  const button = event.target instanceof Element && event.target.closest('button')
  const awaited = button && coming.get(button)
  if (!awaited) return
  event.preventDefault()
  event.stopImmediatePropagation()
  await awaited
  if (button.isConnected) button.click()
}, { capture: true })

document.documentElement.classList.add('scripted')
if ('signedIn' in document.body.dataset) void import('lib/early-drop')
watcher.observe(document.documentElement, { childList: true, subtree: true })
attachAll(document)

// A morph changes attributes in place, which adds no node: look again after every swap.
document.addEventListener('htmx:after:swap', () => attachAll(document))

document.addEventListener('htmx:config:request', (event) => {
  const { request } = /** @type {CustomEvent} */ (event).detail.ctx
  if (!SAFE_METHODS.has(request.method.toUpperCase())) request.headers['X-CSRFToken'] = csrfToken()
})
