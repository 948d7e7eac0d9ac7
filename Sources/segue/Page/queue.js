// The queue: lists come over REST, a block at a time, as they are scrolled into view.

import {ask, button, byId, bytes, clock, duration, initial, make, number, press, set, titleOf} from "./tools.js";
import {drawHeader} from "./header.js";
import {copyGroup, retryGroup} from "./steering.js";
import {examples} from "./finding.js";

const BLOCK = 100, MOST_BLOCKS = 60, MOST_HEIGHT = 8e6;
const scroll = byId("scroll"), rows = byId("rows"), space = byId("space");

export const view = {stats: {}, filter: "all", search: "", focus: -1};
export const active = new Map();       // id -> the latest progress of a record in progress
export const expanded = new Map();     // key of a row -> {id, list}
export const selected = new Set();
let sections = [];                     // the lists shown one below the other
let groups = [];                       // the reasons that items failed for

/** A list on the server, whose blocks are fetched when they come into view. */
export class List {
  constructor(query, title, total, group) {
    Object.assign(this, {query, title, total, group, blocks: new Map(), asked: new Set(), age: 0});
  }
  item(index) {
    const number = Math.floor(index / BLOCK), block = this.blocks.get(number);
    if (!block || block.age !== this.age) this.fetch(number);
    return block && block.items[index % BLOCK];
  }
  async fetch(number) {
    if (this.asked.has(number)) return;
    this.asked.add(number);
    const age = this.age;
    try {
      const found = await ask("GET", `v1/items?${this.query}&offset=${number * BLOCK}&limit=${BLOCK}`);
      this.blocks.delete(number);
      this.blocks.set(number, {items: found.items, age});
      for (const old of this.blocks.keys()) { if (this.blocks.size > MOST_BLOCKS) this.blocks.delete(old); else break; }
      if (found.total !== undefined) this.total = found.total;
      else if (found.items.length < BLOCK) this.total = number * BLOCK + found.items.length;
      else this.total = Math.max(this.total, number * BLOCK + found.items.length);
    } catch { /* the connection status shows it, and everything is requested again after reconnecting */ }
    this.asked.delete(number);
    if (age !== this.age) this.fetch(number); else draw();
  }
  /** Marks the list as out of date; what is shown stays until the new items arrive. */
  renew() { this.age++; if (!this.total) this.fetch(0); }
  find(id) {
    for (const block of this.blocks.values()) {
      const item = block.items.find(item => item && item.id === id);
      if (item) return item;
    }
  }
}

export const lists = () => [...sections, ...[...expanded.values()].map(e => e.list)];

/** The query that lists the items that failed for one reason. */
export const queryOf = group => Object.entries({code: group.code, stage: group.stage, host: group.host})
  .filter(([, value]) => value !== undefined).map(([name, value]) => `${name}=${encodeURIComponent(value)}`).join("&");

function wanted() {
  const {filter, search, stats} = view, text = search ? `q=${encodeURIComponent(search)}` : "";
  if (filter === "failed" && !search && groups.length) {
    return groups.map(group => [queryOf(group), `${number.format(group.items)} × ${group.stage}: ${group.message}`, group.items, group]);
  }
  if (filter !== "all") return [[[`state=${filter}`, text].filter(Boolean).join("&"), "", search ? 0 : stats[filter] || 0]];
  // A search covers all items, including members of lists.
  if (search) return [[text, "", 0]];
  return [...(stats.failed ? [["state=failed", "Failed", stats.failed]] : []), ["top=true&not=failed", "Queue", 0]];
}

/** Chooses the lists for the filter and the search; a list that stays keeps its items. */
export function arrange() {
  sections = wanted().map(([query, title, total, group]) => {
    const old = sections.find(list => list.query === query);
    if (old) { if (total) old.total = total; old.title = title; return old; }
    const list = new List(query, title, total, group);
    list.fetch(0);
    return list;
  });
  draw();
}

/** Asks again why items failed. */
export async function regroup() {
  try { groups = (await ask("GET", "v1/failures")).failures; } catch { groups = []; }
  if (view.filter === "failed") arrange();
}

