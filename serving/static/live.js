// Refreshes the live part of a page every two seconds, section by section, so that what does not change is left alone.
// Links and forms with data-soft change the address and the live part without loading the page again.
// An error page (data-again) reloads as soon as the server answers again.
"use strict";

const EVERY_MS = 2000;
const TYPING_MS = 150;
const part = document.getElementById("live");
const pulse = document.getElementById("pulse");

// What the server sent of each section: the page itself is changed by scripts.
const sent = new Map();

function sections(root) {
  return [...root.children].filter((one) => one.id);
}

function remember(root) {
  sent.clear();
  for (const one of sections(root)) sent.set(one.id, one.outerHTML);
}

function busy(section) {
  const focused = document.activeElement;
  return focused && section.contains(focused) && focused.matches("input, select");
}

function same(fresh) {
  const now = sections(part).map((one) => one.id).join(), next = sections(fresh).map((one) => one.id).join();
  return next !== "" && now === next;
}

function replace(html) {
  const template = document.createElement("template");
  template.innerHTML = html; // made by the server, where every text is escaped
  const fresh = template.content;
  const focus = focused();
  if (same(fresh)) for (const one of sections(fresh)) update(one);
  else { remember(fresh); part.replaceChildren(fresh); }
  document.dispatchEvent(new Event("fresh"));
  focus();
}

function update(fresh) {
  const text = fresh.outerHTML, old = document.getElementById(fresh.id);
  if (sent.get(fresh.id) === text || busy(old)) return;
  sent.set(fresh.id, text);
  const scrolled = [...old.querySelectorAll(".wide")].map((one) => one.scrollLeft);
  old.replaceWith(fresh);
  [...fresh.querySelectorAll(".wide")].forEach((one, at) => { one.scrollLeft = scrolled[at] ?? 0; });
}

// Returns what gives the focus back to the element that has it now, or to its like.
function focused() {
  const one = document.activeElement;
  if (!one || !part.contains(one)) return () => {};
  const key = one.dataset.sort, move = one.dataset.move, link = one.getAttribute("href"), id = one.id;
  return () => {
    if (one.isConnected) return;
    const like = (id && document.getElementById(id))
      || (key && part.querySelector(`[data-sort="${key}"]`))
      || (move && part.querySelector(`[data-move="${move}"]`))
      || [...part.querySelectorAll("a")].find((other) => link && other.getAttribute("href") === link);
    if (like) like.focus({ preventScroll: true });
  };
}

const OLD = "; showing the last known values";
const WHY = {
  401: "not live: your session has ended, sign in again",
  500: "not live: the server cannot read the data in Redis, see its log",
  502: "not live: the Redis key is not an entity",
  503: "not live: Redis is not reachable",
};
let asking = null;

async function refresh() {
  if (document.hidden || asking) return; // a slow answer is waited for: an older one never overtakes it
  asking = new AbortController();
  const mine = asking;
  try {
    const address = part.dataset.again ?? part.dataset.live + location.search;
    await fetched(await fetch(address, { credentials: "same-origin", signal: mine.signal }), mine);
  } catch (error) {
    if (error.name !== "AbortError") say(false, "not live: the server does not answer" + OLD);
  } finally {
    if (asking === mine) asking = null;
  }
}

async function fetched(answer, mine) {
  const live = answer.ok || answer.status === 404;
  if (part.dataset.again !== undefined) return live && location.reload();
  const html = await answer.text();
  if (mine.signal.aborted) return;
  if (live && html.startsWith("<!doctype")) return location.reload(); // what was shown is not kept any more
  if (live) replace(html);
  say(live, live ? "live" : (WHY[answer.status] ?? `not live: status ${answer.status}`) + OLD);
}

function say(live, text) {
  if (pulse.textContent !== text) pulse.textContent = text;
  pulse.classList.toggle("over", !live);
}

// Goes to another address of the same page.
function go(address, add = true) {
  const to = new URL(address, location.href);
  if (to.pathname !== location.pathname) return void location.assign(to);
  if (add) history.pushState(null, "", to);
  else history.replaceState(null, "", to);
  if (asking) asking.abort();
  asking = null;
  refresh();
}

// What is chosen in a form; the rest is as in the address, for the answer to a click may still be on its way.
function chosen(form) {
  const query = new URLSearchParams(location.search);
  const shown = [...form.elements].filter((one) => one.name && one.type !== "hidden");
  for (const one of shown) query.delete(one.name);
  for (const one of shown) if (one.value !== "" && (one.type !== "checkbox" || one.checked)) query.append(one.name, one.value);
  return `${form.getAttribute("action")}?${query}`;
}

let typing = 0;

if (part) {
  requestAnimationFrame(() => setTimeout(() => remember(part))); // nothing comes before the first paint
  document.addEventListener("click", (event) => {
    const link = event.target.closest("a[data-soft]");
    if (!link || event.button || event.metaKey || event.ctrlKey || event.shiftKey) return;
    event.preventDefault();
    go(link.href);
  });
  document.addEventListener("submit", (event) => {
    if (!event.target.matches("form[data-soft]")) return;
    event.preventDefault();
    go(chosen(event.target));
  });
  document.addEventListener("input", (event) => {
    const form = event.target.closest("form[data-soft]");
    if (!form) return;
    clearTimeout(typing);
    typing = setTimeout(() => go(chosen(form), false), event.target.type === "search" ? TYPING_MS : 0);
  });
  addEventListener("popstate", () => go(location.href, false));
  setInterval(refresh, EVERY_MS);
  document.addEventListener("visibilitychange", refresh);
}
