// Sending a post: each file is asked for a description, the size is checked first, progress is shown, and a failure says
// so and keeps everything.
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

  // One description for each chosen file, in the order in which the form sends them; without script one serves for all.
  const forAll = part("alt-for-all");
  const each = part("alts");
  const all = forAll.querySelector("input");
  const files = () => ["clip", "media"].flatMap((name) => [...(form.elements[name]?.files ?? [])]);

  const describe = () => {
    // By number and name; by name alone for those that moved up because one before them was left out.
    const typed = new Map([...each.querySelectorAll("input")].flatMap(({ dataset: { file }, value }) => [[file.replace(/^\d+ /, ""), value], [file, value]]));
    const chosen = files();
    forAll.hidden = true;
    each.hidden = chosen.length === 0;
    all.id = "alt-all";
    each.replaceChildren(...chosen.map((file, number) => {
      const field = document.createElement("div");
      const label = document.createElement("label");
      const input = document.createElement("input");
      const name = `${number} ${file.name}`;
      field.className = "field";
      label.className = "field__label";
      input.className = "input";
      Object.assign(input, { id: number ? `alt-${number}` : "alt", name: "alts", maxLength: 500, value: typed.get(name) ?? typed.get(file.name) ?? "" });
      input.dataset.file = name;
      label.htmlFor = input.id;
      label.textContent = `${each.dataset.label} (${file.name})`;
      field.append(label, input);
      return field;
    }));
  };

  describe();
  form.addEventListener("change", (event) => {
    show("too-large", tooLarge());
    if (event.target.type === "file" || event.target === form) describe();
  });

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
