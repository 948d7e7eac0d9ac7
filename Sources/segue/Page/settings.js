// What can be changed while the server runs.

import {ask, byId, bytes, make, press, say, trying} from "./tools.js";
import {draw} from "./queue.js";

const field = (label, value, type = "number") => {
  const input = make("input");
  input.type = type; input.value = value ?? ""; input.setAttribute("aria-label", label);
  if (type === "number") { input.min = 0; input.step = "any"; }
  return input;
};
const line = (...cells) => make("tr", "", ...cells.map(cell => make("td", "", cell)));

/** Bytes as people write them: 2 MB, 500k, 1000000; undefined for anything else. */
export function bytesOf(text) {
  const found = /^\s*([0-9]+(?:\.[0-9]+)?)\s*([kMGT]?)B?(?:\/s)?\s*$/i.exec(text);
  return found ? Math.round(found[1] * 1000 ** " kmgt".indexOf(found[2].toLowerCase() || " ")) : undefined;
}

function stageOf(stage) {
  const replicas = field(`replicas of ${stage.name}`, stage.replicas), path = `v1/stages/${encodeURIComponent(stage.name)}`;
  replicas.min = 1; replicas.max = 256; replicas.step = 1;
  replicas.addEventListener("change", () => trying(async () => {
    const now = await ask("PATCH", path, {replicas: Number(replicas.value)});
    say(`${stage.name} has ${now.replicas} replicas`);
  }));
  const restart = press("Restart", () => trying(async () => { await ask("POST", `${path}/restart`); say(`${stage.name} restarts`); }));
  restart.setAttribute("aria-label", `restart ${stage.name}`);
  return line(stage.name, String(stage.ready), String(stage.running), replicas, restart);
}

function hostOf(limit) {
  const isNew = !limit, of = isNew ? "a further host" : limit.host;
  const host = isNew ? field("host", "", "text") : limit.host;
  limit ??= {};
  const [parallel, rate, speed, segments] = [field(`requests at once, ${of}`, limit.parallel), field(`requests a second, ${of}`, limit.rate),
    field(`bytes a second, ${of}`, limit.bytes ? bytes(limit.bytes) : "", "text"), field(`segments, ${of}`, limit.segments)];
  const save = press(isNew ? "Add" : "Save", () => trying(async () => {
    const name = isNew ? host.value.trim() : host, body = {};
    if (!name) throw new Error("Name a host, * or + first.");
    if (speed.value.trim() && bytesOf(speed.value) === undefined) throw new Error("Bytes a second are written as 2 MB or 500 kB.");
    for (const [key, value] of [["parallel", parallel.value], ["rate", rate.value], ["bytes", speed.value.trim() && bytesOf(speed.value)], ["segments", segments.value]]) {
      if (value !== "") body[key] = Number(value);
    }
    drawHosts(await ask("PUT", `v1/hosts/${encodeURIComponent(name)}`, body));
    say(`The limits of ${name} hold from its next request on`);
  }));
  save.setAttribute("aria-label", isNew ? "add the limits of a further host" : `save the limits of ${of}`);
  const acts = make("span", "", save);
  if (!isNew) {
    const free = press("Remove", () => trying(async () => { drawHosts(await ask("DELETE", `v1/hosts/${encodeURIComponent(host)}`)); say(`${host} has no limits of its own any more`); }));
    free.setAttribute("aria-label", `remove the limits of ${of}`);
    acts.append(free);
  }
  return line(host, parallel, rate, speed, segments, acts);
}

function drawHosts({limits}) {
  byId("hosts").tBodies[0].replaceChildren(...limits.map(hostOf), hostOf());
}

export async function drawSettings() {
  const [{stages}, hosts] = await Promise.all([ask("GET", "v1/stages"), ask("GET", "v1/hosts")]);
  byId("stages").tBodies[0].replaceChildren(...stages.map(stageOf));
  drawHosts(hosts);
}

const compact = byId("compact");
function arrangeRows() {
  document.body.classList.toggle("compact", compact.checked);
  draw();
}
try { compact.checked = localStorage.getItem("compact") === "yes"; } catch { /* the browser keeps nothing */ }
compact.addEventListener("change", () => {
  try { localStorage.setItem("compact", compact.checked ? "yes" : "no"); } catch { /* it holds for this visit */ }
  arrangeRows();
});
arrangeRows();
