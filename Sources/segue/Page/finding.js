// The box at the top: a word is searched for in all catalogs, a link or reference is added; what was found is planned first.

import {ask, byId, bytes, initial, make, number, press, say, set, trying} from "./tools.js";
import {renewSoon} from "./queue.js";

const box = byId("refs");
let sources = {catalogs: [], search: false, plan: false};
let asking = new AbortController();

/** Ends what was asked before, whose programs end with it. */
function anew() {
  asking.abort();
  asking = new AbortController();
  return {signal: asking.signal};
}

/** Whether a line is a link, a reference such as playlist:3, or a record. */
const isReference = line => /^[a-z][a-z0-9+.-]*:\/\//i.test(line) || /^[^:\s/.]+(:\S+)+$/.test(line) || line.startsWith("{");
const lines = () => box.value.split("\n").map(line => line.trim()).filter(Boolean);

function added(answer) {
  const parts = [`${number.format(answer.added)} added`];
  if (answer.again) parts.push(`${number.format(answer.again)} restarted`);
  if (answer.known) parts.push(`${number.format(answer.known)} known already`);
  parts.push(...(answer.told || []).slice(0, 3));
  for (const one of (answer.refused || []).slice(0, 3)) parts.push(`${one.ref}: ${one.detail}`);
  say(parts.join(", "), (answer.refused || []).length > 0);
  renewSoon();
}

async function add(refs, first = byId("first").checked) {
  added(await ask("POST", `v1/items?first=${first}`, refs.join("\n"), {type: "text/plain"}));
}

byId("add").addEventListener("submit", event => {
  event.preventDefault();
  trying(async () => {
    const refs = lines();
    if (!refs.length) return say("Type a word to search for, or paste a link first.", true);
    if (refs.length === 1 && !isReference(refs[0])) return search(refs[0]);
    box.value = "";
    try {
      await add(refs);
    } catch (error) {
      box.value = [...refs, box.value].filter(Boolean).join("\n");
      throw error;
    }
  });
});
box.addEventListener("keydown", event => {
  if (event.key === "Enter" && !event.shiftKey) { event.preventDefault(); byId("add").requestSubmit(); }
  if (event.key === "Escape") close();
});
byId("preview").addEventListener("click", () => {
  const refs = lines();
  if (refs.length !== 1 || !isReference(refs[0])) return say("A preview takes one link or reference.", true);
  plan(refs[0], refs[0]);
});

// ---- Search --------------------------------------------------------------------------------------------------------

const plural = {track: "Tracks", album: "Albums", playlist: "Playlists", artist: "Artists"};

export async function search(text) {
  if (!sources.search) return say("No catalog of this pipeline can be searched; paste a link or a reference.", true);
  const options = anew();
  byId("found").hidden = false;
  byId("found-list").replaceChildren();
  set(byId("found-said"), `Searching ${sources.catalogs.join(", ") || "the catalogs"} …`);
  try {
    const found = await ask("GET", `v1/search?limit=8&q=${encodeURIComponent(text)}`, undefined, options);
    set(byId("found-said"), [found.results.length ? `${number.format(found.results.length)} found for “${text}”` : `Nothing was found for “${text}”`, ...found.notes].join("; "));
    const isPictured = found.results.some(hit => hit.picture);
    byId("found-list").replaceChildren(...Object.keys(plural).map(type => {
      const hits = found.results.filter(hit => hit.type === type);
      return hits.length ? make("section", "hits", make("h2", "", plural[type]), ...hits.map(hit => hitOf(hit, isPictured))) : "";
    }).filter(Boolean));
  } catch (error) {
    if (error.name !== "AbortError") set(byId("found-said"), error.message);
  }
}

function hitOf(hit, isPictured = false) {
  const title = hit.title || hit.ref, about = [hit.artist, hit.album, hit.ref].filter(Boolean).join(" · ");
  const parts = [make("b", "", title), make("small", "", about), ...hit.state ? [make("small", "known", hit.state)] : []];
  return press(make("span", "", ...isPictured ? [pictureOf(hit, title)] : [], ...parts), () => plan(hit.ref, title), isPictured ? "hit pictured" : "hit");
}

function pictureOf(hit, title) {
  const image = make("img"), box = make("span", "cover", make("span", "initials", initial(title)), image);
  box.setAttribute("aria-hidden", "true");
  image.alt = "";
  if (hit.picture) { image.dataset.name = hit.picture; sight.observe(image); }
  return box;
}

// A browser asks a server for few things at once: pictures wait until they are in sight, and leave room for what the user does.
const MOST_LOADING = 2;
let waiting = [], loading = 0;

function load() {
  waiting = waiting.filter(image => image.isConnected);
  while (loading < MOST_LOADING && waiting.length) {
    const image = waiting.shift();
    loading++;
    for (const end of ["load", "error"]) image.addEventListener(end, () => { loading--; if (end === "error") image.removeAttribute("src"); load(); });
    image.src = `v1/pictures/${image.dataset.name}`;
  }
}
const sight = new IntersectionObserver(entries => {
  for (const {isIntersecting, target} of entries) if (isIntersecting) { sight.unobserve(target); waiting.push(target); }
  load();
});

