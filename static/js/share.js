// The composer: opens the sealed clip of an event here and puts it into the form's own file field, so that the plain
// form sends it. Until then the form cannot be sent without it by mistake.
import { fileName, openSealed } from "./sealed.js";
import { progress, say, sayProblem } from "./says.js";
import { unlocked } from "./unlock.js";

// Play what the input holds by now: the clip, or what its owner made of it in the editor.
const play = (video, input) => {
  URL.revokeObjectURL(video.src);
  const [file] = input.files;
  video.hidden = !file;
  if (file) video.src = URL.createObjectURL(file);
  else video.removeAttribute("src");
};

const bring = async (share, input, identity) => {
  say(share);
  try {
    const opened = await openSealed(share.dataset.shareClip, identity, "video/mp4", (part) => progress(share, part));
    const file = new File([opened], fileName(share.dataset.fileName), { type: "video/mp4" });
    const transfer = new DataTransfer();
    transfer.items.add(file);
    input.files = transfer.files;
    input.dispatchEvent(new Event("change", { bubbles: true }));
    say(share, "shared");
    return true;
  } catch (problem) {
    sayProblem(share, problem);
    return false;
  } finally {
    progress(share);
  }
};

const start = async (share) => {
  const root = document.querySelector("[data-clip-key]");
  if (!root) {
    say(share, "other-key");
    return;
  }
  const input = document.getElementById(share.dataset.shareInput);
  const video = share.querySelector("video");
  video.addEventListener("error", () => say(share, "unplayable"));
  input.addEventListener("change", () => play(video, input));
  addEventListener("pagehide", () => URL.revokeObjectURL(video.src));
  const submits = input.form.querySelectorAll("button[type=submit], button:not([type])");
  const hold = (held) => submits.forEach((button) => { button.disabled = held; });
  hold(true);
  say(share, "locked");
  const identity = await unlocked(root);
  const again = async () => hold(!(await bring(share, input, identity)));
  share.addEventListener("click", (event) => {
    if (event.target.closest("[data-retry]")) again();
    // Whoever cannot open the clip may still post in words.
    if (event.target.closest("[data-without-clip]")) {
      input.value = "";
      input.dispatchEvent(new Event("change", { bubbles: true }));
      share.hidden = true;
      hold(false);
    }
  });
  await again();
};

document.querySelectorAll("[data-share-clip]").forEach(start);
