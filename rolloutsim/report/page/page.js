"use strict";
// Tables sort by a click on a column's title, and long ones have a field that filters their rows.
function key(cell) {
  const given = cell.dataset.value;
  const number = parseFloat((given || cell.textContent).replace(/[<>,]/g, ""));
  return Number.isNaN(number) ? null : number;
}
function compare(a, b, column) {
  const x = a.cells[column], y = b.cells[column], p = key(x), q = key(y);
  if (p !== null && q !== null) { return p - q; }
  if ((p === null) !== (q === null)) { return p === null ? 1 : -1; }
  return x.textContent.localeCompare(y.textContent);
}
for (const button of document.querySelectorAll("th button")) {
  button.addEventListener("click", () => {
    const head = button.parentElement, body = head.closest("table").tBodies[0];
    const down = head.getAttribute("aria-sort") === "ascending" ? -1 : 1;
    for (const other of head.parentElement.cells) { other.removeAttribute("aria-sort"); }
    head.setAttribute("aria-sort", down === 1 ? "ascending" : "descending");
    body.append(...[...body.rows].sort((a, b) => down * compare(a, b, head.cellIndex)));
  });
}
for (const field of document.querySelectorAll("input[type=search]")) {
  field.addEventListener("input", () => {
    const wanted = field.value.toLowerCase(), rows = [...document.getElementById(field.dataset.table).tBodies[0].rows];
    for (const row of rows) { row.hidden = !row.textContent.toLowerCase().includes(wanted); }
    const shown = rows.filter((row) => !row.hidden).length;
    field.parentElement.querySelector("output").textContent = wanted ? `${shown} of ${rows.length} rows` : "";
  });
}
let closed = [];
addEventListener("beforeprint", () => {
  closed = [...document.querySelectorAll("details:not([open]):not(.screen)")];
  for (const part of closed) { part.open = true; }
});
addEventListener("afterprint", () => { for (const part of closed) { part.open = false; } });
