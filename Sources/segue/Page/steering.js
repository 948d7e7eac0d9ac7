// What users do with items: one, several, all, or all that failed for one reason.

import {ask, byId, copy, items, make, number, say, set, sure, titleOf, trying} from "./tools.js";
import {arrange, count, draw, drawNow, expanded, List, members, possible, queryOf, regroup, renewSoon, rowHeight, selected, shown, view} from "./queue.js";

const rows = byId("rows"), scroll = byId("scroll");
const did = {pause: "paused", resume: "resumed", retry: "retried", cancel: "cancelled", clear: "cleared"};
const undone = {pause: "resume", resume: "pause"};

/** Which items clear or cancel left in the queue, and why. */
function staying({members, holding}) {
  const belong = members === 1 ? "it belongs to a list, and goes only with it" : `${number.format(members || 0)} belong to lists, and go only with them`;
  const failed = holding === 1 ? "a list stays, since something in it failed" : `${number.format(holding || 0)} lists stay, since something in them failed`;
  return [...(members ? [belong] : []), ...(holding ? [failed] : [])];
}

export function steer(verb, ids = [...selected]) {
  return trying(async () => {
    if (verb === "cancel" && ids.length > 1 && !await sure(`Cancel ${items(ids.length)}? What was fetched of them so far is dropped.`, "Cancel them")) return;
    if (verb === "clear" && !await sure("Forget all finished items? Their files stay in the library.", "Forget them")) return;
    // Resuming everything would also resume what was paused before.
    const mayUndo = undone[verb] && (ids.length || !view.stats.paused);
    const body = ids.length ? {ids} : verb === "retry" ? {state: "failed"} : undefined;
    const answer = await ask("POST", `v1/${verb}`, body);
    const undo = mayUndo && (() => steer(undone[verb], ids));
    say([`${items(answer.items)} ${did[verb]}`, ...staying(answer)].join("; "), false, undo);
    if (ids.length) choosing(false);
    renewSoon();
  });
}

/** The items that failed for one reason. */
async function itemsOf(group) {
  const found = [];
  for (let after = ""; ;) {
    const page = await ask("GET", `v1/items?${queryOf(group)}&limit=1000${after}`);
    found.push(...page.items);
    if (!page.next) return found;
    after = `&after=${encodeURIComponent(page.next)}`;
  }
}

export const retryGroup = group => trying(async () => {
  const ids = (await itemsOf(group)).map(item => item.id);
  for (let start = 0; start < ids.length; start += 1000) await ask("POST", "v1/retry", {ids: ids.slice(start, start + 1000)});
  say(`${items(ids.length)} retried`);
  renewSoon();
});

export const copyGroup = group => trying(async () => {
  await copy((await itemsOf(group)).map(item => [titleOf(item), item.ref || item.id, item.failure && item.failure.message].filter(Boolean).join("\t")).join("\n"));
});

async function remove(known) {
  const path = `v1/items/${encodeURIComponent(known.id)}`;
  // The row may not know yet how many are in a list.
  const item = known.kind === "collection" ? await ask("GET", path) : known, {total} = members(item);
  const [text, yes] = possible(item).cancel === "cancel" ? [`Cancel ${titleOf(item)} with ${items(total)}?`, "Cancel it"] : [`Forget ${titleOf(item)} with ${items(total)}? The files stay in the library.`, "Forget it"];
  if (total > 1 && !await sure(text, yes)) return;
  const left = staying(await ask("DELETE", path));
  if (left.length) say(left.join("; "));
  renewSoon();
}

const steerOne = (name, item) => trying(async () => {
  if (name === "cancel") return remove(item);
  await ask("POST", `v1/items/${encodeURIComponent(item.id)}/${name}`);
  renewSoon();
});

export function act(name, row) {
  const {item, where} = row;
  if (!item) return;
  if (name === "select") {
    if (selected.has(item.id)) selected.delete(item.id); else selected.add(item.id);
  } else if (name === "fold") {
    if (item.kind !== "collection" || where.level !== 1) return details(item);
    if (expanded.has(where.key)) expanded.delete(where.key);
    else expanded.set(where.key, {id: item.id, list: new List(`parent=${encodeURIComponent(item.id)}`, "", members(item).total)});
  } else steerOne(name, item);
  draw();
}

// ---- One item ------------------------------------------------------------------------------------------------------

let detailed;

