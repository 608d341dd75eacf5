/** Trying again while the network is away, and saying so. */
import { backOff } from 'lib/backoff'
import { HttpError } from 'lib/http'

export const UNPLAYABLE = 'This could not be played.'
const TRIES = 9

/**
 * Do something that asks the server, again and again while the trouble is of the kind that passes.
 *
 * @template T
 * @param {() => Promise<T>} ask
 * @param {{signal: AbortSignal, tell: (sentence: string) => void, first?: number}} how `first` > 0: something failed just before, so wait first
 * @returns {Promise<T>}
 * @throws {HttpError} the server's "no", or the last failure after some two minutes
 */
export async function retry(ask, { signal, tell, first = 0 }) {
  for (let attempt = first; ; attempt += 1) {
    try {
      if (attempt > 0) await backOff(attempt - 1, { signal, most_ms: 20_000 })
      return await ask()
    } catch (error) {
      if (!(error instanceof HttpError) || !error.temporary || attempt - first >= TRIES) throw error
      const trouble = error.status === 503 && error.body.error || 'The connection was lost.'
      tell(navigator.onLine ? `${trouble} Trying again…` : 'You are offline. It goes on when the network is back.')
    }
  }
}
