// The editor: a dialog in which a picture or video is looked at, cut and covered. What comes out is a new file.
import { facesAt, looksFor, Problem } from "./edit-cover.js";
import { masksOn } from "./edit-masks.js";
import { canEdit, findFaces, work } from "./edit-work.js";
import { progress, say, wordsOf } from "./says.js";

const SHORTEST = 0.5; // seconds that are left at least

const clock = (seconds) => {
  const tenths = Math.round(seconds * 10);
  return `${Math.floor(tenths / 600)}:${String(Math.floor(tenths / 10) % 60).padStart(2, "0")}.${tenths % 10}`;
};

const tenth = (seconds) => Math.round(seconds * 10) / 10;

// Opens `dialog` for `file`, with what was done before in `edit` (null: nothing yet). A new file goes to
// `keep({blob, sound})`, and `leave()` is called for one to be left out, both before the dialog closes: as soon as
// the form can be sent, it holds what was decided. Resolves with the edit when the dialog is closed.
export const edited = (dialog, file, edit, keep, leave) =>
  new Promise((resolve) => {
    const closing = new AbortController();
    const { signal } = closing;
    const part = (name) => dialog.querySelector(`[data-${name}]`);
    const on = (target, type, act) => target.addEventListener(type, act, { signal });
    const video = file.type.startsWith("video/");
    const medium = part(video ? "stage-video" : "stage-picture");
    const url = URL.createObjectURL(file);
    const found = new Map(); // looks for faces that were made, and the boxes of each
    const before = []; // earlier states, for undoing
    let state = edit && structuredClone(edit);
    let facts;
    let last; // what was changed last: a change of the same kind needs no step of its own
    let running = null; // the task at work, as an AbortController

    const duration = () => (video ? facts.seconds : 0);
    // The last tenth of a second that there is: whoever asks for it wants all that is left.
    const last10th = () => Math.floor(duration() * 10) / 10;

    // — What is shown —

    const shownAt = () => (video ? medium.currentTime : 0);

    const showFaces = () => masks.showFaces(state.faces ? facesAt(found, shownAt()) : []);

    const showTime = () => {
      part("at").value = medium.currentTime;
      part("time").textContent = `${clock(medium.currentTime)} / ${clock(duration())}`;
      showFaces();
    };

    const show = () => {
      masks.show(state.masks);
      part("undo").disabled = before.length === 0;
      part("faces").checked = state.faces;
      part("faces-says").hidden = !state.faces;
      if (!video) return showFaces();
      for (const side of ["start", "end"]) {
        part(`${side}-range`).value = part(`${side}-number`).value = Math.min(tenth(state[side]), last10th());
        part(`${side}-range`).ariaValueText = clock(state[side]);
      }
      part("kept").style.insetInlineStart = `${(100 * state.start) / duration()}%`;
      part("kept").style.insetInlineEnd = `${100 - (100 * state.end) / duration()}%`;
      part("length").textContent = clock(state.end - state.start);
      part("sound").checked = state.sound;
      part("sound-gone").hidden = state.sound || !facts.hasSound;
      medium.muted = !state.sound;
      return showTime();
    };

    // Change the state, so that it can be undone. Changes of one `kind` in a row are one step.
    const change = (kind, act) => {
      if (!kind || kind !== last) before.push(structuredClone(state));
      last = kind;
      act(state);
      show();
    };

    const undo = () => {
      if (!before.length) return;
      state = before.pop();
      last = undefined;
      show();
      lookForFaces();
    };

    const masks = masksOn(dialog, { change, signal });

    // — Work —

    const busy = (label) => {
      running = new AbortController();
      part("progress").querySelector("label").textContent = wordsOf(dialog, label);
      progress(dialog, null);
      part("apply").disabled = true;
      return { signal: running.signal, onPart: (done) => progress(dialog, done) };
    };

    const idle = () => {
      running = null;
      progress(dialog);
      part("apply").disabled = false;
    };

    const trouble = (problem) => {
      if (signal.aborted || problem.name === "AbortError") return;
      say(dialog, problem instanceof Problem ? problem.message : "failed");
      if (!(problem instanceof Problem)) reportError(problem);
      part("says").scrollIntoView({ block: "nearest" });
    };

    const sayFaces = () => {
      const looks = video ? looksFor(state.start, state.end) : [0];
      const withFace = looks.filter((look) => found.get(look)?.length).length;
      const words = withFace === 0 ? "no-face" : video ? "faces-in-video" : "faces-in-picture";
      const count = video ? Math.round((100 * withFace) / looks.length) : found.get(0).length;
      part("faces-says").textContent = wordsOf(dialog, words).replace("{count}", count);
    };

    // Look where it was not looked yet, when faces are to be blurred.
    const lookForFaces = async () => {
      if (!state.faces || running) return;
      const looks = (video ? looksFor(state.start, state.end) : [0]).filter((look) => !found.has(look));
      say(dialog);
      try {
        if (looks.length) {
          part("faces-says").textContent = "";
          const results = await findFaces(file, looks, busy("looking"));
          for (const [look, boxes] of results) found.set(look, boxes);
        }
        idle();
        sayFaces();
        show();
        // The cut may have moved meanwhile.
        if (looks.length) await lookForFaces();
      } catch (problem) {
        idle();
        if (signal.aborted) return;
        state.faces = false;
        show();
        trouble(problem);
      }
    };

    const apply = async () => {
      if (running) return;
      say(dialog);
      if (video) medium.pause();
      const blurred = state.faces ? found : new Map();
      try {
        const { start, end, sound, masks: covered } = state;
        const task = video
          ? work("video", { file, start, end, sound: sound && facts.hasSound, masks: covered, found: blurred }, busy("applying"))
          : work("picture", { file, masks: covered, found: blurred }, busy("applying"));
        keep({ blob: await task, sound: video && sound && facts.hasSound });
        idle();
        dialog.close();
      } catch (problem) {
        idle();
        trouble(problem);
      }
    };

    // — What a person does —

    const cut = (side, seconds) => {
      if (!Number.isFinite(seconds)) return show();
      medium.pause();
      change(`cut ${side}`, () => {
        if (side === "start") state.start = Math.min(Math.max(0, seconds), Math.max(0, state.end - SHORTEST));
        else state.end = Math.max(seconds >= last10th() ? duration() : seconds, Math.min(duration(), state.start + SHORTEST));
      });
      medium.currentTime = side === "start" ? state.start : Math.max(state.start, state.end - 0.05);
      return lookForFaces();
    };

    const play = () => {
      if (!medium.paused) return medium.pause();
      if (medium.currentTime < state.start || medium.currentTime >= state.end - 0.1) medium.currentTime = state.start;
      return medium.play().catch(() => {});
    };

    const watch = () => {
      if (signal.aborted) return;
      if (!medium.paused) {
        if (medium.currentTime >= state.end) medium.currentTime = state.start;
        showTime();
      }
      requestAnimationFrame(watch);
    };

    const listen = () => {
      on(part("undo"), "click", undo);
      on(part("apply"), "click", apply);
      on(part("stop"), "click", () => running?.abort());
      on(part("faces"), "change", () => {
        const { checked } = part("faces");
        change("", () => { state.faces = checked; });
        if (checked) lookForFaces();
        else running?.abort();
      });
      on(dialog, "keydown", (event) => {
        if (event.key !== "z" || !(event.ctrlKey || event.metaKey) || event.shiftKey) return;
        event.preventDefault();
        undo();
      });
      if (!video) return;
      for (const side of ["start", "end"]) {
        on(part(`${side}-range`), "input", () => cut(side, part(`${side}-range`).valueAsNumber));
        on(part(`${side}-number`), "change", () => cut(side, part(`${side}-number`).valueAsNumber));
      }
      on(part("sound"), "change", () => change("", () => { state.sound = part("sound").checked; }));
      on(part("play"), "click", play);
      on(part("at"), "input", () => { medium.currentTime = part("at").valueAsNumber; });
      on(medium, "seeked", showTime);
      for (const type of ["play", "pause"]) {
        on(medium, type, () => {
          part("play").firstElementChild.textContent = wordsOf(dialog, medium.paused ? "play" : "pause");
        });
      }
      requestAnimationFrame(watch);
    };

    // — Beginning and end —

    const close = () => {
      running?.abort();
      closing.abort(new DOMException("closed", "AbortError"));
      masks.show([]);
      masks.showFaces([]);
      medium.removeAttribute("src");
      if (video) medium.load();
      URL.revokeObjectURL(url);
      progress(dialog);
      if (dialog.open) dialog.close();
      removeEventListener("pagehide", close);
      resolve(state ?? null);
    };

    const begin = async () => {
      const waiting = busy("opening");
      if (!canEdit()) throw new Problem(video ? "no-video-editing" : "no-editing");
      facts = await work(video ? "videoFacts" : "pictureFacts", { file }, waiting);
      medium.src = url;
      state ??= { start: 0, end: duration(), sound: false, masks: [], faces: false };
      if (video) {
        for (const name of ["start-range", "end-range", "start-number", "end-number", "at"]) part(name).max = last10th();
        part("sound-switch").hidden = !facts.hasSound;
        part("no-sound").hidden = facts.hasSound;
      }
      idle();
      masks.fit(facts.width, facts.height);
      part("work").hidden = part("actions").hidden = false;
      part("instead").hidden = true;
      listen();
      show();
      if (video) medium.currentTime = state.start;
      part("title").focus();
      lookForFaces();
    };

    part("file-name").textContent = file.name;
    for (const element of dialog.querySelectorAll("[data-for-video]")) element.hidden = !video;
    part("stage-video").hidden = !video;
    part("stage-picture").hidden = video;
    part("work").hidden = part("actions").hidden = part("instead").hidden = true;
    part("faces-says").textContent = "";
    say(dialog);
    on(dialog, "close", close);
    on(dialog, "click", (event) => {
      if (event.target.closest("[data-cancel]")) dialog.close();
      if (event.target.closest("[data-leave-out]")) {
        leave();
        dialog.close();
      }
    });
    addEventListener("pagehide", close);
    dialog.showModal();
    begin().catch((problem) => {
      idle();
      trouble(problem);
      // What is left: the file as it is, or not at all.
      part("instead").hidden = false;
    });
  });
