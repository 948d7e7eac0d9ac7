// What is always in sight: totals, speed, notices, and what moves now.

import {ask, byId, bytes, clock, duration, make, number, press, set, titleOf} from "./tools.js";
import {active, selected, view} from "./queue.js";
import {steer} from "./steering.js";
import {damageNotices} from "./damage.js";

const sum = (...states) => states.reduce((n, state) => n + (view.stats[state] || 0), 0);

export function drawHeader() {
  const {stats, filter} = view;
  const ended = sum("done", "skipped", "failed", "cancelled"), all = ended + sum("ready", "running", "waiting", "open", "paused");
  set(byId("total-done"), `${number.format(sum("done", "skipped"))} of ${number.format(all)}`);
  set(byId("total-failed"), number.format(sum("failed")));
  byId("total-failed").className = stats.failed ? "some" : "";
  set(byId("total-running"), number.format(sum("running")));
  set(byId("total-ready"), number.format(sum("ready")));
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
  const isChoosing = document.body.classList.contains("choosing");
  chosen.hidden = !selected.size && !isChoosing;
  set(chosen, selected.size ? `${number.format(selected.size)} selected` : "Tap what you want to select");
  set(byId("choose"), isChoosing ? "Done" : "Select");
  for (const verb of byId("verbs").querySelectorAll("[data-verb]")) {
    const name = verb.dataset.verb, some = selected.size > 0;
    set(verb, {pause: some ? "Pause" : "Pause all", resume: some ? "Resume" : "Resume all", retry: some ? "Retry" : "Retry failed", cancel: "Cancel", clear: "Clear finished"}[name]);
    verb.hidden = isChoosing && !some || name === "cancel" && !some || name === "clear" && some || name === "resume" && !some && !stats.paused && !stats.all_paused || name === "retry" && !some && !stats.failed;
  }
  drawMoving();
}

/** The transfers that are under way, few of them, so that the list below stays where it is. */
function drawMoving() {
  const moving = [...active.values()].filter(record => !record.ready && record.total), box = byId("moving");
  const most = matchMedia("(max-width: 720px)").matches ? 2 : 4, some = moving.slice(0, most);
  byId("now").hidden = !moving.length;
  set(byId("now-title"), moving.length > most ? `Now: ${number.format(moving.length)}` : "Now");
  while (box.children.length > some.length) box.lastChild.remove();
  while (box.children.length < some.length) {
    const [name, told, bar] = [make("span", "name"), make("span", "told"), make("progress")];
    const line = make("li", "moving", name, told, bar);
    line.parts = {name, told, bar};
    box.append(line);
  }
  some.forEach((record, index) => {
    const {name, told, bar} = box.children[index].parts;
    const parts = [record.stage, `${Math.floor(100 * record.bytes / record.total)} % of ${bytes(record.total)}`];
    if (record.bytes_per_second) parts.push(`${bytes(record.bytes_per_second)}/s`);
    if (record.seconds_left !== undefined) parts.push(`${duration(record.seconds_left)} left`);
    set(name, titleOf(record));
    set(told, parts.join(", "));
    bar.max = record.total; bar.value = record.bytes;
    bar.setAttribute("aria-label", `progress of ${name.textContent}`);
  });
}

const speeds = [];

export function drawGraph() {
  speeds.push(view.stats.bytes_per_second || 0);
  while (speeds.length > 120) speeds.shift();
  byId("graph").classList.toggle("young", speeds.length < 5);
  const most = Math.max(...speeds, 1), start = 120 - speeds.length;
  const line = speeds.map((speed, i) => `${start + i} ${(31 - 29 * speed / most).toFixed(1)}`).join("L");
  byId("graph-line").setAttribute("d", `M${line}`);
  byId("graph-area").setAttribute("d", `M${start} 32L${line}L119 32Z`);
}

let unsent = [];                // whom notices wait for
/** Asks again who does not take notices. */
export async function renewUnsent() {
  try { unsent = (await ask("GET", "healthz")).notices || []; } catch { /* asked again after reconnecting */ }
  drawNotices();
}

export function drawNotices() {
  const notices = [], {stats} = view;
  if (stats.all_paused) notices.push(["Everything is paused.", {"Resume all": () => steer("resume", [])}]);
  if (stats.spool_full) notices.push(["The spool is full: nothing more is fetched until failed items are retried or cancelled."]);
  for (const pause of stats.pauses || []) notices.push([`${pause.host} is paused until ${clock(pause.until)}.`]);
  for (const stage of stats.stages || []) {
    const restart = () => ask("POST", `v1/stages/${encodeURIComponent(stage.name)}/restart`);
    if (stage.trouble) notices.push([`${stage.name} is halted: ${stage.trouble}`, {"Try again": restart}]);
    for (const hold of stage.holds || []) notices.push([`${stage.name} holds back what needs ${hold.needs}: ${hold.message}`, {"Try again": restart}]);
  }
  for (const {recipient, count, message} of unsent) notices.push([`${count === 1 ? "1 notice waits" : `${number.format(count)} notices wait`} for ${recipient}: ${message}.`]);
  notices.push(...damageNotices());
  const key = JSON.stringify(notices.map(n => n[0]));
  const box = byId("notices");
  if (box.dataset.key === key) return;
  box.dataset.key = key;
  box.replaceChildren(...notices.map(([text, acts = {}]) => make("p", "", make("span", "", text), ...Object.entries(acts).map(([label, act]) => press(label, act)))));
}
