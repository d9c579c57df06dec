// Asks for what is new every 2 s, while the page can be seen: raises "live" on each [data-live], and htmx does the rest.
(() => {
  "use strict";
  const EVERY = 2000;
  setInterval(() => {
    if (document.visibilityState !== "visible") return;
    for (const element of document.querySelectorAll("[data-live]")) htmx.trigger(element, "live");
  }, EVERY);
})();
