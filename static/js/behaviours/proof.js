/**
 * Solves the puzzle (ALTCHA, version 2) that suspicious visitors are shown, while they type: tries counters until the
 * derived key begins as the puzzle says. Whoever is quicker than that waits for it; the form is sent by itself then.
 *
 * Browsers know PBKDF2 on secure pages only. Elsewhere, as without any script, there is the mailed link.
 */

/** @typedef {{ nonce: string, salt: string, cost: number, keyLength: number, keyPrefix: string }} Parameters */

/** @param {string} hex */
const bytesOf = (hex) => Uint8Array.from(hex.match(/../g) ?? [], (pair) => parseInt(pair, 16))

/** @param {Uint8Array} bytes */
const hexOf = (bytes) => Array.from(bytes, (byte) => byte.toString(16).padStart(2, '0')).join('')

/** @param {Parameters} puzzle @param {number} counter @returns {Promise<string>} the key that this counter makes */
async function derive(puzzle, counter) {
  const nonce = bytesOf(puzzle.nonce)
  const password = new Uint8Array(nonce.length + 4)
  password.set(nonce)
  new DataView(password.buffer).setUint32(nonce.length, counter)
  const key = await crypto.subtle.importKey('raw', password, 'PBKDF2', false, ['deriveBits'])
  const how = { name: 'PBKDF2', hash: 'SHA-256', salt: bytesOf(puzzle.salt), iterations: puzzle.cost }
  return hexOf(new Uint8Array(await crypto.subtle.deriveBits(how, key, puzzle.keyLength * 8)))
}

/** @param {Parameters} puzzle @param {AbortSignal} signal */
async function solve(puzzle, signal) {
  for (let counter = 0; !signal.aborted; counter += 1) {
    const derivedKey = await derive(puzzle, counter)
    if (derivedKey.startsWith(puzzle.keyPrefix)) return { counter, derivedKey }
  }
  return null
}

/** @param {HTMLElement} element @param {AbortSignal} signal */
export async function attach(element, signal) {
  const challenge = JSON.parse(element.dataset.puzzle ?? '{}')
  const field = element.querySelector('input[name="altcha"]')
  const says = element.querySelector('[data-proof-says]')
  const form = element.closest('form')
  if (!crypto.subtle || !form || !says || !(field instanceof HTMLInputElement)) return

  /** @type {HTMLElement | null} */
  let waiting = null
  form.addEventListener('submit', (event) => {
    if (field.value || event.submitter?.hasAttribute('formaction')) return
    event.preventDefault()
    waiting = event.submitter ?? form
    says.textContent = 'A moment, your browser is still at it.'
  }, { signal })

  says.textContent = 'Your browser shows some patience. You need do nothing.'
  const solution = await solve(challenge.parameters, signal)
  if (!solution) return
  field.value = btoa(JSON.stringify({ challenge, solution }))
  says.textContent = 'Done: you may go on.'
  if (waiting) form.requestSubmit(waiting instanceof HTMLButtonElement ? waiting : undefined)
}
