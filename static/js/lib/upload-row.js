/** One row of the upload page: what a file is doing, and the buttons that help. */
import htmx from 'htmx'
import { fileSize } from 'lib/rate'
import { timeLeft } from 'lib/time'

/** @param {import('lib/multipart').Upload} upload @returns {string} */
export function factsOf(upload) {
  const { state, file, rate } = upload
  if (state === 'waiting') return `${fileSize(file.size)}, waiting for its turn`
  if (state === 'confirming') return 'Checking that everything arrived…'
  if (state === 'done') return `${fileSize(file.size)}, uploaded`
  const sent = `${fileSize(upload.sent_bytes)} of ${fileSize(file.size)}`
  if (state === 'paused') return `${sent}, paused`
  if (state === 'failed') return upload.sent_bytes ? sent : fileSize(file.size)
  return [sent, rate.bytes_per_s ? `${fileSize(rate.bytes_per_s)}/s` : '', timeLeft(upload.left_s)].filter(Boolean).join(' · ')
}

/**
 * @param {HTMLTemplateElement} template
 * @param {import('lib/multipart').Upload} upload
 * @param {() => void} remove
 * @returns {HTMLElement}
 */
export function rowOf(template, upload, remove) {
  const row = /** @type {HTMLElement} */ (/** @type {Element} */ (template.content.firstElementChild).cloneNode(true))
  const part = (/** @type {string} */ name) => /** @type {any} */ (row.querySelector(`[data-upload="${name}"]`))
  let making = false

  const picture = row.querySelector('use')
  if (upload.file.type.startsWith('video/')) picture?.setAttribute('href', (picture.getAttribute('href') ?? '').replace('file-audio', 'file-video'))
  part('name').textContent = upload.file.name
  part('bar').setAttribute('aria-label', `Upload of ${upload.file.name}`)
  part('pause').addEventListener('click', () => {
    upload.pause()
    part('resume').focus()
  })
  part('resume').addEventListener('click', () => {
    void upload.start()
    part('pause').focus()
  })
  part('retry').addEventListener('click', () => void upload.start())
  part('cancel').addEventListener('click', remove)

  const draw = () => {
    const { state, medium } = upload
    row.dataset.state = state
    part('facts').textContent = factsOf(upload)
    part('error').textContent = upload.sentence
    part('error').hidden = !upload.sentence
    part('bar').value = state === 'done' ? 100 : upload.sent_bytes / (upload.file.size || 1) * 100
    part('bar').hidden = state === 'done'
    part('pause').hidden = state !== 'sending' && state !== 'waiting'
    part('resume').hidden = state !== 'paused'
    part('retry').hidden = state !== 'failed' || upload.refused
    part('cancel').textContent = state === 'failed' ? 'Remove' : 'Cancel'
    part('cancel').hidden = state === 'done' || state === 'confirming'
    for (const name of ['pause', 'resume', 'retry', 'cancel']) part(name).setAttribute('aria-label', `${part(name).textContent.trim()} ${upload.file.name}`)
    part('edit').hidden = !medium
    if (!medium || making) return
    making = true
    part('name').textContent = medium.title || upload.file.name
    part('edit').href = medium.edit_url
    // A row that is drawn for the first time stands in the page, and inherits from it, only after this.
    queueMicrotask(() => {
      htmx.process(part('edit'))
      htmx.ajax('GET', medium.progress_url, { source: part('making'), target: part('making'), swap: 'innerHTML' })
    })
  }
  upload.addEventListener('change', draw)
  draw()
  return row
}
