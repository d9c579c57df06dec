// Sealed files from the server, opened in this browser.
import { decrypt, KeyProblem } from "./keys.js";

const STATUS = { 401: "signed-out", 403: "signed-out", 404: "missing", 410: "expired" };

// The sealed bytes at `url`; `onPart` hears how much has come, from 0 to 1, or null when the size is not known.
const fetchSealed = async (url, onPart) => {
  try {
    const response = await fetch(url, { headers: { Accept: "application/age" } });
    // A session that ended leads to the page for signing in, which is no clip.
    if (response.redirected) throw new KeyProblem("signed-out");
    if (!response.ok) throw new KeyProblem(STATUS[response.status] ?? "no-connection");
    const total = Number(response.headers.get("Content-Length"));
    const parts = [];
    let got = 0;
    const reader = response.body.getReader();
    for (let step = await reader.read(); !step.done; step = await reader.read()) {
      parts.push(step.value);
      got += step.value.length;
      onPart(total ? Math.min(got / total, 1) : null);
    }
    return new Uint8Array(await new Blob(parts).arrayBuffer());
  } catch (error) {
    // What fetch itself throws is always a connection that failed.
    throw error instanceof KeyProblem ? error : new KeyProblem("no-connection");
  }
};

export const openSealed = async (url, identity, type, onPart = () => {}) => {
  const bytes = await fetchSealed(url, onPart);
  onPart(null);
  return new Blob([await decrypt(bytes, identity)], { type });
};

// Names for files, without what some systems forbid in them.
export const fileName = (text) => text.replace(/[\\/:*?"<>|\p{Cc}]+/gu, " ").replace(/\s+/g, " ").trim();
