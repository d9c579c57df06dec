// The operator places a home: a click fills in the coordinates, and typed coordinates move the mark.
import { homeMark, rounded, toLatLng, townMap } from "./map.js";

const element = document.querySelector("[data-map][data-pick]");
const field = (name) => document.getElementById(name);

if (element) {
  townMap(element).then(({ map, ground }) => {
    let away = () => {};
    const put = () => {
      away();
      const point = [field("longitude"), field("latitude")].map(({ value }) => (value.trim() ? Number(value) : NaN));
      if (!point.every(Number.isFinite)) return;
      away = homeMark(map, toLatLng(point), element.dataset.homeWords);
    };
    const showStreet = () => {
      const name = field("street").selectedOptions[0]?.text;
      const street = ground.features.find(({ properties }) => properties.kind === "street" && properties.name === name);
      if (street) map.fitBounds(L.geoJSON(street).getBounds(), { maxZoom: 17, animate: false });
    };
    map.on("click", ({ latlng }) => {
      [field("longitude").value, field("latitude").value] = rounded(latlng.wrap());
      put();
    });
    field("latitude").addEventListener("input", put);
    field("longitude").addEventListener("input", put);
    field("street").addEventListener("change", showStreet);
    showStreet();
    put();
    element.dataset.ready = "";
  });
}
