// Push messages in this browser: the permission is asked for when the button is pressed and never before.
(() => {
  "use strict";
  const root = document.querySelector("[data-push]");
  if (!root) return;
  const form = root.querySelector("[data-push-form]");
  const button = root.querySelector("[data-push-on]");
  const known = JSON.parse(root.dataset.pushKnown);

  const say = (name) => {
    const words = root.querySelector(`template[data-push-words="${name}"]`);
    root.querySelector("[data-push-says]").replaceChildren(words.content.cloneNode(true));
    button.hidden = name !== "off" && name !== "failed";
  };

  const bytes = (text) => Uint8Array.from(atob(text.replaceAll("-", "+").replaceAll("_", "/")), (c) => c.charCodeAt(0));

  // One that was made for another key, by an earlier town at this address or before the town lost its own, is of no use.
  const isOurs = (subscription) => {
    const key = new Uint8Array(subscription.options.applicationServerKey ?? []);
    const ours = bytes(root.dataset.pushKey);
    return key.length === ours.length && ours.every((byte, place) => byte === key[place]);
  };

  const send = (subscription) => {
    const { endpoint, keys } = subscription.toJSON();
    form.elements.endpoint.value = endpoint;
    form.elements.p256dh.value = keys.p256dh;
    form.elements.auth.value = keys.auth;
    form.submit();
  };

  const subscribe = async () => {
    button.disabled = true;
    try {
      const answer = await Notification.requestPermission();
      if (answer !== "granted") {
        say(answer === "denied" ? "denied" : "off");
        return;
      }
      await navigator.serviceWorker.register(root.dataset.pushWorker);
      const worker = await navigator.serviceWorker.ready;
      await (await worker.pushManager.getSubscription())?.unsubscribe();
      send(await worker.pushManager.subscribe({ userVisibleOnly: true, applicationServerKey: bytes(root.dataset.pushKey) }));
    } catch {
      say("failed");
    } finally {
      button.disabled = false;
    }
  };

  const start = async () => {
    if (!("serviceWorker" in navigator && "PushManager" in window && "Notification" in window)) {
      say("unsupported");
      return;
    }
    const worker = await navigator.serviceWorker.getRegistration();
    const subscription = await worker?.pushManager.getSubscription();
    if (Notification.permission === "denied") say("denied");
    else say(subscription && isOurs(subscription) && known.includes(subscription.endpoint) ? "on" : "off");
  };

  button.addEventListener("click", subscribe);
  start().catch(() => say("unsupported"));
})();
