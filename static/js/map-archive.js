// Areas that were asked about, long ago: drawn, named on hover, and opened by a click. The list beside it is the way for
// everybody else, so the areas are no stops for a keyboard.
import { toLatLng, townMap } from "./map.js";

const element = document.querySelector("[data-map][data-areas]");

const draw = (map, { geometry, properties }) => {
  const layer = L.polygon(geometry.coordinates[0].map(toLatLng), { className: "map-past" }).addTo(map);
  const words = document.createElement("span");
  words.textContent = `${properties.title} · ${properties.case_number}`;
  layer.bindTooltip(words, { sticky: true, className: "map-label map-label--past" });
  if (properties.page !== location.pathname) layer.on("click", () => location.assign(properties.page));
  return layer;
};

const load = async (given) => {
  if (given.startsWith("{")) return JSON.parse(given);
  const answer = await fetch(given);
  return answer.ok ? answer.json() : { features: [] };
};

if (element) {
  Promise.all([townMap(element), load(element.dataset.areas).catch(() => ({ features: [] }))]).then(([{ map }, areas]) => {
    const drawn = areas.features.map((area) => draw(map, area)); // the largest come first, the smaller ones over them
    if (drawn.length) map.fitBounds(L.featureGroup(drawn).getBounds(), { padding: [16, 16], maxZoom: 16, animate: false });
    element.dataset.ready = "";
  });
}
