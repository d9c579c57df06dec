// The masks on the stage: drawn, moved and sized by pointer, by keys, or in numbers; and their list.
import { wordsOf } from "./says.js";

const SMALLEST = 0.02; // of the picture's side
// A mask that was added by button, each a little beside the one before.
const fresh = (number) => ({ x: 0.35 + 0.05 * (number % 5), y: 0.35 + 0.05 * (number % 5), width: 0.2, height: 0.2 });
const KEYS = { ArrowLeft: [-1, 0], ArrowRight: [1, 0], ArrowUp: [0, -1], ArrowDown: [0, 1] };
const SIDES = ["x", "y", "width", "height"];

const between = (low, value, high) => Math.min(Math.max(low, value), high);
const percent = (part) => Math.round(part * 1000) / 10;

// The box inside of the picture, and not too small.
const inside = ({ x, y, width, height }) => {
  const [wide, high] = [width, height].map((side) => between(SMALLEST, side, 1));
  return { x: between(0, x, 1 - wide), y: between(0, y, 1 - high), width: wide, height: high };
};

const place = (element, { x, y, width, height }) => {
  Object.assign(element.style, { left: `${100 * x}%`, top: `${100 * y}%`, width: `${100 * width}%`, height: `${100 * height}%` });
};

// `change(kind, act)` changes the editor's state; `signal` ends listening.
export const masksOn = (dialog, { change, signal }) => {
  const part = (name) => dialog.querySelector(`[data-${name}]`);
  const on = (target, type, act) => target.addEventListener(type, act, { signal });
  const [stage, layer, list, numbers] = ["stage", "layer", "mask-list", "mask-numbers"].map(part);
  const maskTemplate = part("mask-template").content;
  const rowTemplate = part("mask-row").content;
  let masks = [];
  let picked = -1;

  const named = (at) => wordsOf(dialog, "mask").replace("{number}", at + 1);
  const elements = () => [...layer.querySelectorAll("[data-mask]")];
  const tell = (words) => { part("mask-says").textContent = words; };

  const showPicked = () => {
    elements().forEach((element, at) => element.classList.toggle("is-picked", at === picked));
    [...list.children].forEach((row, at) => row.classList.toggle("is-picked", at === picked));
    numbers.hidden = picked < 0;
    if (picked < 0) return;
    numbers.querySelector("legend").textContent = named(picked);
    for (const side of SIDES) part(`mask-${side}`).value = percent(masks[picked][side]);
  };

  const pick = (at) => {
    picked = at;
    showPicked();
  };

  // As many elements as masks: those that stay keep the focus.
  const fill = (parent, have, template, want) => {
    while (have.length > want) have.pop().remove();
    while (have.length < want) {
      const made = template.firstElementChild.cloneNode(true);
      have.push(made);
      parent.append(made);
    }
  };

  const put = (at, box, kind) => change(kind, (state) => { state.masks[at] = inside(box); });

  const add = (box) => {
    change("", (state) => { state.masks.push(inside(box)); });
    pick(masks.length - 1);
    tell(wordsOf(dialog, "mask-added").replace("{name}", named(picked)));
    elements()[picked].focus();
  };

  const remove = (at) => {
    change("", (state) => { state.masks.splice(at, 1); });
    tell(wordsOf(dialog, "mask-removed").replace("{name}", named(at)));
    const left = elements();
    (left[Math.min(at, left.length - 1)] ?? part("mask-add")).focus();
  };

  // — Pointer —

  const pointAt = (event) => {
    const box = layer.getBoundingClientRect();
    return [between(0, (event.clientX - box.left) / box.width, 1), between(0, (event.clientY - box.top) / box.height, 1)];
  };

  // Follow the pointer until it is lifted; `move` hears how far it has come, in parts of the picture.
  const follow = (event, move, end = () => {}) => {
    event.preventDefault();
    const [x, y] = pointAt(event);
    const over = new AbortController();
    const listen = (type, act) => layer.addEventListener(type, act, { signal: over.signal });
    layer.setPointerCapture(event.pointerId);
    listen("pointermove", (moved) => {
      const [toX, toY] = pointAt(moved);
      move(toX - x, toY - y);
    });
    for (const type of ["pointerup", "pointercancel"]) {
      listen(type, () => {
        over.abort();
        end(type === "pointerup");
      });
    }
  };

  let drags = 0; // each drag is one step to undo
  const drag = (event, at) => {
    const box = masks[at];
    const sizing = event.target.closest("[data-grip]");
    const kind = `drag ${++drags}`;
    elements()[at].focus({ preventScroll: true });
    follow(event, (dx, dy) => {
      if (sizing) {
        put(at, { ...box, width: Math.min(box.width + dx, 1 - box.x), height: Math.min(box.height + dy, 1 - box.y) }, kind);
      } else put(at, { ...box, x: box.x + dx, y: box.y + dy }, kind);
    });
  };

  const draw = (event) => {
    const [x, y] = pointAt(event);
    const ghost = part("ghost");
    let box = null;
    follow(event, (dx, dy) => {
      box = { x: Math.min(x, x + dx), y: Math.min(y, y + dy), width: Math.abs(dx), height: Math.abs(dy) };
      place(ghost, box);
      ghost.hidden = false;
    }, (done) => {
      ghost.hidden = true;
      if (done && box && box.width > SMALLEST / 2 && box.height > SMALLEST / 2) add(box);
    });
  };

  on(layer, "pointerdown", (event) => {
    if (event.button !== 0) return;
    const at = elements().indexOf(event.target.closest("[data-mask]"));
    if (at >= 0) drag(event, at);
    else draw(event);
  });

  // — Keys —

  on(layer, "keydown", (event) => {
    const at = elements().indexOf(event.target);
    if (at < 0) return;
    if (event.key === "Delete" || event.key === "Backspace") {
      event.preventDefault();
      remove(at);
      return;
    }
    if (!(event.key in KEYS) || event.ctrlKey || event.metaKey) return;
    event.preventDefault();
    const [dx, dy] = KEYS[event.key].map((way) => way * (event.altKey ? 0.005 : 0.02));
    const box = masks[at];
    put(at, event.shiftKey ? { ...box, width: Math.min(box.width + dx, 1 - box.x), height: Math.min(box.height + dy, 1 - box.y) } : { ...box, x: box.x + dx, y: box.y + dy }, `keys ${at}`);
    tell(SIDES.map((side) => `${part(`mask-${side}`).labels[0].textContent.trim()} ${percent(masks[at][side])}`).join(", "));
  });

  on(layer, "focusin", (event) => pick(elements().indexOf(event.target.closest("[data-mask]"))));

  for (const side of SIDES) {
    on(part(`mask-${side}`), "change", ({ target }) => {
      if (Number.isFinite(target.valueAsNumber)) put(picked, { ...masks[picked], [side]: target.valueAsNumber / 100 }, "");
      else showPicked();
    });
  }

  on(part("mask-add"), "click", () => add(fresh(masks.length)));

  on(list, "click", (event) => {
    const button = event.target.closest("button");
    const at = [...list.children].indexOf(event.target.closest("li"));
    if (!button || at < 0) return;
    if ("maskRemove" in button.dataset) remove(at);
    else elements()[at].focus();
  });

  return {
    // The stage takes the picture's shape, so that parts of it are parts of the picture.
    fit(width, height) {
      stage.style.aspectRatio = `${width} / ${height}`;
      stage.style.setProperty("--shape", width / height);
    },

    show(wanted) {
      masks = wanted;
      if (picked >= masks.length) picked = masks.length - 1;
      const [shown, rows] = [elements(), [...list.children]];
      fill(layer, shown, maskTemplate, masks.length);
      fill(list, rows, rowTemplate, masks.length);
      masks.forEach((box, at) => {
        place(shown[at], box);
        shown[at].setAttribute("aria-label", named(at));
        rows[at].querySelector("[data-mask-name]").textContent = named(at);
        rows[at].querySelector("[data-mask-remove]").setAttribute("aria-label", wordsOf(dialog, "mask-remove").replace("{name}", named(at)));
      });
      part("mask-none").hidden = masks.length > 0;
      showPicked();
    },

    showFaces(boxes) {
      const shown = [...layer.querySelectorAll("[data-face]")];
      fill(layer, shown, part("face-template").content, boxes.length);
      boxes.forEach((box, at) => place(shown[at], box));
    },
  };
};
