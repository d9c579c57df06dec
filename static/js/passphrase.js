// Passphrases for clips: five plain words by chance, or the owner's own if it is long enough.
import { wordlist } from "../vendor/scure-bip39-2.4.0/english.min.js";

export const WORDS = 5;

// 2048 words divide 65536 evenly, so that the remainder favours none of them.
export const suggest = () => Array.from(crypto.getRandomValues(new Uint16Array(WORDS)), (number) => wordlist[number % wordlist.length]);

// Four words or sixteen characters; "aaaa aaaa aaaa aaaa" is neither.
export const strongEnough = (passphrase) => {
  const text = passphrase.trim().toLowerCase();
  const words = new Set(text.split(/\s+/).filter((word) => word.length >= 3));
  return words.size >= 4 || ([...text].length >= 16 && new Set(text).size >= 8);
};

export const same = (one, other) => one.trim().split(/\s+/).join(" ") === other.trim().split(/\s+/).join(" ");
