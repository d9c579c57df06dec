// Drawing an outline with the pointer: its corners become GeoJSON in the form's own field, where a keyboard pastes it.
import { rounded, townMap } from "./map.js";

const element = document.querySelector("[data-map][data-draw]");

if (element) {
  const field = document.getElementById(element.dataset.draw);
  const tools = document.querySelector("[data-draw-tools]");
  const [start, back, end] = ["start", "back", "end"].map((name) => tools.querySelector(`[data-draw-${name}]`));
  const says = document.querySelector("[data-draw-says]");

  townMap(element).then(({ map }) => {
    let corners = null; // while drawing
    const outline = L.polygon([], { className: "map-drawn", interactive: false }).addTo(map);
    const show = (words) => {
      outline.setLatLngs(corners ?? outline.getLatLngs()[0]);
      start.setAttribute("aria-pressed", String(corners !== null));
      back.disabled = !corners?.length;
      end.disabled = !(corners?.length >= 3);
      element.classList.toggle("map--drawing", corners !== null);
      if (words) says.textContent = says.dataset[words];
    };
    start.addEventListener("click", () => {
      corners = [];
      map.doubleClickZoom.disable();
      show("drawing");
    });
    back.addEventListener("click", () => {
      corners.pop();
      show();
    });
    end.addEventListener("click", () => {
      const ring = corners.map((corner) => rounded(corner.wrap()));
      field.value = JSON.stringify({ type: "Polygon", coordinates: [[...ring, ring[0]]] });
      outline.setLatLngs(corners);
      corners = null;
      map.doubleClickZoom.enable();
      show("done");
      document.getElementById(element.dataset.next ?? "name").focus();
    });
    map.on("click", ({ latlng }) => {
      if (!corners) return;
      corners.push(latlng);
      show();
    });
    tools.hidden = false;
    show("ready");
    element.dataset.ready = "";
  });
}
