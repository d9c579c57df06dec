// Finds faces in a picture, and nothing else about them: the small detector of face-api (a Tiny YOLO of seven layers)
// written out, so that 190 kB of weights are all that is loaded. It cannot tell one person from another.
import { Problem } from "./edit-cover.js";

const MODEL = "../vendor/vladmandic-face-api-1.7.15/tiny_face_detector_model";
const CELL = 32; // pixels: the net answers once for each such square
const MEAN = [117.001, 114.697, 97.404];
const ANCHORS = [[1.603231, 2.094468], [6.041143, 7.080126], [2.882459, 3.518061], [4.266906, 5.178857], [9.041765, 10.66308]];
const SURE = 0.3; // rather a face too many than one too few
const SAME = 0.4; // two boxes that share more than this part are one face

// {name: Float32Array} of the model's two files: its manifest, and a byte a weight.
export const readWeights = ([{ weights }], bytes) => {
  const found = {};
  let at = 0;
  for (const { name, shape, quantization: { scale, min } } of weights) {
    const length = shape.reduce((product, side) => product * side, 1);
    found[name] = Float32Array.from(bytes.subarray(at, at + length), (byte) => byte * scale + min);
    at += length;
  }
  return found;
};

const fetched = async (path) => {
  const response = await fetch(new URL(path, import.meta.url)).catch(() => null);
  if (!response?.ok) throw new Problem("not-loaded");
  return response;
};

let weights;
const loaded = () => {
  weights ??= Promise.all([
    fetched(`${MODEL}-weights_manifest.json`).then((response) => response.json()),
    fetched(`${MODEL}.bin`).then((response) => response.arrayBuffer()),
  ]).then(([manifest, bytes]) => readWeights(manifest, new Uint8Array(bytes)));
  return weights;
};

// A layer is {width, height, depth, data}: row by row, the `depth` values of a place side by side.

const leak = (data) => {
  for (let at = 0; at < data.length; at++) if (data[at] < 0) data[at] *= 0.1;
  return data;
};

// Each place of `depth` values becomes one of as many as `bias` has: `matrix` is depth × that.
const mix = ({ width, height, depth, data }, matrix, bias) => {
  const out = bias.length;
  const made = new Float32Array(width * height * out);
  const sums = new Float32Array(out);
  for (let place = 0; place < width * height; place++) {
    sums.set(bias);
    let at = place * depth;
    let row = 0;
    // Four at a time: half the work of this module is here.
    for (const last = at + depth - 3; at < last; at += 4, row += 4 * out) {
      const [one, two, three, four] = [data[at], data[at + 1], data[at + 2], data[at + 3]];
      const [second, third, fourth] = [row + out, row + 2 * out, row + 3 * out];
      for (let to = 0; to < out; to++) {
        sums[to] += one * matrix[row + to] + two * matrix[second + to] + three * matrix[third + to] + four * matrix[fourth + to];
      }
    }
    for (const end = (place + 1) * depth; at < end; at++, row += out) {
      for (let to = 0; to < out; to++) sums[to] += data[at] * matrix[row + to];
    }
    made.set(sums, place * out);
  }
  return { width, height, depth: out, data: made };
};

// A 3 × 3 filter for each value by itself. Beyond the edge is zero.
const filterEach = ({ width, height, depth, data }, filter) => {
  const made = new Float32Array(width * height * depth);
  for (let tap = 0; tap < 9; tap++) {
    const dy = Math.floor(tap / 3) - 1;
    const dx = (tap % 3) - 1;
    for (let y = Math.max(0, -dy); y < height - Math.max(0, dy); y++) {
      for (let x = Math.max(0, -dx); x < width - Math.max(0, dx); x++) {
        const to = (y * width + x) * depth;
        const from = ((y + dy) * width + x + dx) * depth;
        for (let value = 0; value < depth; value++) made[to + value] += data[from + value] * filter[tap * depth + value];
      }
    }
  }
  return { width, height, depth, data: made };
};

// The largest of each 2 × 2 places; with `step` 1 the layer keeps its size.
const pool = ({ width, height, depth, data }, step) => {
  const wide = width / step;
  const high = height / step;
  const made = new Float32Array(wide * high * depth);
  for (let y = 0; y < high; y++) {
    const upper = y * step * width;
    const lower = Math.min(y * step + 1, height - 1) * width;
    for (let x = 0; x < wide; x++) {
      const left = x * step;
      const right = Math.min(left + 1, width - 1);
      const [one, two, three, four] = [upper + left, upper + right, lower + left, lower + right].map((place) => place * depth);
      const to = (y * wide + x) * depth;
      for (let value = 0; value < depth; value++) {
        made[to + value] = Math.max(data[one + value], data[two + value], data[three + value], data[four + value]);
      }
    }
  }
  return { width: wide, height: high, depth, data: made };
};

