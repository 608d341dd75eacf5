/** All uploads of this tab. They go on while one looks at other pages of the site; two files travel at a time. */
import { request } from 'lib/http'
import { Upload } from 'lib/multipart'
import { fileSize } from 'lib/rate'

const FILES_AT_ONCE = 2
const BUSY = new Set(['sending', 'confirming'])

/** @typedef {{id: string, filename: string, size_bytes: number, parts?: {size_bytes: number}[]}} OpenUpload */

/** Fires `change` when an upload came or went. */
class UploadList extends EventTarget {
  /** @type {Upload[]} */
  uploads = []
  /** @type {OpenUpload[]} begun on another day or in another tab, waiting for their file */
  open = []

  constructor() {
    super()
    window.addEventListener('beforeunload', (event) => {
      if (this.uploads.some(({ state }) => BUSY.has(state) || state === 'waiting')) event.preventDefault()
    })
  }

  /** Ask the server what is still open. */
  async findOpen() {
    const answer = await request('/uploads').catch(() => null)
    // One that has just been begun here may be in the answer before we know its id.
    const isOurs = (/** @type {OpenUpload} */ { id, filename, size_bytes }) => this.uploads.some(({ sessionId, file }) => sessionId ? sessionId === id : file.name === filename && file.size === size_bytes)
    this.open = (answer?.uploads ?? []).filter((/** @type {OpenUpload} */ session) => !isOurs(session))
    this.dispatchEvent(new Event('change'))
  }

  /** @param {Iterable<File>} files @param {{replaces?: string, max_bytes?: number}} [options] */
  add(files, { replaces, max_bytes = Infinity } = {}) {
    for (const file of files) {
      const open = this.open.find(({ filename, size_bytes }) => filename === file.name && size_bytes === file.size) ?? null
      this.open = this.open.filter((other) => other !== open)
      const upload = new Upload(file, { replaces, open })
      this.uploads.push(upload)
      upload.addEventListener('change', () => this.#startNext())
      if (!file.size) upload.refuse('This file is empty.')
      else if (file.size > max_bytes) upload.refuse(`This file has ${fileSize(file.size)}; at most ${fileSize(max_bytes)} are allowed.`)
    }
    this.dispatchEvent(new Event('change'))
    this.#startNext()
  }

  /** @param {Upload} upload */
  remove(upload) {
    if (upload.state !== 'done') void upload.cancel()
    this.uploads = this.uploads.filter((other) => other !== upload)
    this.dispatchEvent(new Event('change'))
    this.#startNext()
  }

  /** Forget an open upload whose file nobody chooses. @param {OpenUpload} session */
  async discard(session) {
    await request(`/uploads/${session.id}`, { method: 'DELETE' }).catch(() => undefined)
    this.open = this.open.filter((other) => other !== session)
    this.dispatchEvent(new Event('change'))
  }

  #startNext() {
    const busy = this.uploads.filter(({ state }) => BUSY.has(state)).length
    const next = this.uploads.find(({ state }) => state === 'waiting')
    if (next && busy < FILES_AT_ONCE) void next.start()
  }
}

export const uploadList = new UploadList()
