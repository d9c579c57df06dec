// What scripts say stands in the page as <template data-words="name">, so that it is translated with the page.

import { KeyProblem } from "./keys.js";

// `root`'s own template of that name, else the page's.
const find = (root, name) => {
  const selector = `template[data-words="${CSS.escape(name)}"]`;
  return (root.querySelector(selector) ?? document.querySelector(selector)).content;
};

// Put the words called `name` into the element marked data-says inside `root`; without a name, take them away.
export const say = (root, name = "") =>
  root.querySelector("[data-says]").replaceChildren(...(name ? [find(root, name).cloneNode(true)] : []));

// Say what went wrong. What is no KeyProblem is a mistake of ours, and is reported as one besides.
export const sayProblem = (root, problem) => {
  const known = problem instanceof KeyProblem;
  say(root, known ? problem.code : "unsupported");
  if (!known) reportError(problem);
};

// The same words as plain text.
export const wordsOf = (root, name) => find(root, name).textContent.trim().replace(/\s+/g, " ");

// Show how far the work is that `root`'s data-progress names: from 0 to 1, null when nobody knows, undefined when over.
// A screen reader hears the label once, when it begins.
export const progress = (root, part) => {
  const box = root.querySelector("[data-progress]");
  const bar = box.querySelector("progress");
  const heard = root.querySelector("[data-progress-says]");
  box.hidden = part === undefined;
  if (part === undefined) heard.textContent = "";
  else if (!heard.textContent) heard.textContent = box.querySelector("label").textContent;
  if (typeof part === "number") bar.value = part * bar.max;
  else bar.removeAttribute("value");
};

// A message beside one field, and the field marked as wrong; without words, both taken away.
export const fieldError = (input, words = "") => {
  const field = input.closest(".field");
  const error = field.querySelector(".field__error");
  error.querySelector("span").textContent = words;
  error.hidden = !words;
  field.classList.toggle("is-invalid", Boolean(words));
  if (words) {
    input.setAttribute("aria-invalid", "true");
    input.focus();
  } else input.removeAttribute("aria-invalid");
};

// A form whose work is done here: `act` runs once at a time. What it throws is said beside the field marked
// data-passphrase when that is wrong, else in the form.
export const whenSent = (form, act) => {
  let busy = false;
  form.addEventListener("submit", async (event) => {
    event.preventDefault();
    if (busy) return;
    busy = true;
    say(form);
    form.querySelectorAll("[aria-invalid]").forEach((input) => fieldError(input));
    try {
      await act();
    } catch (problem) {
      if (problem.code === "wrong-passphrase") fieldError(form.querySelector("[data-passphrase]"), wordsOf(form, problem.code));
      else sayProblem(form, problem);
    }
    progress(form);
    busy = false;
  });
};
