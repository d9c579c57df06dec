// The owner's clip key: an age X25519 identity. It is made, sealed, opened and used here and never sent anywhere.
// An identity is either its text, AGE-SECRET-KEY-1…, or the non-extractable CryptoKey of a remembered browser.

// What can go wrong, as `code`: wrong-passphrase, not-a-key (a mistyped secret key), other-key (sealed to another),
// damaged, unsupported (this browser lacks something). sealed.js adds expired, missing, signed-out, no-connection.
export class KeyProblem extends Error {
  constructor(code) {
    super(code);
    this.code = code;
  }
}

let worker = null;
let count = 0;
const waiting = new Map();

const giveUp = () => {
  worker = null;
  for (const { reject } of waiting.values()) reject(new KeyProblem("unsupported"));
  waiting.clear();
};

const start = () => {
  const made = new Worker(new URL("age-worker.js", import.meta.url), { type: "module" });
  made.addEventListener("error", giveUp);
  made.addEventListener("message", ({ data: { id, result, problem } }) => {
    const { resolve, reject } = waiting.get(id);
    waiting.delete(id);
    if (problem) reject(new KeyProblem(problem));
    else resolve(result);
  });
  return made;
};

const run = (task, ...args) =>
  new Promise((resolve, reject) => {
    worker ??= start();
    const id = ++count;
    waiting.set(id, { resolve, reject });
    worker.postMessage({ id, task, args });
  });

// The same passphrase from any keyboard: one form of each letter, one space between words.
const normal = (passphrase) => passphrase.normalize("NFKC").trim().replace(/\s+/g, " ");

export const createIdentity = () => run("create");
export const recipientOf = (identity) => run("recipientOf", identity);
export const seal = (identity, passphrase) => run("seal", identity, normal(passphrase));
export const open = (sealedIdentity, passphrase) => run("open", sealedIdentity, normal(passphrase));
export const decrypt = (bytes, identity) => run("decrypt", bytes, identity);

// A secret key as people give it back: the whole saved sheet, or typed from paper. Then spaces, dashes and case do not
// count, nor do letters that its alphabet lacks because they look like others.
export const readIdentity = (typed) => {
  const text = typed.toUpperCase();
  const whole = text.match(/AGE-SECRET-KEY-1[0-9A-Z]{58}/);
  if (whole) return whole[0];
  const characters = text.replace(/[^0-9A-Z]/g, "").replace(/^AGESECRETKEY1/, "");
  return `AGE-SECRET-KEY-1${characters.replace(/[1I]/g, "L").replace(/O/g, "0").replace(/B/g, "8")}`;
};

const CROCKFORD = "0123456789ABCDEFGHJKMNPQRSTVWXYZ";

// The same as portal/codes.py: 40 bits that name a set of recipients, whatever their order.
export const fingerprint = async (recipients) => {
  const text = new TextEncoder().encode([...recipients].sort().join("\n"));
  const digest = new Uint8Array(await crypto.subtle.digest("SHA-256", text));
  let number = 0n;
  for (const byte of digest.subarray(0, 5)) number = (number << 8n) | BigInt(byte);
  return [35n, 30n, 25n, 20n, 15n, 10n, 5n, 0n].map((shift) => CROCKFORD[Number((number >> shift) & 31n)]).join("");
};

// ————— "Remember this browser" —————

const answer = (request) =>
  new Promise((resolve, reject) => {
    request.onsuccess = () => resolve(request.result);
    request.onerror = () => reject(request.error);
  });

const inStore = async (mode, act) => {
  const opening = indexedDB.open("porchlight", 1);
  opening.onupgradeneeded = () => opening.result.createObjectStore("clip-keys");
  const database = await answer(opening);
  try {
    const transaction = database.transaction("clip-keys", mode);
    const done = new Promise((resolve, reject) => {
      transaction.oncomplete = resolve;
      transaction.onabort = () => reject(transaction.error);
    });
    const result = await answer(act(transaction.objectStore("clip-keys")));
    await done;
    return result;
  } finally {
    database.close();
  }
};

// Whether this browser can keep a key that scripts cannot read out. A private window may refuse the store.
export const canRemember = async () => {
  try {
    await crypto.subtle.generateKey({ name: "X25519" }, false, ["deriveBits"]);
    await inStore("readonly", (store) => store.count());
    return true;
  } catch {
    return false;
  }
};

export const remember = async (accountId, identity) => {
  const key = await run("nonExtractable", identity);
  await inStore("readwrite", (store) => store.put(key, accountId));
};

export const remembered = async (accountId) => {
  try {
    return (await inStore("readonly", (store) => store.get(accountId))) ?? null;
  } catch {
    return null;
  }
};

export const forget = (accountId) => inStore("readwrite", (store) => store.delete(accountId));
