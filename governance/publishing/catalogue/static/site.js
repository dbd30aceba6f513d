// Searches the definitions on the page by the rule of `headrace serve`. The search and the filters are part of the
// address. A slash goes to the search; arrow keys move through the results; Enter opens the first.
"use strict";

// Returns the values of a row by filter.
const FILTER_VALUES = {
  kind: (row) => [row.cells[2].textContent],
  entity: (row) => row.cells[4].textContent.split(", "),
  owner: (row) => [row.querySelector(".whose .soft").textContent],
  tag: (row) => [...row.querySelectorAll(".tag")].map((tag) => tag.textContent),
};
const form = document.querySelector("form[data-search]");
const search = document.querySelector("input[type=search]");

function rank(name, words) {
  if (!words.length) return 0;
  const allInName = words.every((word) => name.includes(word));
  return allInName && name.startsWith(words[0]) ? 0 : allInName ? 1 : 2;
}

function filterRows(rows, body) {
  const words = form.elements.q.value.toLowerCase().split(/\s+/).filter(Boolean);
  const chosen = Object.keys(FILTER_VALUES).map((filter) => [filter, form.elements[filter].value]).filter(([, value]) => value);
  const matches = rows.filter((row) => words.every((word) => row.dataset.words.includes(word))
    && chosen.every(([filter, value]) => FILTER_VALUES[filter](row).includes(value)));
  const ranked = matches.map((row) => [rank(row.dataset.name.toLowerCase(), words), row]).sort((a, b) => a[0] - b[0]);
  const shown = new Set(matches);
  for (const row of rows) row.hidden = !shown.has(row);
  body.append(...ranked.map(([, row]) => row));
  showCount(matches.length, rows.length);
}

function showCount(matches, total) {
  const filtered = matches ? `${matches} of ${total} definitions` : "no definition matches";
  const text = matches === total ? `${total} definitions` : filtered;
  document.getElementById("found").textContent = text;
}

// Writes the search and the filters into the address, unless the browser refuses to change the address of a file.
function updateAddress() {
  const query = new URLSearchParams();
  for (const field of form.elements) if (field.name && field.value) query.set(field.name, field.value);
  try {
    history.replaceState(null, "", query.size ? `?${query}` : location.pathname);
  } catch (error) {
    if (error.name !== "SecurityError") throw error;
  }
}

function resultLinks() {
  return [...document.querySelectorAll("tbody tr:not([hidden]) th a")];
}

function moveFocus(event) {
  if (!["ArrowDown", "ArrowUp"].includes(event.key) || event.target.matches("select")) return;
  const links = resultLinks(), index = links.indexOf(document.activeElement) + (event.key === "ArrowDown" ? 1 : -1);
  if (index === -1 && event.target === search) return;
  event.preventDefault();
  (index < 0 ? search : links[Math.min(index, links.length - 1)])?.focus();
}

if (form) {
  const body = document.querySelector("tbody"), rows = [...body.rows];
  const query = new URLSearchParams(location.search);
  for (const field of form.elements) if (field.name && query.has(field.name)) field.value = query.get(field.name);
  form.addEventListener("input", () => { filterRows(rows, body); updateAddress(); });
  form.addEventListener("submit", (event) => { event.preventDefault(); resultLinks()[0]?.click(); });
  document.addEventListener("keydown", moveFocus);
  filterRows(rows, body);
}

document.addEventListener("keydown", (event) => {
  if (event.key !== "/" || event.target.matches("input, select, textarea") || event.ctrlKey || event.metaKey) return;
  event.preventDefault();
  search?.focus();
});
