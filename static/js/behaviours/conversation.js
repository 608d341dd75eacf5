/**
 * A conversation that goes on while one looks. `<section data-topic data-url data-last data-me>`.
 *
 * The socket only says that something is new. The page then asks for what came after the last message that it has, and
 * it does the same after a lost connection: nothing is missed, nothing comes twice. What is really seen is noted as read.
 */
import { connection } from 'lib/live-connection'
import { request } from 'lib/http'
import { localise } from 'lib/local-times'

const TYPING_MS = 5000
const NEAR_END_PX = 160

/** @param {HTMLElement} section @param {AbortSignal} signal */
export function attach(section, signal) {
  const { topic = '', url = '', me = '' } = section.dataset
  const list = /** @type {HTMLElement} */ (section.querySelector('.talk__list'))
  const typing = /** @type {HTMLElement} */ (section.querySelector('[data-typing]'))
  const name = section.querySelector('.talk__name bdi')?.textContent ?? ''
  let last = Number(section.dataset.last)
  let read = 'unread' in section.dataset ? 0 : last
  let asking = false
  let again = false
  let timer = 0

  const ownLast = () => Number([...list.querySelectorAll('.talk__item--own')].at(-1)?.getAttribute('data-number') ?? 0)
  const isNearEnd = () => window.innerHeight + window.scrollY > document.documentElement.scrollHeight - NEAR_END_PX
  const toEnd = () => window.scrollTo({ top: document.documentElement.scrollHeight })

  /** Put what the server sent where it belongs. @param {string} html @returns {boolean} whether there is more */
  function take(html) {
    const template = document.createElement('template')
    template.innerHTML = html
    localise(template.content)
    const news = [...template.content.querySelectorAll('ol > li')].filter((item) => !isHere(item))
    const isAtEnd = isNearEnd()
    list.append(...news)
    const mark = template.content.querySelector('.talk__read')
    if (mark instanceof HTMLElement) {
      mark.hidden = !ownLast() || ownLast() > Number(mark.dataset.read)
      section.querySelector('.talk__read')?.replaceWith(mark)
    }
    const stretch = template.content.querySelector('section')
    last = Math.max(last, Number(stretch?.dataset.last) || 0)
    if (news.length) typing.textContent = ''
    if (news.length && isAtEnd) toEnd()
    return Boolean(stretch && 'more' in stretch.dataset)
  }

  /** @param {Element} item @returns {boolean} whether the page has it: a message by its number, a day by its date */
  function isHere(item) {
    const day = item.getAttribute('data-day')
    return day ? Boolean(list.querySelector(`[data-day="${CSS.escape(day)}"]`)) : Boolean(item.id && document.getElementById(item.id))
  }

  /** Ask for what is new, until there is nothing more; one question at a time. */
  async function look() {
    if (asking) { again = true; return }
    asking = true
    try {
      do {
        again = false
        const answer = await fetch(`${url}/news?after=${last}`, { headers: { Accept: 'text/html' }, signal })
        if (!answer.ok || answer.redirected) break
        again = take(await answer.text()) || again
      } while (again)
    } catch {
      // The line is away: the connection tells when it is back, and then the same question is asked.
    } finally {
      asking = false
    }
    noteRead()
  }

  /** Tell the server what has been seen: only while the page is in view, and its end is. */
  function noteRead() {
    if (read >= last || document.hidden || !isNearEnd()) return
    const upTo = last
    const before = read
    read = upTo
    request(`${url}/read`, { method: 'POST', body: { up_to: upTo } }).catch(() => { read = Math.min(read, before) })
  }

  localise(section)
  if (!location.hash && !new URLSearchParams(location.search).has('before')) toEnd()
  connection.listen(topic, '', look, signal)
  connection.on('typing', (said) => {
    if (said.topic !== topic || said.by === me) return
    typing.textContent = `${name} is writing …`
    clearTimeout(timer)
    timer = window.setTimeout(() => { typing.textContent = '' }, TYPING_MS)
  }, signal)
  section.addEventListener('sent', () => { toEnd(); void look() }, { signal })
  list.addEventListener('htmx:after:swap', () => localise(list), { signal })
  window.addEventListener('online', look, { signal })
  window.addEventListener('focus', noteRead, { signal })
  document.addEventListener('visibilitychange', noteRead, { signal })
  document.addEventListener('scroll', noteRead, { signal, passive: true })
  noteRead()
}