export function renewAll() {
  for (const list of lists()) list.renew();
  if (view.filter === "failed") regroup(); else arrange();
}

let renewal = 0;
/** Requests what is visible again, soon: a change concerned more than one item. */
export function renewSoon() {
  if (!renewal) renewal = setTimeout(() => { renewal = 0; renewAll(); }, 400);
}

/** Lists of one state follow the counts. */
export function follow(stats) {
  for (const list of sections) {
    const state = new URLSearchParams(list.query).get("state");
    if (state && !view.search && stats[state] !== list.total) { list.total = stats[state] || 0; list.renew(); }
  }
}

export const isShown = id => [...shown.values()].some(row => row.item && row.item.id === id);

// ---- Rows ----------------------------------------------------------------------------------------------------------

/** Whether its title is shown above it. */
const isHeaded = section => section.title && (sections.length > 1 || section.group) && section.total > 0;

/** What a row of the whole list shows: {section} | {list, index, level, key} */
function place(row) {
  for (const section of sections) {
    if (isHeaded(section)) {
      if (row === 0) return {section};
      row--;
    }
    const open = [...expanded].filter(([key]) => key.startsWith(section.query + "\n")).map(([key, value]) => [+key.split("\n")[1], value]).sort((a, b) => a[0] - b[0]);
    let before = 0;
    for (const [index, {list}] of open) {
      if (row <= index + before) break;
      if (row <= index + before + list.total) return {list, index: row - index - before - 1, level: 2};
      before += list.total;
    }
    if (row - before < section.total) return {list: section, index: row - before, level: 1, key: `${section.query}\n${row - before}`};
    row -= section.total + before;
  }
}

export function count() {
  let n = 0;
  for (const section of sections) n += section.total + (isHeaded(section) ? 1 : 0);
  for (const [key, {list}] of expanded) if (sections.some(s => key.startsWith(s.query + "\n"))) n += list.total;
  return n;
}

export const rowHeight = () => parseFloat(getComputedStyle(document.body).getPropertyValue("--row"));
export const shown = new Map();        // row -> element
let isDrawing = false;

export function draw() {
  if (isDrawing) return;
  isDrawing = true;
  requestAnimationFrame(() => { isDrawing = false; drawNow(); });
}

export function drawNow() {
  const height = rowHeight(), total = count(), real = total * height, virtual = Math.min(real, MOST_HEIGHT);
  space.style.height = `${virtual}px`;
  rows.setAttribute("aria-rowcount", total);
  // Nothing is there only once the server has said so.
  const isEmpty = !total && sections.length > 0 && sections.every(list => list.blocks.size);
  byId("empty").hidden = !isEmpty;
  if (isEmpty) {
    const isBlank = view.filter === "all" && !view.search;
    set(byId("empty-said"), isBlank ? "Nothing here. Search for something, paste a link above, or drop a playlist file anywhere." : "Nothing here.");
    examples(isBlank);
  }
  // A list that is taller than a browser can scroll is scrolled proportionally.
  const room = scroll.clientHeight, most = Math.max(1, virtual - room);
  const top = real > virtual ? Math.min(1, scroll.scrollTop / most) * (real - room) : scroll.scrollTop;
  const first = Math.max(0, Math.floor(top / height) - 4), last = Math.min(total, Math.ceil((top + room) / height) + 4);
  if (view.focus >= total) view.focus = -1;
  const wanted = new Set();
  for (let row = first; row < last; row++) wanted.add(row);
  // The focused row stays in the document even out of view, so that it keeps the focus.
  if (view.focus >= 0) wanted.add(view.focus);
  for (const [row, element] of shown) if (!wanted.has(row)) { element.remove(); shown.delete(row); }
  for (const row of wanted) {
    let element = shown.get(row);
    if (!element) { element = makeRow(); shown.set(row, element); rows.append(element); }
    element.style.transform = `translateY(${Math.round(scroll.scrollTop + row * height - top)}px)`;
    fill(element, row);
  }
  drawHeader();
}

