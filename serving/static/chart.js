// A cursor over the chart of a history: by pointer, touch and arrow keys; a drag or + and - zoom, Enter shows an interval.
// Every column of the drawing says its values in its <title>, which is read here.
"use strict";

const LEAST_DRAG_PX = 8;
let at = -1; // column under the cursor, from the left
let from = null; // where a drag began: a place from 0 to 1

function chart() { return document.querySelector("[data-chart]"); }
function columns() { return [...chart().querySelectorAll(".hits rect")]; }
function drawing() { return chart().querySelector("svg"); }
function percent(rect, name) { return parseFloat(rect.getAttribute(name)); }
function middle(rect) { return percent(rect, "x") + percent(rect, "width") / 2; }

// With a script the chart is a slider over time: screen readers say the values of the column as it moves.
function adorn() {
  const box = chart();
  if (!box || box.dataset.ready) return;
  box.dataset.ready = "yes";
  for (const rect of columns()) {
    rect.dataset.says = rect.textContent;
    rect.replaceChildren();
  }
  const last = columns().length - 1;
  const label = `Values over time. ${drawing().getAttribute("aria-label")}`;
  drawing().setAttribute("aria-hidden", "true");
  const given = { tabindex: 0, role: "slider", "aria-label": label, "aria-describedby": "chart-hint", "aria-valuemin": 0, "aria-valuemax": last };
  for (const [name, value] of Object.entries(given)) box.setAttribute(name, value);
  if (at > last) at = -1;
  show(at, at >= 0);
}

function show(index, marked = true) {
  const all = columns(), cursor = drawing().querySelector(".cursor"), box = chart();
  at = marked ? Math.max(0, Math.min(all.length - 1, index)) : -1;
  const rect = all[marked ? at : all.length - 1];
  cursor.classList.toggle("on", marked);
  for (const end of ["x1", "x2"]) cursor.setAttribute(end, `${middle(rect)}%`);
  box.querySelector("[data-readout]").textContent = rect.dataset.says;
  box.setAttribute("aria-valuenow", marked ? at : all.length - 1);
  box.setAttribute("aria-valuetext", rect.dataset.says);
}

function place(event) {
  const box = drawing().getBoundingClientRect();
  return Math.max(0, Math.min(1, (event.clientX - box.left) / box.width));
}

function nearest(share) {
  const far = columns().map((rect) => Math.abs(middle(rect) - share * 100));
  return far.indexOf(Math.min(...far));
}

function mark(start, end) {
  const rect = drawing().querySelector(".chosen");
  rect.classList.toggle("on", start !== end);
  rect.setAttribute("x", `${Math.min(start, end) * 100}%`);
  rect.setAttribute("width", `${Math.abs(end - start) * 100}%`);
}

function zoom(start, end) {
  const all = columns(), near = (share) => all[nearest(share)];
  const query = new URLSearchParams(location.search);
  query.delete("range");
  query.set("from", near(Math.min(start, end)).dataset.at);
  query.set("to", near(Math.max(start, end)).dataset.to);
  at = -1;
  go(`?${query}`);
}

function open(rect) {
  const query = new URLSearchParams(location.search);
  query.set("at", rect.dataset.at);
  go(`?${query}`);
}

function press(key) {
  const link = document.querySelector(`[data-move="${key}"]`);
  if (link) go(link.href);
}

const KEYS = {
  ArrowLeft: () => show(at < 0 ? columns().length - 1 : at - 1),
  ArrowRight: () => show(at < 0 ? columns().length - 1 : at + 1),
  Home: () => show(0),
  End: () => show(columns().length - 1),
  Enter: () => at >= 0 && open(columns()[at]),
  Escape: () => show(-1, false),
  "+": () => press("in"),
  "-": () => press("out"),
  PageUp: () => press("earlier"),
  PageDown: () => press("later"),
};

function on(name, handle) {
  document.addEventListener(name, (event) => {
    const box = event.target.closest?.("[data-chart]");
    if (box && columns().length) handle(event);
  });
}

on("pointermove", (event) => {
  if (!event.target.closest("svg")) return;
  show(nearest(place(event)));
  if (from !== null) mark(from, place(event));
});
on("pointerdown", (event) => {
  if (event.button || event.pointerType === "touch" || !event.target.closest("svg")) return;
  from = place(event);
});
on("keydown", (event) => {
  if (!KEYS[event.key] || event.ctrlKey || event.metaKey || event.altKey) return;
  event.preventDefault();
  KEYS[event.key]();
});
on("pointerout", (event) => {
  if (!event.relatedTarget?.closest?.("[data-chart]") && from === null) show(-1, false);
});
document.addEventListener("pointerup", (event) => {
  if (from === null || !chart()) return;
  const start = from, end = place(event), far = Math.abs(end - start) * drawing().getBoundingClientRect().width;
  from = null;
  mark(0, 0);
  if (far > LEAST_DRAG_PX) zoom(start, end);
  else if (event.target.closest("[data-chart] svg")) open(columns()[nearest(end)]);
});
document.addEventListener("fresh", adorn);
requestAnimationFrame(() => setTimeout(adorn)); // nothing comes before the first paint
