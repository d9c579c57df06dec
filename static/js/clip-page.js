// The page of one event: fetches its sealed picture and clip, opens them here, and plays.
import { fileName, openSealed } from "./sealed.js";
import { progress, say, sayProblem } from "./says.js";
import { rememberedIdentity, unlocked } from "./unlock.js";

const urls = [];

const urlOf = (blob) => {
  urls.push(URL.createObjectURL(blob));
  return urls.at(-1);
};

// The picture is only there to be looked at while the clip comes: whatever is wrong with it, the clip will say.
const showPicture = async (clip, identity) => {
  const { posterUrl } = clip.dataset;
  if (!posterUrl) return;
  const opened = await openSealed(posterUrl, identity, "image/jpeg").catch(() => null);
  if (!opened) return;
  const picture = clip.querySelector("[data-clip-picture]");
  picture.src = urlOf(opened);
  picture.hidden = false;
  clip.querySelector("video").poster = picture.src;
};

const showClip = async (clip, identity) => {
  say(clip);
  try {
    const opened = await openSealed(clip.dataset.clipUrl, identity, "video/mp4", (part) => progress(clip, part));
    const video = clip.querySelector("video");
    const download = clip.querySelector("[data-clip-download]");
    video.addEventListener("error", () => say(clip, "unplayable"));
    video.src = download.href = urlOf(opened);
    download.download = fileName(clip.dataset.fileName);
    clip.querySelector("[data-clip-cover]").hidden = true;
    video.hidden = download.hidden = false;
  } catch (problem) {
    sayProblem(clip, problem);
  }
  progress(clip);
};

const start = async (clip) => {
  const root = document.querySelector("[data-clip-key]");
  const asked = !(await rememberedIdentity(root));
  const identity = await unlocked(root);
  // The box that had the focus is gone.
  if (asked) clip.querySelector("[data-clip-stage]").focus();
  clip.addEventListener("click", (event) => {
    if (event.target.closest("[data-retry]")) showClip(clip, identity);
  });
  progress(clip, null);
  await showPicture(clip, identity);
  await showClip(clip, identity);
};

const seen = new WeakSet();

// htmx brings the clip's part of the page later when it was still on its way.
const look = () => {
  const clip = document.querySelector("[data-clip]");
  if (!clip || seen.has(clip)) return;
  seen.add(clip);
  start(clip);
};

look();
document.addEventListener("htmx:load", look);

addEventListener("pagehide", () => urls.splice(0).forEach((url) => URL.revokeObjectURL(url)));
// A page that comes back as it was left has no clip any more.
addEventListener("pageshow", (event) => {
  if (event.persisted) location.reload();
});
