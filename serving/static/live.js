// Refreshes the live part of a page every two seconds, section by section; unchanged sections are not touched.
// Links and forms with data-soft change the address and the live part without loading the page again.
// An error page (data-again) reloads as soon as the server answers again.
"use strict";

const EVERY_MS = 2000;
const TYPING_MS = 150;
const part = document.getElementById("live");
const pulse = document.getElementById("pulse");

// The HTML of each section as the server sent it, because scripts change the page.
const sent = new Map();

function sections(root) {
  return [...root.children].filter((section) => section.id);
}

function remember(root) {
  sent.clear();
  for (const section of sections(root)) sent.set(section.id, section.outerHTML);
}

function isEdited(section) {
  const focused = document.activeElement;
  return focused && section.contains(focused) && focused.matches("input, select");
}

function hasSameSections(content) {
  const now = sections(part).map((section) => section.id).join();
  const next = sections(content).map((section) => section.id).join();
  return next !== "" && now === next;
}

function replace(html) {
  const template = document.createElement("template");
  template.innerHTML = html; // made by the server, where every text is escaped
  const content = template.content;
  const restoreFocus = focusRestorer();
  if (hasSameSections(content)) for (const section of sections(content)) update(section);
  else { remember(content); part.replaceChildren(content); }
  document.dispatchEvent(new Event("refreshed"));
  restoreFocus();
}

function update(section) {
  const html = section.outerHTML, old = document.getElementById(section.id);
  if (sent.get(section.id) === html || isEdited(old)) return;
  sent.set(section.id, html);
  const offsets = [...old.querySelectorAll(".wide")].map((table) => table.scrollLeft);
  old.replaceWith(section);
  [...section.querySelectorAll(".wide")].forEach((table, index) => { table.scrollLeft = offsets[index] ?? 0; });
}

// Returns a function that gives the focus back to the element that has it now, or to its replacement.
function focusRestorer() {
  const focused = document.activeElement;
  if (!focused || !part.contains(focused)) return () => {};
  const key = focused.dataset.sort, move = focused.dataset.move, link = focused.getAttribute("href"), id = focused.id;
  return () => {
    if (focused.isConnected) return;
    const replacement = (id && document.getElementById(id))
      || (key && part.querySelector(`[data-sort="${key}"]`))
      || (move && part.querySelector(`[data-move="${move}"]`))
      || [...part.querySelectorAll("a")].find((other) => link && other.getAttribute("href") === link);
    if (replacement) replacement.focus({ preventScroll: true });
  };
}

const OUTDATED = "; showing the last known values";
const REASONS = {
  401: "not live: your session has ended, sign in again",
  500: "not live: the server cannot read the data in Redis, see its log",
  502: "not live: the Redis key is not an entity",
  503: "not live: Redis is not reachable",
};
let request = null; // the AbortController of the request under way

async function refresh() {
  if (document.hidden || request) return; // waits for a slow response, so that no older one overtakes it
  request = new AbortController();
  const own = request;
  try {
    const address = part.dataset.again ?? part.dataset.live + location.search;
    await showResponse(await fetch(address, { credentials: "same-origin", signal: own.signal }), own.signal);
  } catch (error) {
    if (error.name !== "AbortError") setPulse(false, "not live: the server does not answer" + OUTDATED);
  } finally {
    if (request === own) request = null;
  }
}

async function showResponse(response, signal) {
  const live = response.ok || response.status === 404;
  if (part.dataset.again !== undefined) return live && location.reload();
  const html = await response.text();
  if (signal.aborted) return;
  if (live && html.startsWith("<!doctype")) return location.reload(); // the content of the page is no longer stored
  if (live) replace(html);
  setPulse(live, live ? "live" : (REASONS[response.status] ?? `not live: status ${response.status}`) + OUTDATED);
}

function setPulse(live, text) {
  if (pulse.textContent !== text) pulse.textContent = text;
  pulse.classList.toggle("over", !live);
}

// Goes to another address of the same page.
function go(address, add = true) {
  const to = new URL(address, location.href);
  if (to.pathname !== location.pathname) return void location.assign(to);
  if (add) history.pushState(null, "", to);
  else history.replaceState(null, "", to);
  if (request) request.abort();
  request = null;
  refresh();
}

// Returns the address with the values of a form. Other parameters stay, because a response to a click may be under way.
function addressOf(form) {
  const query = new URLSearchParams(location.search);
  const fields = [...form.elements].filter((field) => field.name && field.type !== "hidden");
  for (const field of fields) query.delete(field.name);
  for (const field of fields) {
    if (field.value !== "" && (field.type !== "checkbox" || field.checked)) query.append(field.name, field.value);
  }
  return `${form.getAttribute("action")}?${query}`;
}

let typing = 0;

if (part) {
  requestAnimationFrame(() => setTimeout(() => remember(part))); // the first paint comes first
  document.addEventListener("click", (event) => {
    const link = event.target.closest("a[data-soft]");
    if (!link || event.button || event.metaKey || event.ctrlKey || event.shiftKey) return;
    event.preventDefault();
    go(link.href);
  });
  document.addEventListener("submit", (event) => {
    if (!event.target.matches("form[data-soft]")) return;
    event.preventDefault();
    go(addressOf(event.target));
  });
  document.addEventListener("input", (event) => {
    const form = event.target.closest("form[data-soft]");
    if (!form) return;
    clearTimeout(typing);
    typing = setTimeout(() => go(addressOf(form), false), event.target.type === "search" ? TYPING_MS : 0);
  });
  addEventListener("popstate", () => go(location.href, false));
  setInterval(refresh, EVERY_MS);
  document.addEventListener("visibilitychange", refresh);
}
