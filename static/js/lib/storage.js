/** What this browser remembers: preferences for good, a queue for the tab. Storage that is full or forbidden counts as empty. */

const PREFIX = 'soundstage:'

/** In other tabs, too, whoever was signed in has left. */
export const LEFT = `${PREFIX}left`

let hasLeft = false

/** @param {() => Storage} open @returns {{recall: (key: string, fallback?: any) => any, remember: (key: string, value: any) => void}} */
function drawer(open) {
  return {
    recall(key, fallback = null) {
      try {
        return JSON.parse(open().getItem(PREFIX + key) ?? 'null') ?? fallback
      } catch {
        return fallback
      }
    },
    remember(key, value) {
      if (hasLeft) return
      try {
        if (value === null) open().removeItem(PREFIX + key)
        else open().setItem(PREFIX + key, JSON.stringify(value))
      } catch {
        // A private window or a full store: the preference simply does not last.
      }
    },
  }
}

/** Lasts until the person clears it. */
export const { recall, remember } = drawer(() => localStorage)

/** Lasts as long as the tab. */
export const tab = drawer(() => sessionStorage)

/** @param {() => Storage} open @param {string} start @param {string} [mark] what is written down instead */
function drop(open, start, mark) {
  try {
    const storage = open()
    for (const key of Object.keys(storage)) if (key.startsWith(start)) storage.removeItem(key)
    if (mark) storage.setItem(mark, String(Date.now()))
  } catch {
    // Nothing was kept.
  }
}

/** Forget what this tab holds of a person: what plays next and what they were writing. Nothing is kept until the next page. */
export function forgetTab() {
  hasLeft = true
  drop(() => sessionStorage, PREFIX)
}

/** Likewise in every tab, and drafts; how loud one likes it stays. */
export function forgetPerson() {
  drop(() => localStorage, `${PREFIX}draft:`, LEFT)
  forgetTab()
}

addEventListener('pageshow', () => {
  hasLeft = false
})
