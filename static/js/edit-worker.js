// Carries out edits away from the page, so that it keeps answering. One worker does one task and is thrown away.
// A message is {task, ...arguments}; the answers {part} (from 0 to 1, while it works), then {result} or {problem}.
import { conceal, facesAt, Problem, STEP } from "./edit-cover.js";
import { findFaces } from "./edit-faces.js";

const LONGEST = 1280; // pixels: the town's server makes no larger video of it
const MOST_PIXELS = 16_000_000; // of a picture: what the canvas of a phone can hold
const VIDEO_LOOK = [832]; // pixels: docs/editing.md says how small a face is found with it
const PICTURE_LOOK = [416, 1216];

const part = (done) => postMessage({ part: done });

const library = () =>
  import("../vendor/mediabunny-1.61.0/mediabunny.min.js").catch(() => {
    throw new Problem("not-loaded");
  });

// The file as the library sees it. Its times begin at `first`, those of an edit at 0.
const opened = async (file) => {
  if (typeof VideoEncoder === "undefined" || typeof VideoDecoder === "undefined") throw new Problem("no-video-editing");
  const bunny = await library();
  const { BlobSource, Input, MATROSKA, MP4, QTFF, WEBM } = bunny;
  const input = new Input({ source: new BlobSource(file), formats: [MP4, QTFF, WEBM, MATROSKA] });
  const track = await input.getPrimaryVideoTrack().catch(() => null);
  if (!track || !(await track.canDecode())) throw new Problem("unknown-video");
  const [shownWidth, shownHeight, first] = [
    await track.getDisplayWidth(), await track.getDisplayHeight(), await input.getFirstTimestamp(),
  ];
  const scale = Math.min(1, LONGEST / Math.max(shownWidth, shownHeight));
  const [width, height] = [shownWidth, shownHeight].map((side) => Math.max(2, 2 * Math.round((side * scale) / 2)));
  return { bunny, input, track, first, width, height };
};

// What this browser can make of it: H.264 where it can, else what WebM holds.
const target = async ({ bunny, width, height }) => {
  const { getFirstEncodableVideoCodec, Mp4OutputFormat, WebMOutputFormat } = bunny;
  const codec = await getFirstEncodableVideoCodec(["avc", "vp9", "vp8"], { width, height });
  if (!codec) throw new Problem("no-video-editing");
  return codec === "avc"
    ? { codec, format: new Mp4OutputFormat(), type: "video/mp4" }
    : { codec, format: new WebMOutputFormat(), type: "video/webm" };
};

const upright = async (file) => {
  const bitmap = await createImageBitmap(file).catch(() => null);
  if (!bitmap) throw new Problem("unknown-picture");
  return bitmap;
};

const tasks = {
  async videoFacts({ file }) {
    const video = await opened(file);
    await target(video);
    const { input, first, width, height } = video;
    return {
      width, height, seconds: (await input.computeDuration()) - first, hasSound: Boolean(await input.getPrimaryAudioTrack()),
    };
  },

  async pictureFacts({ file }) {
    const { width, height } = await upright(file);
    return { width, height };
  },

  // The faces of each of `looks`, as [look, boxes].
  async videoFaces({ file, looks }) {
    const { bunny, track, first, width, height } = await opened(file);
    const sink = new bunny.VideoSampleSink(track);
    const found = [];
    for await (const sample of sink.samplesAtTimestamps(looks.map((look) => first + look * STEP))) {
      const look = looks[found.length];
      const boxes = sample ? await findFaces((context, wide, high) => sample.draw(context, 0, 0, wide, high), width, height, VIDEO_LOOK) : [];
      sample?.close();
      found.push([look, boxes]);
      part(found.length / looks.length);
    }
    return found;
  },

  async pictureFaces({ file }) {
    const bitmap = await upright(file);
    const draw = (context, wide, high) => context.drawImage(bitmap, 0, 0, wide, high);
    return [[0, await findFaces(draw, bitmap.width, bitmap.height, PICTURE_LOOK)]];
  },

  // A new file with the pixels of the old one and nothing else of it.
  async picture({ file, masks, found }) {
    const bitmap = await upright(file);
    const scale = Math.min(1, Math.sqrt(MOST_PIXELS / (bitmap.width * bitmap.height)));
    const [width, height] = [bitmap.width, bitmap.height].map((side) => Math.max(1, Math.floor(side * scale)));
    const canvas = new OffscreenCanvas(width, height);
    const context = canvas.getContext("2d", { alpha: false });
    context.fillStyle = "#fff";
    context.fillRect(0, 0, width, height);
    context.drawImage(bitmap, 0, 0, width, height);
    conceal(context, width, height, masks, facesAt(found, 0));
    return canvas.convertToBlob({ type: "image/jpeg", quality: 0.92 });
  },

  // The frames from `start` to `end` and no others, each painted over before it is encoded.
  async video({ file, start, end, sound, masks, found }) {
    const video = await opened(file);
    const { bunny, input, first, width, height } = video;
    const { codec, format, type } = await target(video);
    const context = new OffscreenCanvas(width, height).getContext("2d", { alpha: false });
    const process = (sample) => {
      sample.draw(context, 0, 0, width, height);
      conceal(context, width, height, masks, facesAt(found, start + sample.timestamp));
      return context.canvas;
    };
    const output = new bunny.Output({ format, target: new bunny.BufferTarget() });
    const conversion = await bunny.Conversion.init({
      input,
      output,
      tracks: "primary",
      trim: { start: first + start, end: first + end },
      tags: {},
      copy: { boundaryPolicy: "shrink" }, // of sound that is kept as it is, nothing beyond the cut
      audio: sound ? {} : { discard: true },
      video: {
        codec, width, height, fit: "fill", quality: new bunny.Quality("high"), forceTranscode: true, allowTransformationMetadata: false,
        ...(masks.length || found.size ? { process } : {}),
      },
    });
    const lost = conversion.discardedTracks.filter(({ reason }) => reason !== "discarded_by_user");
    if (lost.some(({ track }) => track.type === "video")) throw new Problem("no-video-editing");
    if (lost.some(({ track }) => track.type === "audio")) throw new Problem("no-sound");
    conversion.onProgress = part;
    await conversion.execute();
    return new Blob([output.target.buffer], { type });
  },
};

addEventListener("message", async ({ data: { task, ...given } }) => {
  try {
    postMessage({ result: await tasks[task](given) });
  } catch (error) {
    const known = error instanceof Problem;
    if (!known) console.error(error);
    postMessage({ problem: known ? error.message : "failed" });
  }
});
