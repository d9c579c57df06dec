// Words that were typed stay in this browser until they are sent: a lost connection or a session that ran out costs
// nothing. Only text and choices of forms with data-draft, never a file; each account has its own.
(() => {
  "use strict";
  const PREFIX = "porchlight-draft:";
  const DAYS = 7;
  const KEPT = "textarea, select, input[type=text], input[type=search], input:not([type]), input[type=radio], input[type=checkbox]";

  const storage = () => { try { return window.localStorage; } catch { return null; } };
  const store = storage();
  if (!store) return;
  const keyOf = (form) => PREFIX + form.dataset.draft;
  const controls = (form) => [...form.querySelectorAll(KEPT)].filter((control) => control.name && !("noDraft" in control.dataset));
  const chosen = (control) => control.type === "radio" || control.type === "checkbox";

  const read = (form) => {
    const values = {};
    for (const control of controls(form)) {
      if (chosen(control)) { if (control.checked) (values[control.name] ??= []).push(control.value); }
      else (values[control.name] ??= []).push(control.value);
    }
    return values;
  };

  const write = (form, values) => {
    const at = {};
    for (const control of controls(form)) {
      const kept = values[control.name] ?? [];
      if (chosen(control)) control.checked = kept.includes(control.value);
      else {
        const value = kept[at[control.name] = (at[control.name] ?? -1) + 1];
        if (value !== undefined) control.value = value;
      }
    }
  };

  const words = (form) => [...form.querySelectorAll("textarea")].some((area) => area.value.trim());

  const keep = (form) => {
    try {
      if (words(form)) store.setItem(keyOf(form), JSON.stringify({ at: Date.now(), values: read(form) }));
      else store.removeItem(keyOf(form));
    } catch { /* the browser keeps nothing: then the form is all there is */ }
  };

  const draft = (form) => {
    try {
      const found = JSON.parse(store.getItem(keyOf(form)));
      return found && Date.now() - found.at < DAYS * 86400000 ? found.values : null;
    } catch { return null; }
  };

  const forget = (form) => store.removeItem(keyOf(form));

  // What the page itself brought back, after a form that was wrong, is newer than any draft.
  const restore = (form) => {
    const values = draft(form);
    const before = read(form);
    if (!values || JSON.stringify(values) === JSON.stringify(before)) return;
    if (form.querySelector("[aria-invalid]")) return;
    write(form, values);
    const notice = document.getElementById("draft-notice")?.content.firstElementChild.cloneNode(true);
    if (!notice) return;
    notice.querySelector("button").addEventListener("click", () => {
      forget(form);
      write(form, before);
      notice.remove();
      form.querySelector("textarea").focus();
      form.dispatchEvent(new Event("change", { bubbles: true }));
    });
    form.prepend(notice);
    form.dispatchEvent(new Event("change", { bubbles: true }));
  };

  const start = (form) => {
    if (form.dataset.draftReady) return;
    form.dataset.draftReady = "yes";
    restore(form);
    let waiting;
    form.addEventListener("input", () => {
      clearTimeout(waiting);
      waiting = setTimeout(() => keep(form), 300);
    });
    form.addEventListener("change", () => keep(form));
    addEventListener("pagehide", () => { if (form.isConnected && !form.dataset.draftSent) keep(form); });
    form.addEventListener("htmx:beforeOnLoad", (event) => {
      if (event.target !== form) return;
      clearTimeout(waiting);
      const { xhr, requestConfig } = event.detail;
      if (requestConfig?.triggeringEvent?.submitter?.value === "preview") { keep(form); return; } // looked at, not sent
      const to = xhr.getResponseHeader("HX-Redirect") ?? "";
      if (xhr.status >= 300 || /^\/(sign-in|guidelines)/.test(to)) { keep(form); return; }
      form.dataset.draftSent = "yes";
      forget(form);
    });
  };

  const all = (root) => root.querySelectorAll("form[data-draft]").forEach(start);
  all(document);
  document.addEventListener("htmx:load", (event) => {
    if (event.detail.elt.matches?.("form[data-draft]")) start(event.detail.elt);
    else all(event.detail.elt);
  });
})();
