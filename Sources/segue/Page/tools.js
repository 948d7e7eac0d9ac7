// What all parts of the page use: elements, words, REST, and what is said to the user. Strings from catalogs are only ever
// set as text.

export const byId = id => document.getElementById(id);
export const number = new Intl.NumberFormat();

export function bytes(n) {
  const units = ["B", "kB", "MB", "GB", "TB"];
  let unit = 0;
  while (n >= 1000 && unit < units.length - 1) { n /= 1000; unit++; }
  return `${n >= 100 || unit === 0 ? Math.round(n) : n.toFixed(1)} ${units[unit]}`;
}

export function duration(seconds) {
  const h = Math.floor(seconds / 3600), m = Math.floor(seconds / 60) % 60, s = Math.floor(seconds % 60);
  return h ? `${h}:${String(m).padStart(2, "0")}:${String(s).padStart(2, "0")}` : `${m}:${String(s).padStart(2, "0")}`;
}

export const clock = text => {
  const time = new Date(text);
  return time.toDateString() === new Date().toDateString() ? time.toLocaleTimeString() : time.toLocaleString();
};

export const set = (element, text) => { if (element.textContent !== text) element.textContent = text; };

export function make(tag, name, ...children) {
  const element = document.createElement(tag);
  if (name) element.className = name;
  element.append(...children);
  return element;
}

export function drawing(tag, attributes = {}, ...children) {
  const element = document.createElementNS("http://www.w3.org/2000/svg", tag);
  for (const [name, value] of Object.entries(attributes)) element.setAttribute(name, value);
  element.append(...children);
  return element;
}

export const icon = name => drawing("svg", {"aria-hidden": "true"}, drawing("use", {href: `#${name}`}));

/** A button with a picture alone; in a row it is reached by keys of the row. */
export function button(act, label) {
  const element = make("button", "", icon(act));
  element.type = "button"; element.dataset.act = act; element.tabIndex = -1;
  element.setAttribute("aria-label", label); element.title = label;
  return element;
}

export function press(label, act, name = "") {
  const element = make("button", name, label);
  element.type = "button";
  element.addEventListener("click", act);
  return element;
}

export const items = n => `${number.format(n)} ${n === 1 ? "item" : "items"}`;

/** What an item is called. */
export const titleOf = (item, other = {}) => {
  const title = item.title || other.title, artist = item.artist || other.artist;
  return title ? (artist ? `${artist} – ${title}` : title) : item.ref || item.id;
};

/** What stands in the place of a cover. */
export const initial = name => [...name.replace(/[^\p{L}\p{N}]/gu, "")].slice(0, 1).join("").toUpperCase() || "♪";

export async function ask(method, path, body, {type = "application/json", signal} = {}) {
  const options = {method, headers: {}, signal};
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

/** Says something below the box at the top; `undo`, if there is one, takes back what was done. */
export function say(text, isBad, undo) {
  const out = byId("said");
  out.className = isBad ? "bad" : "";
  out.replaceChildren(text, ...undo ? [" ", press("Undo", () => { say(""); undo(); })] : []);
}

export async function trying(work) {
  try { await work(); } catch (error) { if (error.name !== "AbortError") say(error.message, true); }
}

/** What this browser keeps of a visit for the next one; nothing where it does not let pages keep anything. */
export function kept(name) {
  try { return localStorage.getItem(name); } catch { return null; }
}
export function keep(name, value) {
  try { localStorage.setItem(name, value); } catch { /* it holds for this visit */ }
}

/** Whether the user agrees; what concerns many items and cannot be taken back is asked first. */
export function sure(text, yes) {
  const box = byId("sure");
  set(byId("sure-text"), text);
  set(byId("sure-yes"), yes);
  box.returnValue = "no";
  box.showModal();
  return new Promise(done => box.addEventListener("close", () => done(box.returnValue === "yes"), {once: true}));
}

/** Copies a text, also where the page was not loaded over TLS. */
export async function copy(text) {
  try {
    await navigator.clipboard.writeText(text);
  } catch {
    const area = make("textarea", "unseen");
    area.value = text;
    (document.querySelector("dialog[open]") || document.body).append(area);
    area.select();
    document.execCommand("copy");
    area.remove();
  }
  say("Copied.");
}
