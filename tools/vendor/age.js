// What static/js/age-worker.js needs of age and its libraries, and nothing else.
export { armor, Decrypter, Encrypter, generateX25519Identity, identityToRecipient } from "age-encryption";
export { bech32 } from "@scure/base";
