/** Volume, speed, equal loudness and the sleep timer. */
import { levelling } from 'lib/level'
import { player } from 'lib/player'
import { timeLeft } from 'lib/time'

/** @param {HTMLElement} bar @param {AbortSignal} signal */
export function attachOptions(bar, signal) {
  const part = (/** @type {string} */ name) => /** @type {any} */ (bar.querySelector(`[data-bar="${name}"]`))
  const { engine, sleep } = player

  part('mute').addEventListener('click', () => { engine.muted = !engine.muted }, { signal })
  part('volume').addEventListener('input', () => {
    engine.volume = Number(part('volume').value)
    engine.muted = engine.volume === 0
  }, { signal })
  part('speed').addEventListener('change', () => {
    engine.rate = Number(part('speed').value)
    player.changed()
  }, { signal })
  part('level').addEventListener('change', () => { levelling.on = part('level').checked }, { signal })
  levelling.changed(() => { part('level').checked = levelling.on }, signal)
  for (const button of bar.querySelectorAll('[data-sleep]')) {
    button.addEventListener('click', () => {
      const choice = button.getAttribute('data-sleep') ?? ''
      if (choice === 'off') sleep.cancel()
      else if (choice === 'track') sleep.setTrackEnd()
      else sleep.setMinutes(Number(choice))
    }, { signal })
  }

  const draw = () => {
    const silent = engine.muted || engine.volume === 0
    bar.dataset.volume = silent ? 'off' : engine.volume < 0.5 ? 'low' : 'high'
    part('mute').setAttribute('aria-label', silent ? 'Unmute' : 'Mute')
    part('volume').value = String(silent ? 0 : engine.volume)
    part('volume').style.setProperty('--progress', `${silent ? 0 : engine.volume * 100}%`)
    part('speed').value = String(engine.rate)
    part('level').checked = levelling.on
    const left_s = (sleep.ends_at_ms - Date.now()) / 1000
    bar.toggleAttribute('data-sleeping', sleep.atTrackEnd || sleep.ends_at_ms > 0)
    part('sleep-state').textContent = sleep.atTrackEnd ? 'Stops at the end of this one.' : sleep.ends_at_ms ? `Stops soon: ${timeLeft(left_s)}.` : 'Off'
  }
  player.addEventListener('change', draw, { signal })
  bar.querySelector('[data-bar="options"]')?.addEventListener('toggle', draw, { signal })
  draw()
}
