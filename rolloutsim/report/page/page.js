"use strict";
// Tables sort by a click on a column's title, up, down and back to their own order, and long ones have a field that filters their rows.
// Values of one unit stay together, and what has no value stands last, whichever way it is sorted.
function key(cell) {
  const number = Number((cell.dataset.value || "nan").replace("inf", "Infinity"));
  return Number.isNaN(number) ? null : number;
}
function compare(a, b, column, down) {
  const x = a.cells[column], y = b.cells[column], p = key(x), q = key(y);
  if (p !== null && q !== null) {
    const units = (x.dataset.unit || "").localeCompare(y.dataset.unit || "");
    return units || (p === q ? 0 : down * (p < q ? -1 : 1));
  }
  if ((p === null) !== (q === null)) { return p === null ? 1 : -1; }
  return down * x.textContent.localeCompare(y.textContent, "en", { numeric: true });
}
const NEXT = { ascending: "descending", descending: null };
for (const body of document.querySelectorAll("tbody")) {
  const original = [...body.rows];
  for (const button of body.parentElement.querySelectorAll("th button")) {
    button.addEventListener("click", () => {
      const head = button.parentElement, before = head.getAttribute("aria-sort");
      const order = before === null ? "ascending" : NEXT[before], down = order === "descending" ? -1 : 1;
      for (const other of head.parentElement.cells) { other.removeAttribute("aria-sort"); }
      if (order) { head.setAttribute("aria-sort", order); }
      body.append(...(order ? [...original].sort((a, b) => compare(a, b, head.cellIndex, down)) : original));
    });
  }
}
for (const field of document.querySelectorAll("input[type=search]")) {
  field.addEventListener("input", () => {
    const words = field.value.toLowerCase().split(/\s+/).filter(Boolean);
    const rows = [...document.getElementById(field.dataset.table).tBodies[0].rows];
    for (const row of rows) {
      const text = [...row.cells].map((cell) => cell.textContent.toLowerCase()).join(" ");
      row.hidden = !words.every((word) => text.includes(word));
    }
    const shown = rows.filter((row) => !row.hidden).length;
    field.parentElement.querySelector("output").textContent = words.length ? `${shown} of ${rows.length} rows` : "";
  });
}
let closed = [];
addEventListener("beforeprint", () => {
  closed = [...document.querySelectorAll("details:not([open]):not(.screen)")];
  for (const part of closed) { part.open = true; }
});
addEventListener("afterprint", () => { for (const part of closed) { part.open = false; } });
