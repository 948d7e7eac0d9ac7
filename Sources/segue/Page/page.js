// The page shows what the server knows: lists come over REST, changes over WebSocket.

import {ask, byId, set, trying} from "./tools.js";
import {active, arrange, draw, expanded, follow, isShown, lists, members, renewAll, renewSoon, view} from "./queue.js";
import {drawGraph, drawNotices, renewUnsent} from "./header.js";
import {begin} from "./finding.js";
import {drawFollowed} from "./followed.js";
import {drawHistory} from "./history.js";
import {isDamaged, renewDamage} from "./damage.js";
import {drawSettings} from "./settings.js";
import "./steering.js";

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
  set(byId("connection"), isLive ? "live" : "not connected, reconnecting");
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
    renewDamage();
    renewUnsent();
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
  case "damaged": return renewDamage();
  case "completed": case "failed": case "skipped": case "cancelled":
    active.delete(event.id);
    if (isDamaged(event.id)) renewDamage();
    for (const one of item) {
      Object.assign(one, {state: ends[event.type], path: event.path, finished: true, due: undefined, failure: event.type === "failed" ? event : undefined});
      if (one.kind === "collection") renewSoon();
    }
    if (event.type === "failed" || event.items || view.filter !== "all") renewSoon(); else if (event.parent) renewParent(event.parent);
    break;
  case "added":
    if (event.parent) renewParent(event.parent); else renewSoon();
    break;
  default: renewSoon();
  }
  draw();
}

function takeStats(event) {
  const failed = !!view.stats.failed;
  view.stats = event;
  drawGraph();
  drawNotices();
  if (failed !== !!event.failed) arrange();
  follow(event);
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
      const open = [...expanded.values()].filter(entry => entry.id === parent);
      if (!known.length || !isShown(parent) && !open.length) continue;
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

// ---- Pages ---------------------------------------------------------------------------------------------------------

const fresh = {followed: drawFollowed, history: drawHistory, settings: drawSettings};
let page = "queue";

byId("tabs").addEventListener("click", event => {
  const tab = event.target.closest("button");
  if (!tab) return;
  page = tab.dataset.page;
  for (const other of byId("tabs").children) {
    if (other === tab) other.setAttribute("aria-current", "page"); else other.removeAttribute("aria-current");
    byId(other.dataset.page).hidden = other !== tab;
  }
  if (fresh[page]) trying(fresh[page]);
  draw();
});
for (const [name, seconds] of [["followed", 5], ["history", 30]]) {
  // A field or button that is in use is not taken away.
  setInterval(() => { if (page === name && !document.hidden && !byId(name).contains(document.activeElement)) fresh[name]().catch(() => {}); }, seconds * 1000);
}

setInterval(() => { if (!document.hidden) renewUnsent(); }, 60_000);
document.addEventListener("visibilitychange", () => { if (!document.hidden) renewUnsent(); });

begin().then(draw);
arrange();
connect();
