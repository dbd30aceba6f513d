// A cursor over the chart of a history: by pointer, touch and arrow keys; a drag or + and - zoom, Enter shows an interval.
// Every column of the drawing has its values in its <title>, which this script reads.
"use strict";

const LEAST_DRAG_PX = 8;
let selected = -1; // index of the column under the cursor, from the left
let dragStart = null; // where a drag began, as a share of the width from 0 to 1

function chart() { return document.querySelector("[data-chart]"); }
function columns() { return [...chart().querySelectorAll(".hits rect")]; }
function drawing() { return chart().querySelector("svg"); }
function percent(rect, name) { return parseFloat(rect.getAttribute(name)); }
function middle(rect) { return percent(rect, "x") + percent(rect, "width") / 2; }

// With this script the chart is a slider over time: screen readers read the values of each column under the cursor.
function makeSlider() {
  const box = chart();
  if (!box || box.dataset.ready) return;
  box.dataset.ready = "yes";
  for (const rect of columns()) {
    rect.dataset.values = rect.textContent;
    rect.replaceChildren();
  }
  const last = columns().length - 1;
  const label = `Values over time. ${drawing().getAttribute("aria-label")}`;
  drawing().setAttribute("aria-hidden", "true");
  const attributes = { tabindex: 0, role: "slider", "aria-label": label, "aria-describedby": "chart-hint", "aria-valuemin": 0, "aria-valuemax": last };
  for (const [name, value] of Object.entries(attributes)) box.setAttribute(name, value);
  if (selected > last) selected = -1;
  showColumn(selected, selected >= 0);
}

function showColumn(index, marked = true) {
  const all = columns(), cursor = drawing().querySelector(".cursor"), box = chart();
  selected = marked ? Math.max(0, Math.min(all.length - 1, index)) : -1;
  const rect = all[marked ? selected : all.length - 1];
  cursor.classList.toggle("on", marked);
  for (const end of ["x1", "x2"]) cursor.setAttribute(end, `${middle(rect)}%`);
  box.querySelector("[data-readout]").textContent = rect.dataset.values;
  box.setAttribute("aria-valuenow", marked ? selected : all.length - 1);
  box.setAttribute("aria-valuetext", rect.dataset.values);
}

function shareOf(event) {
  const box = drawing().getBoundingClientRect();
  return Math.max(0, Math.min(1, (event.clientX - box.left) / box.width));
}

function nearest(share) {
  const distances = columns().map((rect) => Math.abs(middle(rect) - share * 100));
  return distances.indexOf(Math.min(...distances));
}

function markRange(start, end) {
  const rect = drawing().querySelector(".chosen");
  rect.classList.toggle("on", start !== end);
  rect.setAttribute("x", `${Math.min(start, end) * 100}%`);
  rect.setAttribute("width", `${Math.abs(end - start) * 100}%`);
}

function zoom(start, end) {
  const all = columns(), columnAt = (share) => all[nearest(share)];
  const query = new URLSearchParams(location.search);
  query.delete("range");
  query.set("from", columnAt(Math.min(start, end)).dataset.at);
  query.set("to", columnAt(Math.max(start, end)).dataset.to);
  selected = -1;
  go(`?${query}`);
}

function openInterval(rect) {
  const query = new URLSearchParams(location.search);
  query.set("at", rect.dataset.at);
  go(`?${query}`);
}

function followLink(key) {
  const link = document.querySelector(`[data-move="${key}"]`);
  if (link) go(link.href);
}

const KEYS = {
  ArrowLeft: () => showColumn(selected < 0 ? columns().length - 1 : selected - 1),
  ArrowRight: () => showColumn(selected < 0 ? columns().length - 1 : selected + 1),
  Home: () => showColumn(0),
  End: () => showColumn(columns().length - 1),
  Enter: () => selected >= 0 && openInterval(columns()[selected]),
  Escape: () => showColumn(-1, false),
  "+": () => followLink("in"),
  "-": () => followLink("out"),
  PageUp: () => followLink("earlier"),
  PageDown: () => followLink("later"),
};

function onChart(name, handle) {
  document.addEventListener(name, (event) => {
    const box = event.target.closest?.("[data-chart]");
    if (box && columns().length) handle(event);
  });
}

onChart("pointermove", (event) => {
  if (!event.target.closest("svg")) return;
  showColumn(nearest(shareOf(event)));
  if (dragStart !== null) markRange(dragStart, shareOf(event));
});
onChart("pointerdown", (event) => {
  if (event.button || event.pointerType === "touch" || !event.target.closest("svg")) return;
  dragStart = shareOf(event);
});
onChart("keydown", (event) => {
  if (!KEYS[event.key] || event.ctrlKey || event.metaKey || event.altKey) return;
  event.preventDefault();
  KEYS[event.key]();
});
onChart("pointerout", (event) => {
  if (!event.relatedTarget?.closest?.("[data-chart]") && dragStart === null) showColumn(-1, false);
});
document.addEventListener("pointerup", (event) => {
  if (dragStart === null || !chart()) return;
  const start = dragStart, end = shareOf(event);
  const distance = Math.abs(end - start) * drawing().getBoundingClientRect().width;
  dragStart = null;
  markRange(0, 0);
  if (distance > LEAST_DRAG_PX) zoom(start, end);
  else if (event.target.closest("[data-chart] svg")) openInterval(columns()[nearest(end)]);
});
document.addEventListener("refreshed", makeSlider);
requestAnimationFrame(() => setTimeout(makeSlider)); // the first paint comes first
