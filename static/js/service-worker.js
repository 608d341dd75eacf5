/** Receives pushes and shows them; a press leads to the page. It keeps nothing and stands before no request. */

const PLAIN = { title: 'Something new on Soundstage', url: '/notifications', tag: 'news', at: 0 }

/** @param {any} event @returns {{title: string, url: string, tag: string, at: number}} what was pushed, or something plain */
function told(event) {
  try {
    return { ...PLAIN, ...event.data.json() }
  } catch {
    return PLAIN
  }
}

self.addEventListener('push', (event) => {
  const { title, url, tag, at } = told(event)
  event.waitUntil(self.registration.showNotification(title, { tag, data: { url }, timestamp: at || Date.now(), icon: '/static/img/favicon.svg' }))
})

self.addEventListener('notificationclick', (event) => {
  event.notification.close()
  const url = new URL(event.notification.data?.url ?? PLAIN.url, self.location.origin)
  if (url.origin !== self.location.origin) return
  event.waitUntil((async () => {
    const windows = await self.clients.matchAll({ type: 'window', includeUncontrolled: true })
    const open = windows.find((one) => 'focus' in one)
    if (!open) return self.clients.openWindow(url.href)
    await open.focus()
    return open.navigate(url.href).catch(() => self.clients.openWindow(url.href))
  })())
})
