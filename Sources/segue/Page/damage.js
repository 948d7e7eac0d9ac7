// Files of the library that were found damaged: a notice until it is dismissed, and a table in the history.

import {ask, byId, clock, keep, kept, make, number} from "./tools.js";
import {drawNotices} from "./header.js";

let damaged = [];               // the newest first
let dismissed = kept("damage seen") || "";

const was = {missing: "was missing", truncated: "was truncated", changed: "was damaged", unreadable: "could not be read"};

/** What was done about it. */
const became = file => !file.queued ? "it stays as it is" : {
  done: "it was fetched again", skipped: "it was fetched again", failed: "it could not be fetched again", cancelled: "fetching it again was cancelled"}[file.state] || "it is in the queue again";

/** What there is to notice: text, and what can be done about it by its name. */
export function damageNotices() {
  const news = damaged.filter(file => file.at > dismissed);
  if (!news.length) return [];
  const [last] = news, text = `${last.path} ${was[last.finding] || last.finding}: ${became(last)}.`;
  const show = () => byId("tabs").querySelector("[data-page=history]").click();
  const dismiss = () => { keep("damage seen", dismissed = last.at); drawNotices(); };
  return [[news.length > 1 ? `${number.format(news.length)} files of the library were damaged, the last one: ${text}` : text, {Show: show, Dismiss: dismiss}]];
}

export const isDamaged = id => damaged.some(file => file.id === id);

let renewal = 0;
/** Asks again, soon. */
export function renewDamage() {
  if (!renewal) renewal = setTimeout(async () => {
    renewal = 0;
    try { ({damaged} = await ask("GET", "v1/history?days=30")); } catch { /* asked again after reconnecting */ }
    drawNotices();
  }, 300);
}

export function drawDamage(files) {
  byId("damage").hidden = !files.length;
  byId("damage").querySelector("tbody").replaceChildren(...files.map(file => make("tr", "", ...[clock(file.at), file.path, file.finding, became(file)].map(text => make("td", "", text)))));
}
