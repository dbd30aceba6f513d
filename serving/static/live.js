// Refreshes the live part of a page every two seconds; keeps sort order, search and focus.
// An error page (data-again) reloads as soon as the server answers again.
"use strict";

const EVERY_MS = 2000;
const part = document.getElementById("live");
const pulse = document.getElementById("pulse");
const chosen = { sort: "", down: false, search: "" };

function value(row, key) {
  const text = row.getAttribute("data-" + key) ?? "";
  const number = Number(text === "-inf" ? "-Infinity" : text);
  return text === "" || Number.isNaN(number) ? text : number;
}

function compare(one, other) {
  const left = value(one, chosen.sort), right = value(other, chosen.sort);
  const order = left < right ? -1 : left > right ? 1 : 0;
  return chosen.down ? -order : order;
}

function arrange(root) {
  const table = root.querySelector("[data-table]");
  if (!table) return;
  const body = table.tBodies[0];
  if (chosen.sort) body.append(...[...body.rows].sort(compare));
  const words = chosen.search.toLowerCase().split(/\s+/).filter(Boolean);
  for (const row of body.rows) {
    const text = (row.dataset.words || "").toLowerCase();
    row.hidden = !words.every((word) => text.includes(word));
  }
  for (const button of table.querySelectorAll("[data-sort]")) {
    const mine = button.dataset.sort === chosen.sort;
    button.closest("th").setAttribute("aria-sort", mine ? (chosen.down ? "descending" : "ascending") : "none");
  }
}

function replace(html) {
  const fresh = document.createElement("template");
  fresh.innerHTML = html; // made by the server, where every text is escaped
  const search = fresh.content.querySelector("[data-search]");
  if (search) search.value = chosen.search;
  arrange(fresh.content);
  const focused = document.activeElement;
  if (focused && focused.matches("[data-search]") && search) {
    search.replaceWith(focused); // the very element: the caret stays where it is
    part.replaceChildren(fresh.content);
    focused.focus({ preventScroll: true });
    return;
  }
  const sort = focused && part.contains(focused) ? focused.dataset.sort : undefined;
  const link = focused && part.contains(focused) ? focused.getAttribute("href") : null;
  part.replaceChildren(fresh.content);
  const again = sort
    ? part.querySelector(`[data-sort="${sort}"]`)
    : [...part.querySelectorAll("a")].find((one) => link && one.getAttribute("href") === link);
  if (again) again.focus({ preventScroll: true });
}

const OLD = "; showing the last known values";
const WHY = {
  401: "not live: your session has ended, sign in again",
  500: "not live: the server cannot read the data in Redis, see its log",
  502: "not live: the Redis key is not an entity",
  503: "not live: Redis is not reachable",
};
let asking = false;

async function refresh() {
  if (document.hidden || asking) return; // a slow answer is waited for: an older one never overtakes it
  asking = true;
  try {
    await fetched(await fetch(part.dataset.again ?? part.dataset.live, { credentials: "same-origin" }));
  } catch {
    say(false, "not live: the server does not answer" + OLD);
  } finally {
    asking = false;
  }
}

async function fetched(answer) {
  const live = answer.ok || answer.status === 404;
  if (part.dataset.again !== undefined) return live && location.reload();
  if (live) replace(await answer.text());
  say(live, live ? "live" : (WHY[answer.status] ?? `not live: status ${answer.status}`) + OLD);
}

function say(live, text) {
  if (pulse.textContent !== text) pulse.textContent = text;
  pulse.classList.toggle("over", !live);
}

if (part) {
  part.addEventListener("click", (event) => {
    const button = event.target.closest("[data-sort]");
    if (!button) return;
    const key = button.dataset.sort;
    const text = key === "name" || key === "owner";
    chosen.down = chosen.sort === key ? !chosen.down : !text;
    chosen.sort = key;
    arrange(part);
  });
  part.addEventListener("input", (event) => {
    if (!event.target.matches("[data-search]")) return;
    chosen.search = event.target.value;
    arrange(part);
  });
  setInterval(refresh, EVERY_MS);
  document.addEventListener("visibilitychange", refresh);
}
