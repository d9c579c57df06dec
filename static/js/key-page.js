// The page of the owner's clip key: making it, and later changing the passphrase, restoring and remembering it.
// The forms that take passphrases are served here; only the recipient and the sealed identity go to the server.
import {
  createIdentity, fingerprint, forget, open, readIdentity, recipientOf, remember, remembered, seal,
} from "./keys.js";
import { same, strongEnough, suggest } from "./passphrase.js";
import { fieldError, progress, say, whenSent, wordsOf } from "./says.js";
import { fileName } from "./sealed.js";
import { offerToRemember } from "./unlock.js";

// Suggested words or the owner's own. Gives a function that answers with the passphrase, or with null after it has
// said beside the field what is still wrong.
const chooser = (form) => {
  const root = form.querySelector("[data-chooser]");
  const [suggested, own] = ["suggested", "own"].map((name) => root.querySelector(`[data-chooser-${name}]`));
  const [typed, first, second] = root.querySelectorAll(".input");
  const words = suggested.querySelectorAll(".words__word");
  const isOwn = () => root.querySelector("input[type=radio]:checked").value === "own";

  const newWords = () => {
    const fresh = suggest();
    words.forEach((word, place) => { word.textContent = fresh[place]; });
    typed.value = "";
  };
  const chosen = () => Array.from(words, (word) => word.textContent).join(" ");
  const show = () => {
    suggested.hidden = isOwn();
    own.hidden = !isOwn();
  };

  newWords();
  show();
  suggested.querySelector("[data-other-words]").addEventListener("click", newWords);
  root.addEventListener("change", show);

  const wrong = (input, name) => {
    fieldError(input, wordsOf(root, name));
    return null;
  };

  return () => {
    if (!isOwn()) return same(typed.value.toLowerCase(), chosen()) ? chosen() : wrong(typed, "words-differ");
    if (!strongEnough(first.value)) return wrong(first, "too-weak");
    return same(first.value, second.value) ? first.value : wrong(second, "not-the-same");
  };
};

const sendKey = (form, recipient, sealedIdentity) => {
  form.elements.namedItem("recipient").value = recipient;
  form.elements.namedItem("sealed_identity").value = sealedIdentity;
  form.submit();
};

const PREFIX = "AGE-SECRET-KEY-1";

const save = (sheet, identity, name) => {
  const about = Array.from(sheet.querySelectorAll("[data-sheet-line]"), (line) =>
    `# ${Array.from(line.children, (part) => part.textContent.trim()).join(": ") || line.textContent.trim()}`);
  // Lines that begin with # are comments to the `age` command, which takes this file as it is.
  const file = new Blob([[...about, identity, ""].join("\n")], { type: "text/plain" });
  const link = document.createElement("a");
  link.href = URL.createObjectURL(file);
  link.download = fileName(name);
  link.click();
  setTimeout(() => URL.revokeObjectURL(link.href), 1000);
};

// The recovery sheet, out of its template, filled in and with its buttons working.
const showSheet = async (place, identity, recipient) => {
  const sheet = document.getElementById("recovery-sheet").content.cloneNode(true);
  const fill = (name, text) => { sheet.querySelector(`[data-sheet-${name}]`).textContent = text; };
  fill("date", new Date().toLocaleDateString(document.documentElement.lang, { dateStyle: "long" }));
  fill("fingerprint", grouped(await fingerprint([recipient])));
  const groups = identity.slice(PREFIX.length).match(/.{1,4}/g);
  fill("secret", `${PREFIX} ${groups.join(" ")}`);
  place.querySelector("[data-sheet-place]").replaceChildren(sheet);
  const button = place.querySelector("[data-save-sheet]");
  button.onclick = () => save(place, identity, button.dataset.saveSheet);
};

const grouped = (code) => code.match(/.{4}/g).join("-");

