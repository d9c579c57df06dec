// Sending a post: its size is checked first, progress is shown, and a failure says so and keeps everything.
(() => {
  "use strict";
  const form = document.querySelector("[data-composer]");
  if (!form) return;
  const part = (name) => form.querySelector(`[data-${name}]`);
  const sending = part("sending");
  const publish = part("publish");
  const show = (name, shown) => { part(name).hidden = !shown; };

  const bytes = () => [...form.querySelectorAll('input[type="file"]')]
    .flatMap((input) => [...input.files]).reduce((sum, file) => sum + file.size, 0);
  const tooLarge = () => bytes() > Number(form.dataset.mostBytes);

  form.addEventListener("change", () => show("too-large", tooLarge()));

  form.addEventListener("htmx:beforeRequest", (event) => {
    if (event.target !== form) return;
    show("not-sent", false);
    if (tooLarge()) {
      event.preventDefault();
      show("too-large", true);
      part("too-large").scrollIntoView({ block: "center" });
      return;
    }
    publish.disabled = true;
    sending.hidden = bytes() === 0;
  });

  form.addEventListener("htmx:xhr:progress", (event) => {
    if (event.target !== form || !event.detail.lengthComputable) return;
    const percent = Math.round((100 * event.detail.loaded) / event.detail.total);
    sending.querySelector("progress").value = percent;
    part("sending-text").textContent = `${percent} %`;
  });

  form.addEventListener("htmx:afterRequest", (event) => {
    if (event.target !== form) return;
    const status = event.detail.xhr.status;
    if (status >= 200 && status < 300) return; // on the way to the post: no second click
    publish.disabled = false;
    sending.hidden = true;
    show("too-large", status === 413);
    show("not-sent", status !== 422 && status !== 413);
  });
})();