// The first layer: a 3 × 3 filter over the three colours of RGBA pixels, as 27 values for each place, mixed.
const first = (pixels, width, height, known) => {
  const patches = new Float32Array(width * height * 27);
  for (let tap = 0; tap < 9; tap++) {
    const dy = Math.floor(tap / 3) - 1;
    const dx = (tap % 3) - 1;
    for (let y = Math.max(0, -dy); y < height - Math.max(0, dy); y++) {
      for (let x = Math.max(0, -dx); x < width - Math.max(0, dx); x++) {
        const to = (y * width + x) * 27 + tap * 3;
        const from = ((y + dy) * width + x + dx) * 4;
        for (let colour = 0; colour < 3; colour++) patches[to + colour] = (pixels[from + colour] - MEAN[colour]) / 255;
      }
    }
  }
  return mix({ width, height, depth: 27, data: patches }, known["conv0/filters"], known["conv0/bias"]);
};

const sigmoid = (value) => 1 / (1 + Math.exp(-value));

const shared = (one, two) => {
  const width = Math.min(one.x + one.width, two.x + two.width) - Math.max(one.x, two.x);
  const height = Math.min(one.y + one.height, two.y + two.height) - Math.max(one.y, two.y);
  if (width <= 0 || height <= 0) return 0;
  return (width * height) / (one.width * one.height + two.width * two.height - width * height);
};

const distinct = (boxes) => {
  const kept = [];
  boxes.sort((one, two) => two.score - one.score);
  for (const box of boxes) if (!kept.some((surer) => shared(box, surer) > SAME)) kept.push(box);
  return kept;
};

// Boxes in pixels, the surest first. `pixels` is RGBA; `width` and `height` are multiples of 32.
export const look = (pixels, width, height, known) => {
  let layer = first(pixels, width, height, known);
  leak(layer.data);
  for (let number = 1; number <= 5; number++) {
    layer = filterEach(pool(layer, 2), known[`conv${number}/depthwise_filter`]);
    layer = mix(layer, known[`conv${number}/pointwise_filter`], known[`conv${number}/bias`]);
    leak(layer.data);
  }
  const { width: columns, height: rows, data } = mix(pool(layer, 1), known["conv8/filters"], known["conv8/bias"]);
  const boxes = [];
  for (let place = 0; place < columns * rows; place++) {
    ANCHORS.forEach(([wide, high], anchor) => {
      const at = place * 25 + anchor * 5;
      const score = sigmoid(data[at + 4]);
      if (score < SURE) return;
      const boxWidth = Math.exp(data[at + 2]) * wide * CELL;
      const boxHeight = Math.exp(data[at + 3]) * high * CELL;
      const x = ((place % columns) + sigmoid(data[at])) * CELL - boxWidth / 2;
      const y = (Math.floor(place / columns) + sigmoid(data[at + 1])) * CELL - boxHeight / 2;
      boxes.push({ x, y, width: boxWidth, height: boxHeight, score });
    });
  }
  return distinct(boxes);
};

// Faces as boxes in parts of the picture's sides. `draw(context, width, height)` draws the picture that large; it is
// looked at once for each of `sizes`, its longer side in pixels: the larger, the smaller the faces that are found.
export const findFaces = async (draw, width, height, sizes) => {
  const known = await loaded();
  const useful = sizes.filter((size, at) => at === 0 || size <= Math.max(width, height));
  const found = useful.flatMap((size) => {
    const scale = size / Math.max(width, height);
    const [wide, high] = [Math.round(width * scale), Math.round(height * scale)];
    const [filledWidth, filledHeight] = [wide, high].map((side) => Math.ceil(side / CELL) * CELL);
    const context = new OffscreenCanvas(filledWidth, filledHeight).getContext("2d", { willReadFrequently: true });
    draw(context, wide, high);
    const { data } = context.getImageData(0, 0, filledWidth, filledHeight);
    return look(data, filledWidth, filledHeight, known).map((box) => ({
      x: box.x / wide, y: box.y / high, width: box.width / wide, height: box.height / high, score: box.score,
    }));
  });
  return distinct(found);
};
