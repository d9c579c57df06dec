// The timeline's thumbnails: opened when this browser is remembered, or once their owner presses "Show pictures".
import { openSealed } from "./sealed.js";
import { rememberedIdentity, unlocked } from "./unlock.js";

const AT_ONCE = 4;

const root = document.querySelector("[data-clip-key]");
const button = document.querySelector("[data-unlock-posters]");
const queue = [];
let identity = null;
let running = 0;

const show = async (poster) => {
  // A picture that cannot be opened keeps its lock; the event's own page says why.
  const opened = await openSealed(poster.dataset.sealedPoster, identity, "image/jpeg").catch(() => null);
  if (!opened) return;
  const picture = new Image(320, 180);
  picture.alt = "";
  picture.src = URL.createObjectURL(opened);
  await picture.decode().then(() => poster.replaceChildren(picture), () => {});
  URL.revokeObjectURL(picture.src);
};

const work = async () => {
  if (running >= AT_ONCE || !queue.length) return;
  running += 1;
  await show(queue.shift());
  running -= 1;
  work();
};

const observer = new IntersectionObserver((entries) => {
  for (const { target, isIntersecting } of entries) {
    if (!isIntersecting) continue;
    observer.unobserve(target);
    queue.push(target);
    work();
  }
}, { rootMargin: "200px" });

const watched = new WeakSet();

const watch = () => {
  for (const poster of document.querySelectorAll("[data-sealed-poster]")) {
    if (watched.has(poster)) continue;
    watched.add(poster);
    observer.observe(poster);
  }
};

const open = (found) => {
  identity = found;
  if (button) button.hidden = true;
  watch();
  document.addEventListener("htmx:load", watch);
};

if (root) {
  const found = await rememberedIdentity(root);
  if (found) open(found);
  else if (button) {
    button.hidden = false;
    button.addEventListener("click", async () => {
      open(await unlocked(root, { focus: true }));
      // The box that had the focus is gone.
      document.getElementById("main").focus({ preventScroll: true });
    });
  }
}