function close() {
  byId("found").hidden = true;
  byId("found-list").replaceChildren();
  asking.abort();
}
byId("found-close").addEventListener("click", close);

// ---- Plan ----------------------------------------------------------------------------------------------------------

let planned;

export function plan(ref, title) {
  planned = ref;
  set(byId("plan-title"), title);
  byId("plan-lines").replaceChildren();
  set(byId("plan-said"), sources.plan ? "Asking the catalog …" : "This pipeline cannot tell what it would fetch.");
  byId("plan-follow").hidden = /^([^:]+:)?track:/.test(ref);
  byId("plan").showModal();
  if (!sources.plan) return;
  const options = anew();
  ask("POST", "v1/plan", {ref}, options).then(show, error => {
    if (error.name !== "AbortError" && planned === ref) set(byId("plan-said"), error.message);
  });
}

function show(told) {
  const size = bytes(told.bytes) + (told.unknown_bytes ? ` and ${number.format(told.unknown_bytes)} of unknown size` : "");
  const parts = [told.tracks ? `${number.format(told.tracks)} to fetch, ${size}` : "Nothing to fetch"];
  if (told.skipped) parts.push(`${number.format(told.skipped)} in the library already`);
  if (told.again) parts.push(`${number.format(told.again)} there twice`);
  if (told.failed) parts.push(`${number.format(told.failed)} cannot be had`);
  if (!told.whole) parts.push("not all could be told in time");
  set(byId("plan-said"), parts.join("; "));
  const list = told.lines.find(line => line.plan === "list" && line.title);
  if (list) set(byId("plan-title"), list.title);
  byId("plan-lines").replaceChildren(...told.lines.filter(line => line.plan !== "list").slice(0, 300).map(lineOf));
}

function lineOf(line) {
  const name = line.path ? line.path.split("/").slice(-2).join(" / ") : line.id;
  const facts = {fetch: [line.format, line.bytes && bytes(line.bytes)].filter(Boolean).join(", "), skip: "there already", again: "twice", fail: line.message}[line.plan];
  return make("li", line.plan, make("span", "", name), make("small", "", facts || ""));
}

byId("plan").addEventListener("close", () => { planned = undefined; asking.abort(); });
for (const [id, first] of [["plan-add", false], ["plan-first", true]]) {
  byId(id).addEventListener("click", () => trying(async () => {
    const ref = planned;
    byId("plan").close();
    close();
    box.value = "";
    await add([ref], first);
  }));
}

byId("plan-follow").addEventListener("click", () => trying(async () => {
  const ref = planned;
  byId("plan").close();
  const answer = await ask("POST", "v1/follows", {ref});
  say(`${answer.title || answer.ref} is followed, and asked for every 6 hours`);
}));

// ---- Examples ------------------------------------------------------------------------------------------------------

let hasExamples = false;

/** Three things that this pipeline's catalogs have, asked for once, when there is nothing to show. */
export function examples(isWanted) {
  byId("examples").hidden = !isWanted;
  // A client has one search at a time: this one must not end one that the user began.
  if (!isWanted || hasExamples || !sources.search || !byId("found").hidden) return;
  hasExamples = true;
  ask("GET", "v1/search?limit=1&q=the").then(found => {
    const some = found.results.slice(0, 3).map(hit => hitOf(hit));
    if (some.length) byId("examples").replaceChildren(make("p", "", "To begin with:"), ...some);
  }, () => {});
}

export async function begin() {
  try { sources = await ask("GET", "v1/sources"); } catch { return; }
  if (sources.search) box.placeholder = `A word to search for in ${sources.catalogs.slice(0, 3).join(", ")}, or a link`;
  byId("preview").hidden = !sources.plan;
}

// ---- Files ---------------------------------------------------------------------------------------------------------

const addFile = file => trying(async () => {
  const first = byId("first").checked ? "&first=true" : "";
  added(await ask("POST", `v1/lists?name=${encodeURIComponent(file.name)}${first}`, await file.arrayBuffer(), {type: "application/octet-stream"}));
});
byId("file").addEventListener("change", async () => { for (const file of byId("file").files) await addFile(file); byId("file").value = ""; });
addEventListener("dragover", event => { event.preventDefault(); document.body.classList.add("dropping"); });
addEventListener("dragleave", event => { if (!event.relatedTarget) document.body.classList.remove("dropping"); });
addEventListener("drop", async event => {
  event.preventDefault();
  document.body.classList.remove("dropping");
  for (const file of event.dataTransfer.files) await addFile(file);
  const text = event.dataTransfer.files.length ? "" : event.dataTransfer.getData("text");
  if (text) { box.value = text; byId("add").requestSubmit(); }
});