function makeRow() {
  const row = make("div", "row");
  row.setAttribute("role", "row");
  row.tabIndex = -1;
  return row;
}

function build(row) {
  const check = make("input"); check.type = "checkbox"; check.tabIndex = -1; check.dataset.act = "select"; check.setAttribute("aria-label", "select");
  const cover = make("img"); cover.alt = "";
  cover.addEventListener("error", () => { cover.removeAttribute("src"); cover.dataset.missing = cover.dataset.id; });
  const text = make("div", "text", make("div", "name"), make("div", "reason"));
  const end = make("div", "end", make("div", "state"), make("div", "pace"), make("progress"));
  const acts = make("div", "acts", button("pause", "pause"), button("resume", "resume"), button("retry", "retry"), button("cancel", "cancel"));
  const [choice, unfold, picture] = [make("div", "choice", check), make("div", "unfold", button("fold", "fold")), make("div", "cover", make("span", "initials"), cover)];
  for (const part of [choice, unfold, picture, text, end, acts]) part.setAttribute("role", "gridcell");
  row.replaceChildren(choice, unfold, picture, text, end, acts);
  row.parts = {check, cover, initials: picture.children[0], name: text.children[0], reason: text.children[1], state: end.children[0], pace: end.children[1], bar: end.children[2], acts};
}

export function members(item) {
  const counts = item.members || {};
  const total = Object.values(counts).reduce((a, b) => a + b, 0);
  const ended = ["done", "skipped", "failed", "cancelled"].reduce((n, state) => n + (counts[state] || 0), 0);
  return {total, ended, failed: counts.failed || 0};
}

function reason(item, now) {
  if (item.failure && (item.state === "failed" || item.state === "waiting")) {
    const again = item.state === "waiting" && item.due ? `, again at ${clock(item.due)}` : "";
    return `${item.failure.stage}: ${item.failure.message}${again}`;
  }
  if (item.state === "waiting" && item.due) return `again at ${clock(item.due)}`;
  if (item.state === "paused" && item.kind !== "collection") return "paused";
  if (item.kind === "collection" && item.members) {
    const {total, ended, failed} = members(item);
    const lack = item.announced ? `; the catalog announced ${number.format(item.announced)} and listed ${number.format(item.listed)}` : "";
    return `${number.format(ended)} of ${number.format(total)}${failed ? `, ${number.format(failed)} failed` : ""}${lack}`;
  }
  if (now) {
    if (now.ready) return `ready for ${now.stage}`;
    const parts = [now.stage];
    if (now.bytes_per_second) parts.push(`${bytes(now.bytes_per_second)}/s`);
    if (now.seconds_left !== undefined) parts.push(`${duration(now.seconds_left)} left`);
    return parts.join(", ");
  }
  return (item.artwork ? "without its cover: " : "") + (item.path || item.id);
}

const paces = new Map();        // id of a list -> [[time, members that ended]]

/** How fast a list goes and how long it will take: bytes of what moves for it, and members that ended lately. */
function paceOf(item, {total, ended}) {
  const now = performance.now(), samples = (paces.get(item.id) || []).filter(([at]) => now - at < 120000);
  if (!samples.length || samples[samples.length - 1][1] !== ended) samples.push([now, ended]);
  if (paces.size > 500) paces.clear();
  paces.set(item.id, samples);
  let speed = 0;
  for (const record of active.values()) if (record.parent === item.id) speed += record.bytes_per_second || 0;
  const seconds = (now - samples[0][0]) / 1000, rate = (ended - samples[0][1]) / seconds;
  const parts = [`${Math.floor(100 * ended / total)} %`];
  if (speed) parts.push(`${bytes(speed)}/s`);
  if (seconds > 5 && rate > 0) parts.push(`${duration((total - ended) / rate)} left`);
  return parts.join(", ");
}

function fillHead(row, {section}) {
  row.className = `row section ${section.group ? "group" : section.title.toLowerCase()}`;
  if (row.head !== section) {
    const cell = make("div", "heading", make("span", "title"));
    cell.setAttribute("role", "gridcell");
    if (section.group) cell.append(press("Retry", () => retryGroup(section.group)), press("Copy", () => copyGroup(section.group)));
    row.replaceChildren(cell);
    row.head = section;
  }
  set(row.querySelector(".title"), section.title);
  row.querySelector(".title").title = section.title;
}

