// The feed's map: a cell for each place that posts show, never a point. Choosing one lists its posts beside the map.
import { toLatLng, townMap } from "./map.js";

const element = document.querySelector("[data-map][data-cells]");
const list = document.getElementById("cell-posts");

const choose = (path, cell) => {
  for (const other of element.querySelectorAll(".map-cell")) other.classList.toggle("is-chosen", other === path);
  htmx.ajax("GET", cell.href, { target: list, swap: "innerHTML" }).then(() => list.querySelector("h2")?.focus());
};

const draw = (map, cell) => {
  const layer = L.polygon(cell.outline.map(toLatLng), { className: `map-cell map-cell--${cell.category}` }).addTo(map);
  const path = layer.getElement();
  path.setAttribute("tabindex", "0");
  path.setAttribute("role", "button");
  path.setAttribute("aria-label", cell.words);
  path.classList.toggle("is-chosen", cell.chosen);
  layer.bindTooltip(String(cell.count), { permanent: true, direction: "center", className: "map-label map-label--count" });
  layer.on("click", () => choose(path, cell));
  path.addEventListener("keydown", (event) => {
    if (event.key !== "Enter" && event.key !== " ") return;
    event.preventDefault();
    choose(path, cell);
  });
  path.addEventListener("focus", () => map.panInside(layer.getCenter(), { padding: [40, 40] }));
  return layer;
};

if (element) {
  const cells = JSON.parse(element.dataset.cells);
  townMap(element).then(({ map }) => {
    const drawn = cells.map((cell) => draw(map, cell)); // the largest come first, the smaller ones over them
    if (drawn.length) map.fitBounds(L.featureGroup(drawn).getBounds(), { padding: [16, 16], maxZoom: 15, animate: false });
    element.dataset.ready = "";
  });
}
