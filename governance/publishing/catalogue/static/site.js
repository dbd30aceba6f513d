// Finds definitions in the list of the page: the same rule as the pages of `headrace serve`. What is chosen is part of
// the address. A slash goes to the search; arrow keys move through what is found; Enter opens the first.
"use strict";


// What a row holds of each filter.
const HELD = {
  kind: (row) => [row.cells[2].textContent],
  entity: (row) => row.cells[4].textContent.split(", "),
  owner: (row) => [row.querySelector(".whose .soft").textContent],
  tag: (row) => [...row.querySelectorAll(".tag")].map((tag) => tag.textContent),
};
const form = document.querySelector("form[data-search]");
const search = document.querySelector("input[type=search]");

function rank(name, words) {
  if (!words.length) return 0;
  const every = words.every((word) => name.includes(word));
  return every && name.startsWith(words[0]) ? 0 : every ? 1 : 2;
}

function show(rows, body) {
  const words = form.elements.q.value.toLowerCase().split(/\s+/).filter(Boolean);
  const chosen = Object.keys(HELD).map((filter) => [filter, form.elements[filter].value]).filter(([, value]) => value);
  const found = rows.filter((row) => words.every((word) => row.dataset.words.includes(word))
    && chosen.every(([filter, value]) => HELD[filter](row).includes(value)));
  const ranked = found.map((row) => [rank(row.dataset.name.toLowerCase(), words), row]).sort((a, b) => a[0] - b[0]);
  const shown = new Set(found);
  for (const row of rows) row.hidden = !shown.has(row);
  body.append(...ranked.map(([, row]) => row));
  say(found.length, rows.length);
}

function say(found, all) {
  const text = found === all ? `${all} definitions` : found ? `${found} of ${all} definitions` : "no definition matches";
  document.getElementById("found").textContent = text;
}

// What is chosen, in the address: where a browser refuses to change that of a file, it stays as it is.
function note() {
  const query = new URLSearchParams();
  for (const one of form.elements) if (one.name && one.value) query.set(one.name, one.value);
  try {
    history.replaceState(null, "", query.size ? `?${query}` : location.pathname);
  } catch (error) {
    if (error.name !== "SecurityError") throw error;
  }
}

function links() {
  return [...document.querySelectorAll("tbody tr:not([hidden]) th a")];
}

function move(event) {
  if (!["ArrowDown", "ArrowUp"].includes(event.key) || event.target.matches("select")) return;
  const all = links(), at = all.indexOf(document.activeElement) + (event.key === "ArrowDown" ? 1 : -1);
  if (at === -1 && event.target === search) return;
  event.preventDefault();
  (at < 0 ? search : all[Math.min(at, all.length - 1)])?.focus();
}

if (form) {
  const body = document.querySelector("tbody"), rows = [...body.rows];
  const asked = new URLSearchParams(location.search);
  for (const one of form.elements) if (one.name && asked.has(one.name)) one.value = asked.get(one.name);
  const fresh = () => { show(rows, body); note(); };
  form.addEventListener("input", fresh);
  form.addEventListener("submit", (event) => { event.preventDefault(); links()[0]?.click(); });
  document.addEventListener("keydown", move);
  show(rows, body);
}

document.addEventListener("keydown", (event) => {
  if (event.key !== "/" || event.target.matches("input, select, textarea") || event.ctrlKey || event.metaKey) return;
  event.preventDefault();
  search?.focus();
});
