/** What this browser remembers: preferences for good, a queue for the tab. Storage that is full or forbidden counts as empty. */

const PREFIX = 'soundstage:'

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