async function details(item) {
  await trying(async () => {
    const found = detailed = await ask("GET", `v1/items/${encodeURIComponent(item.id)}`);
    const tries = found.attempts.map(a => `${new Date(a.at).toLocaleString()}, ${a.stage}: ${a.message} (${a.class}, ${a.code})`);
    const can = possible(found), link = /^https?:\/\//.test(found.ref || "") ? found.ref : "";
    set(byId("details-title"), titleOf(found));
    set(byId("details-state"), `${found.id}: ${found.state}, at ${found.stage}`);
    set(byId("details-path"), (found.path || (link ? "" : found.ref) || "") + (found.artwork ? " (without its cover, which could not be fetched)" : ""));
    byId("details-link").hidden = !link;
    const anchor = byId("details-link").querySelector("a");
    if (link) { anchor.href = link; set(anchor, link); } else anchor.removeAttribute("href");
    byId("attempts").replaceChildren(...(tries.length ? tries : ["Nothing."]).map(text => make("li", "", text)));
    for (const press of byId("details").querySelectorAll("[data-act]")) press.hidden = !can[press.dataset.act];
    set(byId("details").querySelector("[data-act=cancel]"), can.cancel === "cancel" ? "Cancel" : "Remove from the list");
    detailed.text = [titleOf(found), link || found.ref || found.id, ...tries].join("\n");
    if (!byId("details").open) byId("details").showModal();
  });
}

byId("details").addEventListener("click", event => {
  const press = event.target.closest("[data-act]");
  if (!press) return;
  byId("details").close();
  steerOne(press.dataset.act, detailed);
});
byId("details-copy").addEventListener("click", () => copy(detailed.text));

// ---- Rows ----------------------------------------------------------------------------------------------------------

rows.addEventListener("click", event => {
  const row = event.target.closest(".row");
  if (!row || hasHeld) return;
  view.focus = row.at;
  const press = event.target.closest("[data-act]"), isSmall = matchMedia("(max-width: 720px)").matches;
  if (isChoosing() && row.item) act("select", row);
  else if (press) act(press.dataset.act, row);
  else if (event.target.closest(".reason") && row.item && row.item.failure || isSmall && row.item && event.target.closest(".cover")) details(row.item);
  else if (isSmall && row.item && event.target.closest(".text")) act("fold", row);
  else if (event.ctrlKey || event.metaKey || event.shiftKey) act("select", row);
  draw();
});
rows.addEventListener("dblclick", event => { const row = event.target.closest(".row"); if (row && row.item && !event.target.closest("button")) details(row.item); });

// ---- Choosing rows on a phone, where a tap chooses one: by a button, or by holding a finger on the first ---------------

const isChoosing = () => document.body.classList.contains("choosing");

function choosing(isOn) {
  document.body.classList.toggle("choosing", isOn);
  if (isOn) acting(false);
  selected.clear();
  draw();
}
byId("choose").addEventListener("click", () => choosing(!isChoosing()));

let holding = 0, hasHeld = false;
function hold(row) {
  if (hasHeld || isChoosing() || !row || !row.item) return;
  hasHeld = true;
  choosing(true);
  act("select", row);
}
rows.addEventListener("pointerdown", event => {
  const row = event.target.closest(".row");
  hasHeld = false;
  if (event.pointerType === "touch") holding = setTimeout(() => hold(row), 500);
});
// A finger that moves scrolls, and then the browser ends the pointer.
for (const end of ["pointerup", "pointercancel"]) rows.addEventListener(end, () => clearTimeout(holding));
// Some browsers open a menu under such a finger.
rows.addEventListener("contextmenu", event => {
  if (event.pointerType !== "touch") return;
  event.preventDefault();
  hold(event.target.closest(".row"));
});

/** Moves the focus to a row, and scrolls it into view. */
function go(to) {
  const total = count(), height = rowHeight();
  if (!total) return;
  view.focus = Math.max(0, Math.min(total - 1, to));
  const real = total * height, virtual = Math.min(real, 8e6), room = scroll.clientHeight;
  const scale = real > virtual ? (virtual - room) / (real - room) : 1;
  const top = scroll.scrollTop / scale;
  if (view.focus * height < top) scroll.scrollTop = view.focus * height * scale;
  else if ((view.focus + 1) * height > top + room) scroll.scrollTop = ((view.focus + 1) * height - room) * scale;
  drawNow();
  const row = shown.get(view.focus);
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

export function choose(filter) {
  view.filter = filter;
  for (const tab of byId("filters").children) tab.setAttribute("aria-pressed", tab.dataset.filter === filter);
  expanded.clear(); selected.clear(); view.focus = -1; scroll.scrollTop = 0;
  if (filter === "failed") regroup(); else arrange();
}

byId("filters").addEventListener("click", event => { const tab = event.target.closest("button"); if (tab) choose(tab.dataset.filter); });
byId("verbs").addEventListener("click", event => { const verb = event.target.closest("[data-verb]"); if (verb) steer(verb.dataset.verb); });
function acting(isOpen) {
  document.body.classList.toggle("acting", isOpen);
  byId("more").setAttribute("aria-expanded", isOpen);
  draw();
}
byId("more").addEventListener("click", () => acting(!document.body.classList.contains("acting")));

let typing = 0;
byId("search").addEventListener("input", () => {
  clearTimeout(typing);
  typing = setTimeout(() => { view.search = byId("search").value.trim(); scroll.scrollTop = 0; arrange(); }, 250);
});
