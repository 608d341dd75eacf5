/** The face of the player: what plays, where it is, and the buttons that move it. */
import { fetchWaveform } from 'lib/peaks'
import { player } from 'lib/player'
import { seekSlider } from 'lib/seek-slider'
import { clock } from 'lib/time'

const FLAT = 'M0 48h400v4h-400z'
/** @type {Record<string, string>} */
const REPEAT_NAMES = { off: 'Repeat is off', all: 'Repeating the queue', one: 'Repeating this one' }
const REPEAT_AFTER = /** @type {const} */ ({ off: 'all', all: 'one', one: 'off' })

/** @param {HTMLElement} bar @param {AbortSignal} signal */
export function drawBar(bar, signal) {
  const part = (/** @type {string} */ name) => /** @type {any} */ (bar.querySelector(`[data-bar="${name}"]`))
  const press = (/** @type {string} */ name, /** @type {() => void} */ act) => part(name).addEventListener('click', act, { signal })
  const { queue } = player
  const slider = seekSlider(part('seek'), {
    time: () => player.time,
    duration: () => player.duration,
    seek: (seconds) => player.seek(seconds),
  }, signal)
  let shown = ''

  const drawTime = () => {
    slider.draw()
    part('elapsed').textContent = clock(player.time)
    part('whole').textContent = clock(player.duration)
  }
  const drawItem = () => {
    const { current } = queue
    const { description } = player
    const key = `${current?.key}${Boolean(description)}`
    if (!current || key === shown) return
    shown = key
    const artwork = description?.artwork?.src ?? current.artwork
    part('title').textContent = description?.title ?? current.title
    part('title').href = description?.url ?? current.url
    part('artist').textContent = description?.artist.name ?? current.artist
    part('artist').href = description?.artist.url ?? current.url
    part('artwork').hidden = !artwork
    if (artwork) part('artwork').src = artwork
    if (description?.tints) bar.setAttribute('data-tints', description.tints.join(' '))
    for (const path of bar.querySelectorAll('[data-bar="seek"] path')) path.setAttribute('d', FLAT)
    if (description?.peaks) void drawWaveform(description.peaks, key)
  }
  const drawWaveform = async (/** @type {string} */ url, /** @type {string} */ key) => {
    const path = await fetchWaveform(url, signal).catch(() => '')
    if (path && key === shown) for (const element of bar.querySelectorAll('[data-bar="seek"] path')) element.setAttribute('d', path)
  }
  const draw = () => {
    bar.hidden = !queue.current
    document.documentElement.toggleAttribute('data-player', Boolean(queue.current))
    drawItem()
    bar.toggleAttribute('data-playing', player.playing)
    bar.toggleAttribute('data-waiting', player.waiting)
    part('play').setAttribute('aria-label', player.playing ? 'Pause' : 'Play')
    part('sentence').textContent = player.sentence
    part('previous').disabled = queue.preceding() < 0 && player.time < 1
    part('next').disabled = queue.following() < 0
    part('shuffle').setAttribute('aria-pressed', String(queue.shuffle))
    part('repeat').dataset.repeat = queue.repeat
    part('repeat').setAttribute('aria-label', REPEAT_NAMES[queue.repeat])
    drawTime()
  }

  press('play', () => void player.toggle())
  press('previous', () => void player.previous())
  press('next', () => void player.next())
  press('shuffle', () => {
    queue.setShuffle(!queue.shuffle)
    player.changed()
  })
  press('repeat', () => {
    queue.repeat = REPEAT_AFTER[queue.repeat]
    player.changed()
  })
  const expand = (/** @type {boolean} */ open) => {
    bar.toggleAttribute('data-expanded', open)
    part('expand').setAttribute('aria-expanded', String(open))
  }
  press('expand', () => expand(!bar.hasAttribute('data-expanded')))
  bar.addEventListener('keydown', (event) => {
    if (event.key !== 'Escape' || !bar.hasAttribute('data-expanded')) return
    expand(false)
    part('expand').focus()
  }, { signal })
  // Following a link out of the open sheet shows the page it leads to.
  bar.addEventListener('click', (event) => event.target instanceof Element && event.target.closest('a') && expand(false), { signal })

  player.addEventListener('change', draw, { signal })
  player.addEventListener('time', drawTime, { signal })
  player.changed()
}
