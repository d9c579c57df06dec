// Woken by the browser when a push message comes: shows it, and opens the page that it names. It keeps nothing, and
// touches no request of any page.
"use strict";

self.addEventListener("push", (event) => {
  let message = {};
  try {
    message = event.data.json();
  } catch {
    // not one of ours: say no more than that something came
  }
  const options = { body: message.body ?? "", tag: "porchlight", renotify: true, data: { url: message.url ?? "/alerts" } };
  event.waitUntil(self.registration.showNotification(message.title ?? "Porchlight", options));
});

self.addEventListener("notificationclick", (event) => {
  event.notification.close();
  const target = new URL(event.notification.data.url, self.location.origin);
  if (target.origin !== self.location.origin) return;
  const open = async () => {
    const pages = await self.clients.matchAll({ type: "window", includeUncontrolled: true });
    const page = pages.find((client) => new URL(client.url).pathname === target.pathname);
    await (page ? page.focus() : self.clients.openWindow(target.href));
  };
  event.waitUntil(open());
});
