// A household's own home, on a map that asks nobody else for tiles.
import { homeMark, townMap } from "./map.js";

const element = document.querySelector("[data-map][data-home]");
if (element) {
  const home = JSON.parse(element.dataset.home);
  townMap(element).then(({ map }) => {
    homeMark(map, home, element.dataset.homeWords);
    map.setView(home, 16, { animate: false });
    element.dataset.ready = "";
  });
}
