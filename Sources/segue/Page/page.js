"use strict";
// The page shows what the server knows: lists come over REST, a block at a time, as they are scrolled into view, and
// changes come over WebSocket. Strings from catalogs are only ever set as text.

const BLOCK = 100, MOST_BLOCKS = 60, MOST_HEIGHT = 8e6;
const byId = id => document.getElementById(id);
const scroll = byId("scroll"), rows = byId("rows"), space = byId("space");

const words = {ready: "queued", running: "active", open: "in progress", done: "done", skipped: "already there"};
const number = new Intl.NumberFormat();

function bytes(n) {
  const units = ["B", "kB", "MB", "GB", "TB"];
  let unit = 0;
  while (n >= 1000 && unit < units.length - 1) { n /= 1000; unit++; }
  return `${n >= 100 || unit === 0 ? Math.round(n) : n.toFixed(1)} ${units[unit]}`;
}

function duration(seconds) {
  const h = Math.floor(seconds / 3600), m = Math.floor(seconds / 60) % 60, s = Math.floor(seconds % 60);
  return h ? `${h}:${String(m).padStart(2, "0")}:${String(s).padStart(2, "0")}` : `${m}:${String(s).padStart(2, "0")}`;
}

const clock = text => {
  const time = new Date(text);
  return time.toDateString() === new Date().toDateString() ? time.toLocaleTimeString() : time.toLocaleString();
};

async function ask(method, path, body, type = "application/json") {
  const options = {method, headers: {}};
  if (body !== undefined) {
    options.body = type === "application/json" ? JSON.stringify(body) : body;
    options.headers["Content-Type"] = type;
  }
  const response = await fetch(path, options);
  const text = await response.text();
  const answer = text ? JSON.parse(text) : {};
  if (!response.ok) throw new Error(answer.detail || response.statusText);
  return answer;
}

// ---- State ---------------------------------------------------------------------------------------------------------

let stats = {}, filter = "all", search = "";
const active = new Map();       // id -> the latest progress of a record in progress
const expanded = new Map();     // key of a row -> {id, list}
const selected = new Set();
let sections = [];              // the lists shown one below the other

