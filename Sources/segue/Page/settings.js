// What can be changed while the server runs.

import {ask, byId, bytes, keep, kept, make, press, say, trying} from "./tools.js";
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

/** The fields for the limits of one host, and what is in them. */
function fieldsOf(limit, of) {
  const [parallel, rate, speed, segments] = [field(`requests at once, ${of}`, limit.parallel), field(`requests a second, ${of}`, limit.rate),
    field(`bytes a second, ${of}`, limit.bytes ? bytes(limit.bytes) : "", "text"), field(`segments, ${of}`, limit.segments)];
  const read = () => {
    const found = {};
    if (speed.value.trim() && bytesOf(speed.value) === undefined) throw new Error("Bytes a second are written as 2 MB or 500 kB.");
    for (const [key, value] of [["parallel", parallel.value], ["rate", rate.value], ["bytes", speed.value.trim() && bytesOf(speed.value)], ["segments", segments.value]]) {
      if (value !== "") found[key] = Number(value);
    }
    return found;
  };
  return {fields: [parallel, rate, speed, segments], read};
}

/** Buttons that do what they say with the limits of something. */
const actsOf = (of, acts) => make("span", "", ...Object.entries(acts).map(([name, act]) => {
  const button = press(name, () => trying(act));
  button.setAttribute("aria-label", `${name.toLowerCase()} the limits of ${of}`);
  return button;
}));

const named = host => {
  if (!host.value.trim()) throw new Error("Name a host, * or + first.");
  return host.value.trim();
};

function hostOf(limit) {
  const isNew = !limit, of = isNew ? "a further host" : limit.host;
  const host = isNew ? field("host", "", "text") : limit.host, {fields, read} = fieldsOf(limit || {}, of);
  const save = async () => {
    const name = isNew ? named(host) : host;
    drawHosts(await ask("PUT", `v1/hosts/${encodeURIComponent(name)}`, read()));
    say(`The limits of ${name} hold from its next request on`);
  };
  const remove = async () => {
    drawHosts(await ask("DELETE", `v1/hosts/${encodeURIComponent(host)}`));
    say(`${host} has no limits of its own any more`);
  };
  return line(host, ...fields, actsOf(of, isNew ? {Add: save} : {Save: save, Remove: remove}));
}

function drawHosts({limits}) {
  byId("hosts").tBodies[0].replaceChildren(...limits.map(hostOf), hostOf());
}

// ---- The schedule: a line for each host in each period ---------------------------------------------------------------

/** Has the lines hold from now on, as periods of those with one time. */
async function holdTo(lines, text) {
  const periods = new Map(lines.map(({time}) => [time, []]));
  for (const {time, limit} of lines) periods.get(time).push(limit);
  drawSchedule(await ask("PUT", "v1/schedule", {periods: [...periods].map(([time, limits]) => ({time, limits}))}));
  say(text);
  // The driver sets what it changes at this time of the day.
  setTimeout(() => { if (!byId("hosts").contains(document.activeElement)) ask("GET", "v1/hosts").then(drawHosts, () => {}); }, 1500);
}

function lineOf(one, lines) {
  const isNew = !one, of = isNew ? "a further time" : `${one.limit.host} at ${one.time}`;
  const [time, host] = isNew ? [field("time of the day", "", "text"), field("host at that time", "", "text")] : [make("span", "", one.time, ...one.in_force ? [make("b", "", "in force")] : []), one.limit.host];
  if (isNew) { time.placeholder = "23:00-07:00"; host.placeholder = "+"; }
  const {fields, read} = fieldsOf(isNew ? {} : one.limit, of);
  const save = () => {
    if (!isNew) return holdTo(lines.map(other => other === one ? {time: one.time, limit: {host, ...read()}} : other), `Other limits of ${host} hold at ${one.time}`);
    const added = {time: time.value.trim(), limit: {host: named(host), ...read()}};
    return holdTo([...lines, added], `${added.limit.host} has limits of its own at ${added.time}`);
  };
  const remove = () => holdTo(lines.filter(other => other !== one), `${host} has the usual limits at ${one.time}`);
  return line(time, host, ...fields, actsOf(of, isNew ? {Add: save} : {Save: save, Remove: remove}));
}

function drawSchedule({periods}) {
  const lines = periods.flatMap(({time, in_force, limits}) => limits.map(limit => ({time, in_force, limit})));
  byId("schedule").tBodies[0].replaceChildren(...lines.map(one => lineOf(one, lines)), lineOf(undefined, lines));
}

export async function drawSettings() {
  const [{stages}, hosts, schedule] = await Promise.all(["v1/stages", "v1/hosts", "v1/schedule"].map(path => ask("GET", path)));
  byId("stages").tBodies[0].replaceChildren(...stages.map(stageOf));
  drawHosts(hosts);
  drawSchedule(schedule);
}

const compact = byId("compact");
function arrangeRows() {
  document.body.classList.toggle("compact", compact.checked);
  draw();
}
compact.checked = kept("compact") === "yes";
compact.addEventListener("change", () => {
  keep("compact", compact.checked ? "yes" : "no");
  arrangeRows();
});
arrangeRows();
