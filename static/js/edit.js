// The composer's chosen files: a list with a look at each, and a button that opens the editor. The editor itself is
// fetched when somebody presses that button for the first time.
import { wordsOf } from "./says.js";

const form = document.querySelector("[data-composer]");
const editor = document.querySelector("[data-editor]");
const rowTemplate = document.querySelector("template[data-chosen-row]").content;

// By file input: [{file, original, url, edit, sound}]. `file` is what will be sent; `original` what was chosen, `edit`
// what was last done in the editor, and `sound` whether `file` is to keep its sound.
const chosen = new Map();

const isVideo = (file) => file.type.startsWith("video/");
const size = (bytes) => (bytes < 1e6 ? `${Math.max(1, Math.round(bytes / 1e3))} kB` : `${(bytes / 1e6).toFixed(1)} MB`);

const forget = (entries) => entries.forEach(({ url }) => URL.revokeObjectURL(url));

const entryOf = (file) => ({ file, original: file, url: URL.createObjectURL(file), edit: null, sound: false });

// Put the entries' files into their input, as if they had been chosen, and say so to the other scripts of the page.
const settle = (input) => {
  const transfer = new DataTransfer();
  for (const { file } of chosen.get(input)) transfer.items.add(file);
  input.files = transfer.files;
  input.dispatchEvent(new CustomEvent("change", { bubbles: true, detail: "edited" }));
  show(input);
};

const replace = (input, entry, file, changes) => {
  URL.revokeObjectURL(entry.url);
  Object.assign(entry, { file, url: URL.createObjectURL(file) }, changes);
  settle(input);
};

// Sound is taken away by the server too, unless the form gives the file's number, in the order in which it sends them.
const numberSounds = () => {
  form.querySelectorAll("input[name=keep_sound]").forEach((field) => field.remove());
  const sent = ["clip", "media"].flatMap((name) => chosen.get(form.elements[name]) ?? []);
  sent.forEach(({ sound }, number) => {
    if (sound) form.append(Object.assign(document.createElement("input"), { type: "hidden", name: "keep_sound", value: number }));
  });
};

const open = async (input, entry, row) => {
  const button = row.querySelector("[data-edit]");
  button.disabled = true;
  const box = await import("./edit-box.js").catch(() => null);
  button.disabled = false;
  row.querySelector("[data-not-loaded]").hidden = Boolean(box);
  if (!box) return;
  const keep = ({ blob, sound }) => {
    const { name } = entry.original; // the same, so that what was written about it stays with it
    replace(input, entry, new File([blob], name, { type: blob.type }), { sound });
    listOf(input).querySelector("[data-chosen-says]").textContent = wordsOf(document, "edited").replace("{name}", name);
  };
  entry.edit = await box.edited(editor, entry.original, entry.edit, keep, () => leave(input, entry));
  const buttons = listOf(input).querySelectorAll("[data-edit]");
  (buttons[chosen.get(input).indexOf(entry)] ?? buttons[0] ?? input).focus();
};

const leave = (input, entry) => {
  forget([entry]);
  chosen.set(input, chosen.get(input).filter((other) => other !== entry));
  settle(input);
  (listOf(input)?.querySelector("[data-edit]") ?? input).focus();
};

// What stands for one file, in the page's language.
const rowOf = (input, entry) => {
  const row = rowTemplate.firstElementChild.cloneNode(true);
  const part = (name) => row.querySelector(`[data-${name}]`);
  const video = isVideo(entry.file);
  const look = part(video ? "look-video" : "look-picture");
  if (input.hasAttribute("data-shown-above")) part("look").remove();
  else {
    look.hidden = false;
    look.addEventListener("error", () => { look.hidden = true; });
    look.src = entry.url;
  }
  part("name").textContent = entry.file.name;
  part("size").textContent = size(entry.file.size);
  part("changed").hidden = entry.file === entry.original;
  part("without-sound").hidden = !video || entry.sound;
  part("with-sound").hidden = !entry.sound;
  part("restore").hidden = entry.file === entry.original;
  part("leave").hidden = !input.multiple;
  for (const name of ["edit", "restore", "leave"]) part(name).setAttribute("aria-describedby", part("name").id = `chosen-${input.id}-${chosen.get(input).indexOf(entry)}`);
  part("edit").addEventListener("click", () => open(input, entry, row));
  part("restore").addEventListener("click", () => replace(input, entry, entry.original, { edit: null, sound: false }));
  part("leave").addEventListener("click", () => leave(input, entry));
  return row;
};

const listOf = (input) => form.querySelector(`[data-chosen="${input.id}"]`);

const show = (input) => {
  const list = listOf(input);
  const entries = chosen.get(input) ?? [];
  list.querySelector("ul").replaceChildren(...entries.map((entry) => rowOf(input, entry)));
  list.hidden = entries.length === 0;
  numberSounds();
};

form.addEventListener("change", (event) => {
  const input = event.target;
  if (!input.matches("input[type=file]") || event.detail === "edited") return;
  forget(chosen.get(input) ?? []);
  chosen.set(input, [...input.files].map(entryOf));
  show(input);
});

// Each list stands behind its field, inside of the form.
for (const input of form.querySelectorAll("input[type=file]")) {
  const list = document.querySelector("template[data-chosen-list]").content.firstElementChild.cloneNode(true);
  list.dataset.chosen = input.id;
  input.closest(".field").append(list);
  // A browser that comes back to the page may have kept the choice.
  if (input.files.length) input.dispatchEvent(new Event("change", { bubbles: true }));
}

addEventListener("pagehide", () => [...chosen.values()].forEach(forget));
addEventListener("pageshow", (event) => {
  if (!event.persisted) return;
  for (const [input, entries] of chosen) {
    entries.forEach((entry) => { entry.url = URL.createObjectURL(entry.file); });
    show(input);
  }
});
