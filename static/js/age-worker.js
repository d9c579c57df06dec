// All work with age and its slow passphrases, in a thread of its own, so that the page keeps answering.
// A message is {id, task, args}; the answer {id, result} or {id, problem}, one of the codes that keys.js describes.
import {
  armor, bech32, Decrypter, Encrypter, generateX25519Identity, identityToRecipient,
} from "../vendor/age-encryption-0.3.1/age.min.js";

class Problem extends Error {}

const PKCS8_X25519 = [0x30, 0x2e, 0x02, 0x01, 0x00, 0x30, 0x05, 0x06, 0x03, 0x2b, 0x65, 0x6e, 0x04, 0x22, 0x04, 0x20];

const scalar = (identity) => {
  try {
    const { prefix, bytes } = bech32.decodeToBytes(identity);
    if (prefix.toUpperCase() === "AGE-SECRET-KEY-" && bytes.length === 32) return bytes;
  } catch {
    // Mistyped: the checksum says so.
  }
  throw new Problem("not-a-key");
};

// The library says what went wrong in words only; this is the one sentence that we need to tell from the others.
const decrypt = async (decrypter, file, noMatch) => {
  try {
    return await decrypter.decrypt(file);
  } catch (error) {
    throw new Problem(/no identity matched/.test(error.message) ? noMatch : "damaged");
  }
};

const tasks = {
  create: () => generateX25519Identity(),

  async recipientOf(identity) {
    if (typeof identity === "string") scalar(identity);
    return identityToRecipient(identity);
  },

  // The same key for WebCrypto, which lets scripts use it and never read it.
  nonExtractable: (identity) =>
    crypto.subtle.importKey("pkcs8", new Uint8Array([...PKCS8_X25519, ...scalar(identity)]), { name: "X25519" }, false, ["deriveBits"]),

  // Sealed as an identity file, which the `age` command takes as it is.
  async seal(identity, passphrase) {
    scalar(identity);
    const encrypter = new Encrypter();
    encrypter.setPassphrase(passphrase);
    return armor.encode(await encrypter.encrypt(`${identity}\n`));
  },

  async open(sealedIdentity, passphrase) {
    let file;
    try {
      file = armor.decode(sealedIdentity);
    } catch {
      throw new Problem("damaged");
    }
    const decrypter = new Decrypter();
    decrypter.addPassphrase(passphrase);
    const identity = new TextDecoder().decode(await decrypt(decrypter, file, "wrong-passphrase")).trim();
    scalar(identity);
    return identity;
  },

  async decrypt(bytes, identity) {
    const decrypter = new Decrypter();
    decrypter.addIdentity(identity);
    return decrypt(decrypter, bytes, "other-key");
  },
};

addEventListener("message", async ({ data: { id, task, args } }) => {
  try {
    const result = await tasks[task](...args);
    postMessage({ id, result }, result instanceof Uint8Array ? [result.buffer] : []);
  } catch (error) {
    const known = error instanceof Problem;
    if (!known) console.error(error);
    postMessage({ id, problem: known ? error.message : "unsupported" });
  }
});
