// Writing for an agency: hides the fields that do not belong to what is written, and the pictures after the first that
// is empty. Without it all of them stand there, and each says what it is for.
(() => {
  "use strict";
  const form = document.querySelector("[data-bulletin]");
  if (!form) return;
  const urgent = form.querySelector('[name="urgent"]');
  const slots = [...form.querySelectorAll(".picture-slot")];

  const arrange = () => {
    const kind = form.querySelector('[name="kind"]:checked')?.value;
    for (const part of form.querySelectorAll("[data-for]")) part.hidden = Boolean(kind) && part.dataset.for !== kind;
    const four = form.querySelector("[data-urgent]");
    if (four) four.hidden = !urgent.checked;
    const used = slots.map((slot) => [...slot.querySelectorAll("input, textarea")].some((one) => (one.type === "checkbox" ? one.checked : one.value)));
    slots.forEach((slot, number) => { slot.hidden = number > 0 && !used[number] && !used[number - 1]; });
  };

  arrange();
  form.addEventListener("change", arrange);
})();
