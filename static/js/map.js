// The town's map in a [data-map]: streets and neighbourhoods from the town's own GeoJSON, drawn by Leaflet (global L).
// Without script, or when it cannot be loaded, the page says all that it needs in words.

const STREET_NAMES_FROM = 15; // zoom
const calm = matchMedia("(prefers-reduced-motion: reduce)");

export const toLatLng = ([longitude, latitude]) => [latitude, longitude];
export const rounded = ({ lat, lng }) => [Number(lng.toFixed(5)), Number(lat.toFixed(5))];

// A word on the map. Its text is set as text: names come from people.
const label = (map, latLng, text, className, direction = "center") => {
  const words = document.createElement("span");
  words.textContent = text;
  return L.tooltip({ permanent: true, direction, className, offset: [0, 0] }).setLatLng(latLng).setContent(words).addTo(map);
};

// A quarter of the way along the longest of a street's lines: away from crossings and from the middle of the town.
const labelPoint = (lines) => {
  const line = lines.reduce((longest, other) => (other.length > longest.length ? other : longest)).map(toLatLng);
  const steps = line.slice(1).map((point, n) => Math.hypot(point[0] - line[n][0], point[1] - line[n][1]));
  let left = steps.reduce((sum, step) => sum + step, 0) / 4;
  const n = steps.findIndex((step) => (left -= step) <= 0);
  const part = n < 0 || !steps[n] ? 0 : 1 + left / steps[n];
  const [from, to] = [line[Math.max(n, 0)], line[Math.max(n, 0) + 1]];
  return from.map((degrees, axis) => degrees + (to[axis] - degrees) * part);
};

const addTiles = (map, { tiles, tileCredit }) => {
  if (!tiles) return;
  const credit = document.createElement("span");
  credit.textContent = tileCredit;
  map.attributionControl.addAttribution(credit.outerHTML);
  L.tileLayer(tiles, { maxZoom: 19 }).addTo(map);
};

const drawGround = (map, ground) => L.geoJSON(ground, {
  interactive: false,
  style: ({ properties }) => ({ className: properties.kind === "street" ? "map-street" : "map-area", fill: properties.kind !== "street" }),
  onEachFeature: ({ properties, geometry }, drawn) => {
    if (properties.kind === "street") label(map, labelPoint(geometry.coordinates), properties.name, "map-label map-label--street");
    else label(map, [drawn.getBounds().getNorth(), drawn.getBounds().getCenter().lng], properties.name, "map-label map-label--area", "bottom");
  },
}).addTo(map);

// Resolves with {map, ground, bounds}: Leaflet's map, the GeoJSON, and what it covers (null for an empty map).
export const townMap = async (element) => {
  element.closest("[data-map-frame]").hidden = false;
  const map = L.map(element, {
    zoomControl: false,
    attributionControl: Boolean(element.dataset.tiles),
    scrollWheelZoom: false, // a wheel scrolls the page
    zoomSnap: 0.5,
    minZoom: 3,
    maxZoom: 19,
    fadeAnimation: false,
    zoomAnimation: !calm.matches,
    inertia: !calm.matches,
  }).setView([0, 0], 3);
  map.attributionControl?.setPrefix(false);
  L.control.zoom({ zoomInTitle: element.dataset.zoomIn, zoomOutTitle: element.dataset.zoomOut }).addTo(map);
  map.on("zoomend", () => element.classList.toggle("map--near", map.getZoom() >= STREET_NAMES_FROM));
  addTiles(map, element.dataset);
  let ground = { features: [] };
  try {
    const answer = await fetch(element.dataset.map);
    if (!answer.ok) throw new Error(String(answer.status));
    ground = await answer.json();
  } catch {
    const sorry = document.createElement("p");
    sorry.className = "map-sorry";
    sorry.setAttribute("role", "status");
    sorry.textContent = element.dataset.notLoaded;
    element.after(sorry);
  }
  const bounds = drawGround(map, ground).getBounds();
  if (bounds.isValid()) map.fitBounds(bounds, { padding: [12, 12], animate: false });
  return { map, ground, bounds: bounds.isValid() ? bounds : null };
};

// A point that stands for a home, on the pages that may show one. Returns what takes it away.
export const homeMark = (map, latLng, words) => {
  const mark = L.circleMarker(latLng, { radius: 9, className: "map-home", interactive: false }).addTo(map);
  const said = label(map, latLng, words, "map-label map-label--home");
  return () => {
    mark.remove();
    said.remove();
  };
};
