// What an edit is, for the page that shows it and for the worker that carries it out. No DOM here.
//
// An edit is {start, end, sound, masks, faces}: seconds from the beginning, whether the sound stays, boxes to make
// black, whether found faces are blurred. A box is {x, y, width, height} in parts of the upright picture's sides.

// An edit that cannot be made; the message is a code that templates/feed/_editor.html has words for.
export class Problem extends Error {}

export const STEP = 0.2; // seconds between two looks for faces
const ROOM = 0.3; // what is blurred around a found face, in parts of its width and height
const NEAR = 2.5; // how far a face may get from one look to the next, in its own sizes

const wider = ({ x, y, width, height }) => ({
  x: x - width * ROOM, y: y - height * ROOM, width: width * (1 + 2 * ROOM), height: height * (1 + 2 * ROOM),
});

const hull = (one, two) => {
  const x = Math.min(one.x, two.x);
  const y = Math.min(one.y, two.y);
  return {
    x, y, width: Math.max(one.x + one.width, two.x + two.width) - x, height: Math.max(one.y + one.height, two.y + two.height) - y,
  };
};

const near = (one, two) =>
  Math.abs(one.x + one.width / 2 - two.x - two.width / 2) < NEAR * Math.max(one.width, two.width) &&
  Math.abs(one.y + one.height / 2 - two.y - two.height / 2) < NEAR * Math.max(one.height, two.height);

// The looks that are needed for seconds `start` to `end`: whole numbers, look n is at n × STEP seconds.
export const looksFor = (start, end) => {
  const from = Math.floor(start / STEP);
  return Array.from({ length: Math.ceil(end / STEP) - from + 1 }, (_, at) => from + at);
};

// What to blur at `seconds`, of `found`: the faces of each look. A face that went from one place to another between two
// looks is blurred all the way, and one that is missed at a look is still blurred where it was at the one before.
export const facesAt = (found, seconds) => {
  const look = Math.floor(seconds / STEP);
  const at = (number) => found.get(number) ?? [];
  const now = at(look);
  const next = at(look + 1);
  const ways = now.flatMap((one) => next.filter((two) => near(one, two)).map((two) => hull(one, two)));
  return [...at(look - 1), ...now, ...next, ...at(look + 2), ...ways].map(wider);
};

// The box in whole pixels, two more on each side, inside of the picture.
const pixels = (box, width, height) => {
  const left = Math.max(0, Math.floor(box.x * width) - 2);
  const top = Math.max(0, Math.floor(box.y * height) - 2);
  const right = Math.min(width, Math.ceil((box.x + box.width) * width) + 2);
  const bottom = Math.min(height, Math.ceil((box.y + box.height) * height) + 2);
  return [left, top, right - left, bottom - top];
};

// Paints over the picture in `context`: black where the masks are, and of each face only 4 × 4 averaged colours. The
// masks come first, so that their colours are in no average, and last, because an average may reach into them.
export const conceal = (context, width, height, masks, faces) => {
  const { canvas } = context;
  const cover = () => {
    context.fillStyle = "#000";
    for (const mask of masks) context.fillRect(...pixels(mask, width, height));
  };
  cover();
  for (const face of faces) {
    const [x, y, wide, high] = pixels(face, width, height);
    if (wide <= 0 || high <= 0) continue;
    // Halved again and again, so that each colour is an average of all that was there.
    let small = canvas;
    let from = [x, y, wide, high];
    while (from[2] > 4 || from[3] > 4) {
      const [halfWide, halfHigh] = [from[2], from[3]].map((side) => Math.max(4, Math.floor(side / 2)));
      const half = new OffscreenCanvas(halfWide, halfHigh);
      const pen = half.getContext("2d");
      pen.imageSmoothingQuality = "high";
      pen.drawImage(small, ...from, 0, 0, halfWide, halfHigh);
      small = half;
      from = [0, 0, halfWide, halfHigh];
    }
    context.imageSmoothingQuality = "high";
    context.drawImage(small, ...from, x, y, wide, high);
  }
  if (faces.length) cover();
};
