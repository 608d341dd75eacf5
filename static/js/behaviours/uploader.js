/**
 * The upload page: files fall anywhere on it or come through its file field, and each gets a row.
 *
 * `<section data-behaviour="uploader" data-max-bytes="…" [data-replaces="<public id>"]>` with `data-uploader="input"`,
 * `"drop"`, `"list"`, `"open"` (uploads begun elsewhere), `"say"` (a live region), and two templates, `"row"` and `"open-row"`.
 */
import { fileSize } from 'lib/rate'
import { announcer } from 'lib/say'
import { uploadList } from 'lib/upload-list'
import { rowOf } from 'lib/upload-row'

/** @param {HTMLElement} page @param {AbortSignal} signal */
export function attach(page, signal) {
  const part = (/** @type {string} */ name) => /** @type {any} */ (page.querySelector(`[data-uploader="${name}"]`))
  const { replaces } = page.dataset
  const announce = announcer(part('say'))
  /** @type {Map<import('lib/multipart').Upload, HTMLElement>} */
  const rows = new Map()
  /** @type {import('lib/upload-list').OpenUpload|null} the one whose file is being chosen */
  let awaited = null

  const take = (/** @type {File[]} */ files) => {
    if (!files.length) return
    uploadList.add(replaces ? files.slice(0, 1) : files, { replaces, max_bytes: Number(page.dataset.maxBytes) || Infinity })
    announce(files.length === 1 ? `${files[0].name} is being uploaded.` : `${files.length} files are being uploaded.`)
  }
  /** @param {import('lib/multipart').Upload} upload */
  const watch = (upload) => {
    let { state } = upload
    let tenth = 0
    upload.addEventListener('change', () => {
      const now = Math.floor(upload.sent_bytes / upload.file.size * 4)
      if (upload.state !== state && ['done', 'failed', 'paused'].includes(upload.state)) announce({ done: `${upload.file.name} is uploaded.`, failed: `${upload.file.name}: ${upload.sentence}`, paused: `${upload.file.name} is paused.` }[upload.state] ?? '')
      else if (upload.state === 'sending' && now > tenth) announce(`${upload.file.name}: ${now * 25} percent.`)
      tenth = Math.max(tenth, now)
      state = upload.state
    }, { signal })
  }
  const draw = () => {
    const ours = uploadList.uploads.filter((upload) => upload.replaces === replaces)
    for (const [upload, row] of rows) {
      if (ours.includes(upload)) continue
      row.remove()
      rows.delete(upload)
    }
    for (const upload of ours) {
      if (rows.has(upload)) continue
      const row = rowOf(part('row'), upload, () => {
        uploadList.remove(upload)
        part('input').focus()
      })
      rows.set(upload, row)
      part('list').append(row)
      watch(upload)
    }
    part('list').hidden = !rows.size
    drawOpen()
  }
  const drawOpen = () => {
    const open = replaces ? [] : uploadList.open
    part('open').hidden = !open.length
    part('open').querySelector('ul').replaceChildren(...open.map((session) => {
      const row = part('open-row').content.firstElementChild.cloneNode(true)
      row.querySelector('[data-upload="name"]').textContent = session.filename
      row.querySelector('[data-upload="facts"]').textContent = `${fileSize(session.size_bytes)}, not finished`
      row.querySelector('[data-upload="choose"]').addEventListener('click', () => {
        awaited = session
        part('input').click()
      })
      row.querySelector('[data-upload="discard"]').addEventListener('click', () => void uploadList.discard(session))
      return row
    }))
  }

  const chosen = () => {
    const files = /** @type {File[]} */ ([...part('input').files])
    part('input').value = ''
    const other = awaited && !files.some(({ name, size }) => name === awaited?.filename && size === awaited.size_bytes)
    if (awaited && other) announce(`That is another file. To go on, choose ${awaited.filename} with ${fileSize(awaited.size_bytes)}.`)
    part('mismatch').hidden = !other
    if (other) part('mismatch').textContent = `That is another file. To go on, choose “${awaited?.filename}” (${fileSize(awaited?.size_bytes ?? 0)}).`
    else take(files)
    awaited = null
  }
  part('input').addEventListener('change', chosen, { signal })
  part('input').addEventListener('cancel', () => { awaited = null }, { signal })

  let depth = 0
  const over = (/** @type {number} */ by) => {
    depth = Math.max(0, depth + by)
    part('drop').classList.toggle('is-over', depth > 0)
  }
  const hasFiles = (/** @type {DragEvent} */ event) => event.dataTransfer?.types.includes('Files')
  document.addEventListener('dragenter', (event) => hasFiles(event) && over(1), { signal })
  document.addEventListener('dragleave', (event) => hasFiles(event) && over(-1), { signal })
  document.addEventListener('dragover', (event) => hasFiles(event) && event.preventDefault(), { signal })
  document.addEventListener('drop', (event) => {
    if (!hasFiles(event)) return
    event.preventDefault()
    depth = 0
    over(0)
    take([...event.dataTransfer?.files ?? []])
  }, { signal })

  uploadList.addEventListener('change', draw, { signal })
  draw()
  // Somebody may have been quicker than this script: by the field, or by a drop (see `lib/early-drop`).
  if (part('input').files.length) chosen()
  take(/** @type {any} */ (window).earlyFiles?.splice(0) ?? [])
  if (!replaces) void uploadList.findOpen()
}
