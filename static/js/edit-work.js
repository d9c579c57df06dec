// Runs one task of edit-worker.js in a worker of its own.
import { Problem } from "./edit-cover.js";

// The result of `task`. `onPart` hears how far it is, from 0 to 1; `signal` ends it, and then it rejects with the
// signal's reason.
export const work = (task, given, { onPart = () => {}, signal } = {}) =>
  new Promise((resolve, reject) => {
    signal?.throwIfAborted();
    const worker = new Worker(new URL("edit-worker.js", import.meta.url), { type: "module" });
    const over = (settle, value) => {
      worker.terminate();
      signal?.removeEventListener("abort", stop);
      settle(value);
    };
    const stop = () => over(reject, signal.reason);
    signal?.addEventListener("abort", stop);
    worker.addEventListener("message", ({ data }) => {
      if ("part" in data) onPart(data.part);
      else if ("problem" in data) over(reject, new Problem(data.problem));
      else over(resolve, data.result);
    });
    // The worker's own script did not come, or this browser has no such workers.
    worker.addEventListener("error", (event) => {
      event.preventDefault();
      over(reject, new Problem("not-loaded"));
    });
    worker.postMessage({ task, ...given });
  });

// The faces at each of `looks`, as [look, boxes]; several workers share them, because each look takes a while.
export const findFaces = async (file, looks, { onPart, signal }) => {
  if (!file.type.startsWith("video/")) return work("pictureFaces", { file }, { signal });
  const each = Math.ceil(looks.length / Math.min(3, Math.max(1, (navigator.hardwareConcurrency ?? 2) - 1)));
  const parts = Array(Math.ceil(looks.length / each)).fill(0);
  const all = new AbortController(); // when one of them fails, the others need not go on
  signal.addEventListener("abort", () => all.abort(signal.reason), { once: true });
  try {
    const found = await Promise.all(parts.map((_, crew) => work(
      "videoFaces",
      { file, looks: looks.slice(crew * each, (crew + 1) * each) },
      {
        onPart: (part) => {
          parts[crew] = part;
          onPart(parts.reduce((sum, done) => sum + done) / parts.length);
        },
        signal: all.signal,
      },
    )));
    return found.flat();
  } catch (problem) {
    all.abort();
    throw problem;
  }
};

// Whether this browser has what any edit needs. What videos need besides is asked in the worker.
export const canEdit = () => typeof OffscreenCanvas === "function" && typeof createImageBitmap === "function" && typeof Worker === "function";
