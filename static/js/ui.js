// Comfort for pages that work without it: menus and dialogs close by themselves, and a few buttons appear.
(() => {
  "use strict";

  const closeMenus = (except) => {
    for (const menu of document.querySelectorAll("details.menu[open]")) {
      if (menu !== except && !menu.contains(except)) menu.open = false;
    }
  };

  const say = (button, words) => {
    const text = button.querySelector("span");
    const before = text.textContent;
    if (before === words) return;
    text.textContent = words;
    setTimeout(() => { text.textContent = before; }, 2500);
  };

  const copy = async (button) => {
    const source = document.getElementById(button.dataset.copy);
    if (!source) return;
    const text = ("value" in source && source.matches("input, textarea") ? source.value : source.textContent);
    try {
      await navigator.clipboard.writeText(text.trim().replace(/\s+/g, " "));
      say(button, button.dataset.done);
    } catch {
      getSelection().selectAllChildren(source);
    }
  };

  const reveal = (button) => {
    const input = document.getElementById(button.dataset.reveal);
    const shown = input.type === "text";
    input.type = shown ? "password" : "text";
    button.setAttribute("aria-pressed", String(!shown));
  };

  // A popover needs no script; with script it becomes a real modal dialog, which keeps the focus inside.
  const openDialog = (event, dialog) => {
    event.preventDefault();
    dialog.removeAttribute("popover");
    dialog.showModal();
  };

  document.addEventListener("click", (event) => {
    const target = event.target;
    if (!(target instanceof Element)) return;
    closeMenus(target);
    const button = target.closest("button");
    if (target.matches("dialog.dialog[open]")) {
      const box = target.getBoundingClientRect();
      const inside = event.clientX >= box.left && event.clientX <= box.right && event.clientY >= box.top && event.clientY <= box.bottom;
      if (!inside) target.close();
    }
    if (!button) return;
    if (button.dataset.copy) copy(button);
    else if ("print" in button.dataset) window.print();
    else if (button.dataset.reveal) reveal(button);
    else if ("close" in button.dataset) button.closest("dialog")?.close();
    else if (button.hasAttribute("popovertarget")) {
      const dialog = document.getElementById(button.getAttribute("popovertarget"));
      if (dialog instanceof HTMLDialogElement) openDialog(event, dialog);
    }
  });

  document.addEventListener("keydown", (event) => {
    if (event.key !== "Escape") return;
    const menu = document.querySelector("details.menu[open]");
    if (!menu) return;
    menu.open = false;
    menu.querySelector("summary").focus();
  });

  document.addEventListener("focusin", (event) => closeMenus(event.target));

  // Who signs out leaves no drafts behind (see drafts.js): the next person may sit at the same machine.
  document.addEventListener("submit", (event) => {
    if (!event.target.action?.endsWith("/sign-out")) return;
    try {
      for (const key of Object.keys(localStorage)) if (key.startsWith("porchlight-draft:")) localStorage.removeItem(key);
    } catch { /* a browser that keeps nothing */ }
  });

  // A part of a page that could not be fetched or sent says so, and keeps what was typed. The composer has its own words.
  const failed = (event) => {
    if (event.detail.elt.closest("[data-composer], [data-live]")) return;
    const words = document.getElementById(event.detail.xhr?.status === 401 ? "signed-out-words" : "not-sent-words");
    document.querySelector(".flashes").replaceChildren(words.content.cloneNode(true));
    document.querySelector(".flashes").scrollIntoView({ block: "nearest" });
  };
  document.addEventListener("htmx:responseError", failed);
  document.addEventListener("htmx:sendError", failed);

  // Buttons that only script can serve stay hidden without it.
  const ready = (root) => {
    for (const button of root.querySelectorAll("[data-copy][hidden], [data-print][hidden], [data-reveal][hidden]")) {
      button.hidden = false;
    }
    root.querySelector("[data-focus]")?.focus();
  };

  ready(document);
  document.addEventListener("htmx:load", (event) => {
    if (event.detail.elt !== document.body) ready(event.detail.elt);
  });
})();
