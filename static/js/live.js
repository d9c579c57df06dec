// Asks for what is new every 2 s, while the page can be seen: raises "live" on each [data-live], and htmx does the rest.
(() => {
  "use strict";
  const EVERY = 2000;
  // A page may name this script beside the frame that names it already.
  if ("live" in document.documentElement.dataset) return;
  document.documentElement.dataset.live = "";
  setInterval(() => {
    if (document.visibilityState !== "visible") return;
    for (const element of document.querySelectorAll("[data-live]")) htmx.trigger(element, "live");
  }, EVERY);
})();
