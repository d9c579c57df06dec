// The 2048 English words of BIP-39 and nothing else of that library.
export { wordlist } from "@scure/bip39/wordlists/english.js";
