// The composer's map: pointing chooses one of the town's cells, and the point itself is forgotten at once. What others
// will see of the post's place comes from the server with the words in #reach, and is drawn here.
import { toLatLng, townMap } from "./map.js";

const element = document.querySelector("[data-map][data-place]");
const FARTHEST = 0.006; // degrees of latitude from the middle of a cell: further away there is no street

// [cell, latitude, longitude] of the cell whose middle is nearest.
const nearest = (cells, { lat, lng }) => {
  const narrow = Math.cos((lat * Math.PI) / 180);
  const away = ([, latitude, longitude]) => Math.hypot(latitude - lat, (longitude - lng) * narrow);
  const found = cells.reduce((best, cell) => (away(cell) < away(best) ? cell : best), cells[0]);
  return found && away(found) <= FARTHEST ? found : null;
};

if (element) {
  const form = element.closest("form");
  const cell = form.elements.namedItem("cell");
  const street = form.elements.namedItem("street");
  const tools = form.querySelector("[data-place-tools]");
  const [middle, away] = ["middle", "away"].map((name) => tools.querySelector(`[data-place-${name}]`));
  const says = form.querySelector("[data-place-says]");
  const reach = document.getElementById("reach");
  let cells = null;

  townMap(element).then(({ map }) => {
    const shown = L.polygon([], { className: "map-shown", interactive: false }).addTo(map);
    const draw = () => {
      const words = reach.querySelector("[data-outline]");
      const outline = words ? JSON.parse(words.dataset.outline).map(toLatLng) : [];
      shown.setLatLngs(outline);
      if (outline.length) map.fitBounds(shown.getBounds(), { padding: [24, 24], maxZoom: 15 });
    };
    const set = (value, words) => {
      cell.value = value;
      away.hidden = !value;
      says.textContent = words ? says.dataset[words] : "";
      htmx.trigger(cell, "change");
    };
    const point = async (latLng) => {
      try {
        cells ??= await (await fetch(element.dataset.place)).json();
      } catch {
        says.textContent = element.dataset.notLoaded;
        return;
      }
      const found = nearest(cells, latLng.wrap());
      if (found) set(found[0], "chosen");
      else says.textContent = says.dataset.nothing;
    };
    map.on("click", ({ latlng }) => point(latlng));
    middle.addEventListener("click", () => point(map.getCenter()));
    away.addEventListener("click", () => set("", ""));
    street.addEventListener("change", () => {
      if (cell.value) set("", "");
    });
    document.body.addEventListener("htmx:afterSwap", ({ target }) => { if (target === reach) draw(); });
    tools.hidden = false;
    away.hidden = !cell.value;
    draw();
    element.dataset.ready = "";
  });
}