/** A list on the server, whose blocks are fetched when they come into view. */
class List {
  constructor(query, title, total) {
    Object.assign(this, {query, title, total, blocks: new Map(), asked: new Set(), age: 0});
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

const lists = () => [...sections, ...[...expanded.values()].map(e => e.list)];
const sum = (...states) => states.reduce((n, state) => n + (stats[state] || 0), 0);

/** Chooses the lists for the filter and the search; a list that stays keeps its items. */
function arrange() {
  const text = search ? `q=${encodeURIComponent(search)}` : "";
  let wanted;
  if (filter !== "all") wanted = [[[`state=${filter}`, text].filter(Boolean).join("&"), "", search ? 0 : stats[filter] || 0]];
  // A search covers all items, including members of lists.
  else if (search) wanted = [[text, "", 0]];
  else wanted = [...(stats.failed ? [["state=failed", "Failed", stats.failed]] : []), ["top=true&not=failed", "Queue", 0]];
  sections = wanted.map(([query, title, total]) => {
    const old = sections.find(list => list.query === query);
    if (old) { if (total) old.total = total; return old; }
    const list = new List(query, title, total);
    list.fetch(0);
    return list;
  });
  draw();
}

function renewAll() {
  for (const list of lists()) list.renew();
  arrange();
}

let renewal = 0;
/** Requests what is visible again, soon: a change concerned more than one item. */
function renewSoon() {
  if (!renewal) renewal = setTimeout(() => { renewal = 0; renewAll(); }, 400);
}

// ---- Rows ----------------------------------------------------------------------------------------------------------

/** Whether its title is shown above it. */
const isHeaded = section => section.title && sections.length > 1 && section.total > 0;

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

function count() {
  let n = 0;
  for (const section of sections) n += section.total + (isHeaded(section) ? 1 : 0);
  for (const [key, {list}] of expanded) if (sections.some(s => key.startsWith(s.query + "\n"))) n += list.total;
  return n;
}

const rowHeight = () => parseFloat(getComputedStyle(document.documentElement).getPropertyValue("--row"));
const shown = new Map();        // row -> element
let drawing = false, focus = -1;

function draw() {
  if (drawing) return;
  drawing = true;
  requestAnimationFrame(() => { drawing = false; drawNow(); });
}

function drawNow() {
  const height = rowHeight(), total = count(), real = total * height, virtual = Math.min(real, MOST_HEIGHT);
  space.style.height = `${virtual}px`;
  rows.setAttribute("aria-rowcount", total);
  byId("empty").hidden = total > 0;
  byId("empty").textContent = filter === "all" && !search ? "Nothing here. Paste a reference or a link above." : "Nothing here.";
  // A list that is taller than a browser can scroll is scrolled proportionally.
  const room = scroll.clientHeight, most = Math.max(1, virtual - room);
  const top = real > virtual ? Math.min(1, scroll.scrollTop / most) * (real - room) : scroll.scrollTop;
  const first = Math.max(0, Math.floor(top / height) - 4), last = Math.min(total, Math.ceil((top + room) / height) + 4);
  if (focus >= total) focus = -1;
  const wanted = new Set();
  for (let row = first; row < last; row++) wanted.add(row);
  // The focused row stays in the document even out of view, so that it keeps the focus.
  if (focus >= 0) wanted.add(focus);
  for (const [row, element] of shown) if (!wanted.has(row)) { element.remove(); shown.delete(row); }
  for (const row of wanted) {
    let element = shown.get(row);
    if (!element) { element = makeRow(); shown.set(row, element); rows.append(element); }
    element.style.transform = `translateY(${Math.round(scroll.scrollTop + row * height - top)}px)`;
    fill(element, row);
  }
  drawTotals();
}

function icon(name) {
  const svg = document.createElementNS("http://www.w3.org/2000/svg", "svg");
  const use = document.createElementNS("http://www.w3.org/2000/svg", "use");
  use.setAttribute("href", `#${name}`);
  svg.append(use);
  svg.setAttribute("aria-hidden", "true");
  return svg;
}

function make(tag, name, ...children) {
  const element = document.createElement(tag);
  if (name) element.className = name;
  element.append(...children);
  return element;
}

function button(act, label) {
  const element = make("button", "", icon(act));
  element.type = "button"; element.dataset.act = act; element.tabIndex = -1;
  element.setAttribute("aria-label", label); element.title = label;
  return element;
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
  const end = make("div", "end", make("div", "state"), make("progress"));
  const acts = make("div", "acts", button("pause", "pause"), button("resume", "resume"), button("retry", "retry"), button("cancel", "cancel"));
  for (const part of [text, end, acts]) part.setAttribute("role", "gridcell");
  row.replaceChildren(check, button("fold", "fold"), make("div", "cover", cover), text, end, acts);
  row.parts = {check, cover, name: text.children[0], reason: text.children[1], state: end.children[0], bar: end.children[1], acts};
}

const set = (element, text) => { if (element.textContent !== text) element.textContent = text; };

function members(item) {
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
  if (item.kind === "collection" && item.members) {
    const {total, ended, failed} = members(item);
    const lack = item.announced ? `; the catalog announced ${number.format(item.announced)} and listed ${number.format(item.listed)}` : "";
    return `${number.format(ended)} of ${number.format(total)}${failed ? `, ${number.format(failed)} failed` : ""}${lack}`;
  }
  if (now) {
    if (now.ready) return `waiting for ${now.stage}`;
    const parts = [now.stage];
    if (now.bytes_per_second) parts.push(`${bytes(now.bytes_per_second)}/s`);
    if (now.seconds_left !== undefined) parts.push(`${duration(now.seconds_left)} left`);
    return parts.join(", ");
  }
  return (item.artwork ? "without its cover: " : "") + (item.path || item.id);
}

function fill(row, at) {
  const where = place(at);
  row.setAttribute("aria-rowindex", at + 1);
  row.at = at;
  row.tabIndex = at === (focus < 0 ? 0 : focus) ? 0 : -1;
  if (!where || where.section) {
    row.item = row.parts = undefined;
    row.className = where ? `row section ${where.section.title.toLowerCase()}` : "row";
    row.removeAttribute("aria-expanded"); row.removeAttribute("aria-selected"); row.removeAttribute("aria-level");
    set(row, where ? where.section.title : "");
    return;
  }
  if (!row.parts) build(row);
  const item = where.list.item(where.index), {check, cover, name, reason: why, state, bar, acts} = row.parts;
  row.item = item; row.where = where;
  row.setAttribute("aria-level", where.level);
  if (!item) {
    row.className = "row"; row.removeAttribute("aria-expanded"); row.removeAttribute("data-id");
    set(name, "…"); set(why, ""); set(state, ""); bar.className = "idle"; cover.removeAttribute("src"); cover.dataset.id = "";
    return;
  }
  const now = active.get(item.id), key = now && item.state === "ready" && !now.ready ? "running" : now && now.ready && item.state === "running" ? "ready" : item.state;
  row.className = `row ${key}`;
  row.dataset.id = item.id;
  const isCollection = item.kind === "collection";
  if (isCollection && where.level === 1 && members(item).total) row.setAttribute("aria-expanded", expanded.has(where.key)); else row.removeAttribute("aria-expanded");
  row.setAttribute("aria-selected", selected.has(item.id));
  check.checked = selected.has(item.id);
  const title = item.title || (now && now.title), artist = item.artist || (now && now.artist);
  set(name, title ? (artist ? `${artist} – ${title}` : title) : item.ref || item.id);
  name.title = name.textContent;
  const found = search && item.list && where.level === 1 ? `in ${item.list.title || item.list.id}: ` : "";
  set(why, found + reason(item, now));
  why.title = why.textContent;
  let part = "";
  bar.className = "idle";
  if (isCollection && item.members && !item.finished) {
    const {total, ended} = members(item);
    if (total) { bar.max = total; bar.value = ended; bar.className = ""; part = `${Math.floor(100 * ended / total)} %`; }
  } else if (now && now.total) {
    bar.max = now.total; bar.value = now.bytes; bar.className = ""; part = `${Math.floor(100 * now.bytes / now.total)} %`;
  }
  set(state, part && key === "running" ? part : words[key] || key);
  bar.setAttribute("aria-label", `progress of ${name.textContent}`);
  // The picture comes with the file, so it is requested once there is one.
  const picture = item.state === "done" || item.state === "skipped" || isCollection && members(item).ended || item.state === "running" || now ? item.id : "";
  if (cover.dataset.id !== picture || cover.dataset.state !== key && cover.dataset.missing === picture) {
    cover.dataset.id = picture; cover.dataset.state = key; cover.dataset.missing = "";
    if (picture) cover.src = `v1/items/${encodeURIComponent(picture)}/cover`; else cover.removeAttribute("src");
  }
  const ended = ["done", "skipped", "failed", "cancelled"].includes(item.state) && item.finished;
  const can = {pause: !ended && item.state !== "paused", resume: item.state === "paused" || isCollection && (item.members || {}).paused, retry: item.state === "failed" || item.state === "cancelled", cancel: true};
  for (const act of acts.children) {
    act.hidden = !can[act.dataset.act];
    if (act.dataset.act === "cancel") { const label = ended ? "remove from the list" : "cancel"; act.setAttribute("aria-label", label); act.title = label; }
  }
}

// ---- Totals --------------------------------------------------------------------------------------------------------

const speeds = [];

function drawTotals() {
  const ended = sum("done", "skipped", "failed", "cancelled"), all = ended + sum("ready", "running", "waiting", "open", "paused");
  set(byId("total-done"), `${number.format(sum("done", "skipped"))} of ${number.format(all)}`);
  set(byId("total-failed"), number.format(sum("failed")));
  byId("total-failed").className = stats.failed ? "some" : "";
  set(byId("total-active"), number.format(sum("running")));
  set(byId("total-waiting"), number.format(sum("ready", "waiting")));
  set(byId("success"), stats.success_rate === undefined ? "–" : `${Math.floor(1000 * stats.success_rate) / 10} %`);
  set(byId("speed"), stats.bytes_per_second ? `${bytes(stats.bytes_per_second)}/s` : "–");
  set(byId("left"), stats.seconds_left === undefined ? "–" : duration(stats.seconds_left));
  byId("overall").max = all || 1;
  byId("overall").value = ended;
  document.title = all > ended ? `${ended}/${all} segue` : "segue";
  for (const tab of byId("filters").children) {
    const key = tab.dataset.filter;
    if (key === "all") continue;
    set(tab.querySelector("span"), stats[key] ? number.format(stats[key]) : "");
    tab.classList.toggle("some", !!stats[key]);
    tab.hidden = !stats[key] && key !== filter && key !== "failed" && key !== "done";
  }
  const chosen = byId("chosen");
  chosen.hidden = !selected.size;
  set(chosen, `${number.format(selected.size)} selected`);
  for (const verb of byId("verbs").querySelectorAll("button")) {
    const name = verb.dataset.verb, some = selected.size > 0;
    set(verb, {pause: some ? "Pause" : "Pause all", resume: some ? "Resume" : "Resume all", retry: some ? "Retry" : "Retry failed", cancel: "Cancel", clear: "Clear finished"}[name]);
    verb.hidden = name === "cancel" && !some || name === "clear" && some || name === "retry" && !some && !stats.failed;
  }
}

function drawGraph() {
  speeds.push(stats.bytes_per_second || 0);
  while (speeds.length > 120) speeds.shift();
  const most = Math.max(...speeds, 1), start = 120 - speeds.length;
  const line = speeds.map((speed, i) => `${start + i} ${(31 - 29 * speed / most).toFixed(1)}`).join("L");
  byId("graph-line").setAttribute("d", `M${line}`);
  byId("graph-area").setAttribute("d", `M${start} 32L${line}L119 32Z`);
}

function drawNotices() {
  const notices = [];
  if (stats.all_paused) notices.push(["Everything is paused.", "Resume all", () => steer("resume")]);
  if (stats.spool_full) notices.push(["The spool is full: nothing more is fetched until failed items are retried or cancelled."]);
  for (const pause of stats.pauses || []) notices.push([`${pause.host} is paused until ${clock(pause.until)}.`]);
  for (const stage of stats.stages || []) {
    if (stage.trouble) notices.push([`${stage.name} is halted: ${stage.trouble}`, "Try again", () => ask("POST", `v1/stages/${encodeURIComponent(stage.name)}/restart`)]);
    for (const hold of stage.holds || []) {
      notices.push([`${stage.name} holds back what needs ${hold.needs}: ${hold.message}`, "Try again", () => ask("POST", `v1/stages/${encodeURIComponent(stage.name)}/restart`)]);
    }
  }
  const key = JSON.stringify(notices.map(n => n[0]));
  const box = byId("notices");
  if (box.dataset.key === key) return;
  box.dataset.key = key;
  box.replaceChildren(...notices.map(([text, label, act]) => {
    const line = make("p", "", make("span", "", text));
    if (act) { const press = make("button", "", label); press.addEventListener("click", act); line.append(press); }
    return line;
  }));
}

// ---- Events --------------------------------------------------------------------------------------------------------

let socket, seq, delay = 500;

function connect() {
  const base = new URL("v1/events", location.href);
  base.protocol = base.protocol === "https:" ? "wss:" : "ws:";
  if (seq !== undefined) base.searchParams.set("since", seq);
  socket = new WebSocket(base);
  socket.addEventListener("open", () => { delay = 500; live(true); });
  socket.addEventListener("message", message => take(JSON.parse(message.data)));
  socket.addEventListener("close", () => {
    live(false);
    setTimeout(connect, delay * (0.75 + Math.random() / 2));
    delay = Math.min(10000, delay * 2);
  });
}

function live(isLive) {
  const text = isLive ? "live" : "not connected, reconnecting";
  set(byId("connection"), text);
  byId("connection").className = isLive ? "live" : "";
  document.body.classList.toggle("stale", !isLive);
}

const ends = {completed: "done", failed: "failed", skipped: "skipped", cancelled: "cancelled"};

function take(event) {
  seq = event.seq;
  const item = event.id && event.type !== "progress" ? lists().map(list => list.find(event.id)).filter(Boolean) : [];
  switch (event.type) {
  case "snapshot":
    active.clear();
    for (const record of event.active) active.set(record.id, record);
    takeStats(event.stats);
    return renewAll();
  case "stats": return takeStats(event);
  case "progress": active.set(event.id, event); break;
  case "started":
    active.set(event.id, event);
    for (const one of item) one.state = "running";
    break;
  case "waiting":
    active.delete(event.id);
    for (const one of item) Object.assign(one, {state: "waiting", due: event.until, failure: event.message && event});
    break;
  case "throttled": break;
  case "completed": case "failed": case "skipped": case "cancelled":
    active.delete(event.id);
    for (const one of item) {
      Object.assign(one, {state: ends[event.type], path: event.path, finished: true, due: undefined, failure: event.type === "failed" ? event : undefined});
      if (one.kind === "collection") renewSoon();
    }
    if (event.type === "failed" || event.items || filter !== "all") renewSoon(); else if (event.parent) renewParent(event.parent);
    break;
  case "added":
    if (event.parent) renewParent(event.parent); else renewSoon();
    break;
  default: renewSoon();
  }
  draw();
}

function takeStats(event) {
  const failed = !!stats.failed;
  stats = event;
  drawGraph();
  drawNotices();
  if (failed !== !!stats.failed) arrange();
  for (const list of sections) {
    const state = new URLSearchParams(list.query).get("state");
    if (state && !search && stats[state] !== list.total) { list.total = stats[state] || 0; list.renew(); }
  }
  draw();
}

const parents = new Set();
let parentsTimer = 0;
/** Requests a collection's row again, at most once a second, and its members if they are shown. */
function renewParent(id) {
  parents.add(id);
  if (parentsTimer) return;
  parentsTimer = setTimeout(async () => {
    const ids = [...parents];
    parents.clear();
    for (const parent of ids) {
      const known = lists().map(list => list.find(parent)).filter(Boolean);
      if (!known.length) continue;
      const visible = [...shown.values()].some(row => row.item && row.item.id === parent);
      const open = [...expanded.values()].filter(entry => entry.id === parent);
      if (!visible && !open.length) continue;
      try {
        const item = await ask("GET", `v1/items/${encodeURIComponent(parent)}`);
        for (const one of known) Object.assign(one, item);
        for (const entry of open) { const {total} = members(item); if (total !== entry.list.total) { entry.list.total = total; entry.list.renew(); } }
      } catch { /* gone from the list */ }
    }
    parentsTimer = 0;
    draw();
  }, 1000);
}

// ---- Steering ------------------------------------------------------------------------------------------------------

function say(text, isBad) {
  const out = byId("said");
  out.className = isBad ? "bad" : "";
  out.textContent = text;
}

async function trying(work) {
  try { await work(); } catch (error) { say(error.message, true); }
}

function steer(verb, ids = [...selected]) {
  return trying(async () => {
    const body = ids.length ? {ids} : verb === "retry" ? {state: "failed"} : undefined;
    const answer = await ask("POST", `v1/${verb}`, body), {items} = answer;
    say([`${number.format(items)} ${items === 1 ? "item" : "items"}: ${verb}`, ...staying(answer)].join("; "));
    if (ids.length) selected.clear();
    renewSoon();
  });
}

/** Which items clear or cancel left in the queue, and why. */
function staying({members, holding}) {
  const belong = members === 1 ? "it belongs to a list, and goes only with it" : `${number.format(members || 0)} belong to lists, and go only with them`;
  const failed = holding === 1 ? "a list stays, since something in it failed" : `${number.format(holding || 0)} lists stay, since something in them failed`;
  return [...(members ? [belong] : []), ...(holding ? [failed] : [])];
}

function act(name, row) {
  const {item, where} = row;
  if (!item) return;
  const path = `v1/items/${encodeURIComponent(item.id)}`;
  if (name === "select") {
    if (selected.has(item.id)) selected.delete(item.id); else selected.add(item.id);
  } else if (name === "fold") {
    if (item.kind !== "collection" || where.level !== 1) return details(item);
    if (expanded.has(where.key)) expanded.delete(where.key);
    else expanded.set(where.key, {id: item.id, list: new List(`parent=${encodeURIComponent(item.id)}`, "", members(item).total)});
  } else if (name === "cancel") {
    trying(async () => {
      const left = staying(await ask("DELETE", path));
      if (left.length) say(left.join("; "));
      renewSoon();
    });
  } else {
    trying(async () => { await ask("POST", `${path}/${name}`); renewSoon(); });
  }
  draw();
}

async function details(item) {
  await trying(async () => {
    const found = await ask("GET", `v1/items/${encodeURIComponent(item.id)}`);
    set(byId("details-title"), [found.artist, found.title].filter(Boolean).join(" – ") || found.ref || found.id);
    set(byId("details-state"), `${found.id}: ${words[found.state] || found.state}, at ${found.stage}`);
    set(byId("details-path"), (found.path || found.ref || "") + (found.artwork ? " (without its cover, which could not be fetched)" : ""));
    const tries = found.attempts.map(a => make("li", "", `${new Date(a.at).toLocaleString()}, ${a.stage}: ${a.message} (${a.class}, ${a.code})`));
    byId("attempts").replaceChildren(...tries.length ? tries : [make("li", "", "Nothing.")]);
    byId("details").showModal();
  });
}

rows.addEventListener("click", event => {
  const row = event.target.closest(".row");
  if (!row) return;
  focus = row.at;
  const press = event.target.closest("[data-act]");
  if (press) act(press.dataset.act, row);
  else if (event.target.closest(".reason") && row.item && row.item.failure) details(row.item);
  else if (event.ctrlKey || event.metaKey || event.shiftKey) act("select", row);
  draw();
});
rows.addEventListener("dblclick", event => { const row = event.target.closest(".row"); if (row && row.item) details(row.item); });

/** Moves the focus to a row, and scrolls it into view. */
function go(to) {
  const total = count(), height = rowHeight();
  if (!total) return;
  focus = Math.max(0, Math.min(total - 1, to));
  const real = total * height, virtual = Math.min(real, MOST_HEIGHT), room = scroll.clientHeight;
  const scale = real > virtual ? (virtual - room) / (real - room) : 1;
  const top = scroll.scrollTop / scale;
  if (focus * height < top) scroll.scrollTop = focus * height * scale;
  else if ((focus + 1) * height > top + room) scroll.scrollTop = ((focus + 1) * height - room) * scale;
  drawNow();
  const row = shown.get(focus);
  if (row) row.focus({preventScroll: true});
}

rows.addEventListener("keydown", event => {
  const row = event.target.closest(".row");
  if (!row || event.target !== row || event.ctrlKey || event.metaKey || event.altKey) return;
  const page = Math.max(1, Math.floor(scroll.clientHeight / rowHeight()) - 1);
  const open = row.getAttribute("aria-expanded");
  const keys = {
    ArrowDown: () => go(row.at + 1), ArrowUp: () => go(row.at - 1), PageDown: () => go(row.at + page), PageUp: () => go(row.at - page),
    Home: () => go(0), End: () => go(count() - 1), " ": () => act("select", row), Enter: () => row.item && details(row.item),
    ArrowRight: () => { if (open === "false") act("fold", row); }, ArrowLeft: () => { if (open === "true") act("fold", row); },
    Delete: () => act("cancel", row), p: () => act(row.item && row.item.state === "paused" ? "resume" : "pause", row), r: () => act("retry", row)};
  if (!keys[event.key]) return;
  event.preventDefault();
  keys[event.key]();
});

byId("filters").addEventListener("click", event => {
  const tab = event.target.closest("button");
  if (!tab) return;
  filter = tab.dataset.filter;
  for (const other of byId("filters").children) other.setAttribute("aria-pressed", other === tab);
  expanded.clear(); selected.clear(); focus = -1; scroll.scrollTop = 0;
  arrange();
});

byId("verbs").addEventListener("click", event => { const verb = event.target.closest("button"); if (verb) steer(verb.dataset.verb); });

let typing = 0;
byId("search").addEventListener("input", () => {
  clearTimeout(typing);
  typing = setTimeout(() => { search = byId("search").value.trim(); scroll.scrollTop = 0; arrange(); }, 250);
});

// ---- Adding --------------------------------------------------------------------------------------------------------

function added(answer) {
  const parts = [`${number.format(answer.added)} added`];
  if (answer.again) parts.push(`${number.format(answer.again)} restarted`);
  if (answer.known) parts.push(`${number.format(answer.known)} already queued`);
  parts.push(...(answer.told || []).slice(0, 3));
  for (const one of (answer.refused || []).slice(0, 3)) parts.push(`${one.ref}: ${one.detail}`);
  say(parts.join(", "), (answer.refused || []).length > 0);
}

byId("add").addEventListener("submit", event => {
  event.preventDefault();
  trying(async () => {
    const refs = byId("refs").value.split("\n").map(line => line.trim()).filter(Boolean);
    if (!refs.length) return say("Paste a reference or a link first.", true);
    byId("refs").value = "";
    try {
      added(await ask("POST", `v1/items?first=${byId("first").checked}`, refs.join("\n"), "text/plain"));
    } catch (error) {
      byId("refs").value = [...refs, byId("refs").value].filter(Boolean).join("\n");
      throw error;
    }
  });
});
byId("refs").addEventListener("keydown", event => {
  if (event.key === "Enter" && !event.shiftKey) { event.preventDefault(); byId("add").requestSubmit(); }
});

const addFile = file => trying(async () => {
  const first = byId("first").checked ? "&first=true" : "";
  added(await ask("POST", `v1/lists?name=${encodeURIComponent(file.name)}${first}`, await file.arrayBuffer(), "application/octet-stream"));
});
byId("file").addEventListener("change", async () => { for (const file of byId("file").files) await addFile(file); byId("file").value = ""; });
addEventListener("dragover", event => { event.preventDefault(); document.body.classList.add("dropping"); });
addEventListener("dragleave", event => { if (!event.relatedTarget) document.body.classList.remove("dropping"); });
addEventListener("drop", async event => {
  event.preventDefault();
  document.body.classList.remove("dropping");
  for (const file of event.dataTransfer.files) await addFile(file);
  const text = event.dataTransfer.files.length ? "" : event.dataTransfer.getData("text");
  if (text) { byId("refs").value = text; byId("add").requestSubmit(); }
});

scroll.addEventListener("scroll", draw, {passive: true});
addEventListener("resize", draw);
arrange();
connect();
