// The owner's identity for the pages that open clips: from a remembered browser at once, else from the unlock box.
// `root` is the element marked data-clip-key (templates/devices/_unlock.html). An identity that was typed in lives as
// long as the page does and no longer.
import { canRemember, forget, KeyProblem, open, recipientOf, remember, remembered } from "./keys.js";
import { progress, whenSent } from "./says.js";

const identities = new WeakMap();

// The remembered identity, or null. One of another key than the account's today is forgotten.
export const rememberedIdentity = async (root) => {
  const { account, recipient } = root.dataset;
  const identity = await remembered(account);
  if (!identity) return null;
  try {
    if ((await recipientOf(identity)) === recipient) return identity;
  } catch {
    return null;
  }
  await forget(account);
  return null;
};

// Show the box to tick, or why there is none.
export const offerToRemember = async (root) => {
  const can = await canRemember();
  root.querySelector("[data-remember-field]").hidden = !can;
  root.querySelector("[data-remember-not]").hidden = can;
};

const ask = (root, focus) =>
  new Promise((resolve) => {
    const box = root.querySelector("[data-unlock-box]");
    const form = box.querySelector("form");
    const input = form.querySelector("[data-passphrase]");
    const { account, recipient, sealedIdentity } = root.dataset;

    whenSent(form, async () => {
      progress(form, null);
      const identity = await open(sealedIdentity, input.value);
      if ((await recipientOf(identity)) !== recipient) throw new KeyProblem("damaged");
      // Not being remembered is no reason to keep the clips closed.
      if (form.querySelector("[data-remember]").checked) await remember(account, identity).catch(() => {});
      input.value = "";
      box.hidden = true;
      resolve(identity);
    });

    box.hidden = false;
    if (focus) input.focus();
    offerToRemember(form);
  });

// The identity, however long its owner takes. With `focus`, the box that it may show takes the focus.
export const unlocked = (root, { focus = false } = {}) => {
  if (identities.has(root)) {
    if (focus) root.querySelector("[data-passphrase]").focus();
  } else {
    identities.set(root, rememberedIdentity(root).then((identity) => identity ?? ask(root, focus)));
  }
  return identities.get(root);
};
