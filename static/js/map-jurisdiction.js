// Where an agency is responsible, on the town's map. The page says it in words as well.
import { townMap } from "./map.js";

const element = document.querySelector("[data-map][data-jurisdiction]");

if (element) {
  townMap(element).then(({ map, bounds }) => {
    const coordinates = JSON.parse(element.dataset.jurisdiction);
    const drawn = L.geoJSON({ type: "MultiPolygon", coordinates }, {
      interactive: false,
      style: { className: "map-shown" },
    }).addTo(map);
    const own = drawn.getBounds();
    map.fitBounds(bounds?.intersects(own) ? own.extend(bounds) : own, { padding: [12, 12], animate: false });
    element.dataset.ready = "";
  });
}