function fill(row, at) {
  const where = place(at);
  row.setAttribute("aria-rowindex", at + 1);
  row.at = at;
  row.tabIndex = at === (view.focus < 0 ? 0 : view.focus) ? 0 : -1;
  if (!where || where.section) {
    row.item = row.parts = undefined;
    for (const name of ["aria-expanded", "aria-selected", "aria-level", "data-id"]) row.removeAttribute(name);
    if (where) fillHead(row, where); else { row.className = "row"; row.head = undefined; row.replaceChildren(); }
    return;
  }
  if (!row.parts) build(row);
  row.head = undefined;
  const item = where.list.item(where.index), {check, cover, initials, name, reason: why, state, pace, bar, acts} = row.parts;
  row.item = item; row.where = where;
  row.setAttribute("aria-level", where.level);
  if (!item) {
    row.className = "row"; row.removeAttribute("aria-expanded"); row.removeAttribute("data-id");
    set(name, "…"); set(why, ""); set(state, ""); set(pace, ""); bar.className = "idle"; cover.removeAttribute("src"); cover.dataset.id = "";
    return;
  }
  const now = active.get(item.id), key = now && item.state === "ready" && !now.ready ? "running" : now && now.ready && item.state === "running" ? "ready" : item.state;
  row.className = `row ${key}`;
  row.dataset.id = item.id;
  const isCollection = item.kind === "collection", sums = members(item);
  if (isCollection && where.level === 1 && sums.total) row.setAttribute("aria-expanded", expanded.has(where.key)); else row.removeAttribute("aria-expanded");
  row.setAttribute("aria-selected", selected.has(item.id));
  check.checked = selected.has(item.id);
  set(name, titleOf(item, now));
  name.title = name.textContent;
  set(initials, initial(name.textContent));
  const found = view.search && item.list && where.level === 1 ? `in ${item.list.title || item.list.id}: ` : "";
  set(why, found + reason(item, now));
  why.title = why.textContent;
  let part = "", speed = "";
  bar.className = "idle";
  if (isCollection && item.members && !item.finished) {
    if (sums.total) { bar.max = sums.total; bar.value = sums.ended; bar.className = ""; speed = item.state === "paused" ? "" : paceOf(item, sums); }
  } else if (now && now.total) {
    bar.max = now.total; bar.value = now.bytes; bar.className = ""; part = `${Math.floor(100 * now.bytes / now.total)} %`;
  }
  set(state, part && key === "running" ? part : key);
  set(pace, speed);
  bar.setAttribute("aria-label", `progress of ${name.textContent}`);
  // The picture comes with the file, so it is requested once there is one.
  const picture = item.state === "done" || item.state === "skipped" || isCollection && sums.ended || item.state === "running" || now ? item.id : "";
  if (cover.dataset.id !== picture || cover.dataset.state !== key && cover.dataset.missing === picture) {
    cover.dataset.id = picture; cover.dataset.state = key; cover.dataset.missing = "";
    if (picture) cover.src = `v1/items/${encodeURIComponent(picture)}/cover`; else cover.removeAttribute("src");
  }
  const can = possible(item);
  for (const act of acts.children) {
    act.hidden = !can[act.dataset.act];
    if (act.dataset.act === "cancel") { act.setAttribute("aria-label", can.cancel); act.title = can.cancel; }
  }
}

/** What can be done with an item; how it is cancelled is said in words. */
export function possible(item) {
  const ended = ["done", "skipped", "failed", "cancelled"].includes(item.state) && item.finished;
  return {
    pause: !ended && item.state !== "paused", resume: item.state === "paused" || item.kind === "collection" && !!(item.members || {}).paused,
    retry: item.state === "failed" || item.state === "cancelled", cancel: ended ? "remove from the list" : "cancel"};
}

scroll.addEventListener("scroll", draw, {passive: true});
addEventListener("resize", draw);