const startMaking = (maker) => {
  const steps = Object.fromEntries(Array.from(maker.querySelectorAll("[data-step]"), (step) => [step.dataset.step, step]));
  const show = (name) => {
    for (const step of Object.values(steps)) step.hidden = step !== steps[name];
    steps[name].querySelector("h2").focus();
  };
  const choose = steps.choose.querySelector("form");
  const form = steps.keep.querySelector("form");
  const kept = steps.keep.querySelector("[data-kept]");
  const keep = form.querySelector("button[type=submit]");
  const passphrase = chooser(choose);
  let made = null;

  whenSent(choose, async () => {
    const secret = passphrase();
    if (!secret) return;
    show("make");
    progress(steps.make, null);
    try {
      const identity = await createIdentity();
      const [recipient, sealedIdentity] = await Promise.all([recipientOf(identity), seal(identity, secret)]);
      made = { identity, recipient, sealedIdentity };
      await showSheet(steps.keep, identity, recipient);
    } catch (problem) {
      show("choose");
      throw problem;
    } finally {
      progress(steps.make);
    }
    show("keep");
  });

  offerToRemember(steps.keep);
  kept.checked = false;
  kept.addEventListener("change", () => { keep.disabled = !kept.checked; });
  form.addEventListener("submit", async (event) => {
    event.preventDefault();
    const wish = steps.keep.querySelector("[data-remember]").checked;
    if (wish) await remember(maker.dataset.account, made.identity).catch(() => {});
    sendKey(form, made.recipient, made.sealedIdentity);
  });
  maker.hidden = false;
};

const startKeeping = async (page) => {
  const { account, recipient, sealedIdentity } = page.dataset;
  const form = (name) => page.querySelector(`form[data-form="${name}"]`);
  const reseal = page.querySelector("form[data-reseal]");
  const opened = async (name) => {
    progress(form(name), null);
    return open(sealedIdentity, form(name).querySelector("[data-passphrase]").value);
  };

  const newPassphrase = chooser(form("change"));
  whenSent(form("change"), async () => {
    const secret = newPassphrase();
    if (secret) sendKey(reseal, recipient, await seal(await opened("change"), secret));
  });

  const restoredPassphrase = chooser(form("restore"));
  const typed = form("restore").querySelector("[data-secret-key]");
  whenSent(form("restore"), async () => {
    const identity = readIdentity(typed.value);
    const found = await recipientOf(identity).catch(() => null);
    if (found !== recipient) {
      fieldError(typed, wordsOf(page, found ? "not-yours" : "mistyped"));
      return;
    }
    const secret = restoredPassphrase();
    if (!secret) return;
    progress(form("restore"), null);
    sendKey(reseal, recipient, await seal(identity, secret));
  });

  const shown = page.querySelector("[data-sheet-shown]");
  whenSent(form("sheet"), async () => {
    await showSheet(shown, await opened("sheet"), recipient);
    form("sheet").reset();
    form("sheet").hidden = true;
    shown.hidden = false;
    shown.focus();
  });

  const forgetting = page.querySelector("[data-forget]");
  const showRemembered = async (words = "") => {
    const known = Boolean(await remembered(account));
    forgetting.hidden = !known;
    form("remember").hidden = known;
    say(page.querySelector("[data-browser]"), words || (known ? "remembered" : ""));
  };
  whenSent(form("remember"), async () => {
    await remember(account, await opened("remember"));
    form("remember").reset();
    await showRemembered();
  });
  forgetting.addEventListener("click", async () => {
    await forget(account);
    await showRemembered("forgotten");
  });

  page.querySelector("[data-fingerprint]").textContent = grouped(await fingerprint([recipient]));
  await offerToRemember(form("remember"));
  await showRemembered();
  page.hidden = false;
  // A link to one part of the page opens it.
  const target = location.hash && page.querySelector(location.hash);
  if (target) {
    target.open = true;
    target.scrollIntoView();
  }
};

// Going back must not show a secret key again.
addEventListener("pageshow", (event) => {
  if (event.persisted) location.reload();
});

const maker = document.querySelector("[data-key-maker]");
const page = document.querySelector("[data-key-page]");

// Away from https browsers offer scripts no cryptography.
if (!globalThis.isSecureContext || !globalThis.Worker) document.querySelector("[data-unsupported]").hidden = false;
else if (maker) startMaking(maker);
else startKeeping(page);
