// What was done on each of the last days, as pictures and as a table.

import {ask, byId, bytes, drawing, initial, make, number, titleOf} from "./tools.js";
import {drawDamage} from "./damage.js";

const WIDTH = 600, HEIGHT = 140, FOOT = 24;

/** A bar for each day, made of parts that are stacked; `text` says a value in words. */
function chart(title, days, parts, text) {
  const values = days.map(day => parts.map(([, read]) => read(day)));
  const sums = values.map(one => one.reduce((a, b) => a + b, 0)), most = Math.max(...sums, 1), step = WIDTH / days.length;
  const picture = drawing("svg", {viewBox: `0 0 ${WIDTH} ${HEIGHT + FOOT}`, role: "img", "aria-label": `${title}: ${text(sums.reduce((a, b) => a + b, 0))} in ${days.length} days, at most ${text(Math.max(...sums))} on one`});
  days.forEach((day, index) => {
    let y = HEIGHT;
    const bar = drawing("g", {}, drawing("title", {}, `${day.date}: ${text(sums[index])}`), drawing("rect", {class: "ground", x: index * step, y: 0, width: step, height: HEIGHT}));
    parts.forEach(([name], part) => {
      const height = values[index][part] / most * (HEIGHT - 24);
      y -= height;
      if (height) bar.append(drawing("rect", {class: name, x: index * step + 2, y, width: step - 4, height, rx: 2}));
    });
    picture.append(bar);
  });
  picture.append(drawing("line", {x1: 0, x2: WIDTH, y1: HEIGHT, y2: HEIGHT}));
  for (const [index, anchor] of [[0, "start"], [days.length - 1, "end"]]) {
    picture.append(drawing("text", {x: index ? WIDTH : 0, y: HEIGHT + 18, "text-anchor": anchor}, days[index].date));
  }
  if (Math.max(...sums)) picture.append(drawing("text", {x: 0, y: 15}, `most: ${text(Math.max(...sums))}`));
  return make("figure", "", make("figcaption", "", title), picture);
}

function table(days) {
  const head = ["Day", "Done", "Bytes", "Skipped", "Failed"].map(name => { const cell = make("th", "", name); cell.scope = "col"; return cell; });
  const rows = days.filter(day => day.done + day.skipped + day.failed).reverse().map(day => make("tr", "", ...[
    day.date, number.format(day.done), bytes(day.bytes), number.format(day.skipped),
    number.format(day.failed) + (day.failed ? ` (${Object.entries(day.failures).map(([name, n]) => `${n} ${name}`).join(", ")})` : "")].map(text => make("td", "", text))));
  return make("details", "", make("summary", "", "As a table"), make("table", "", make("thead", "", make("tr", "", ...head)), make("tbody", "", ...rows)));
}

export async function drawHistory() {
  const [{days, damaged}, {items}] = await Promise.all([ask("GET", "v1/history?days=30"), ask("GET", "v1/items?state=done&newest=true&limit=40")]);
  const sum = name => days.reduce((n, day) => n + day[name], 0), classes = {};
  for (const day of days) for (const [name, n] of Object.entries(day.failures)) classes[name] = (classes[name] || 0) + n;
  const done = sum("done"), failed = sum("failed");
  const facts = [["Done", number.format(done)], ["Bytes", bytes(sum("bytes"))], ["Skipped", number.format(sum("skipped"))],
    ["Failed", number.format(failed) + (failed ? ` (${Object.entries(classes).map(([name, n]) => `${number.format(n)} ${name}`).join(", ")})` : "")],
    ["Succeeded", done + failed ? `${Math.floor(1000 * done / (done + failed)) / 10} %` : "–"]];
  byId("sums").replaceChildren(...facts.map(([name, value]) => make("div", "", make("dt", "", name), make("dd", "", value))));
  byId("charts").replaceChildren(
    chart("Tracks done, and failed", days, [["good", day => day.done], ["bad", day => day.failed]], n => number.format(n)),
    chart("Bytes fetched", days, [["plain", day => day.bytes]], bytes), table(days));
  drawDamage(damaged);
  byId("newest").replaceChildren(...items.filter(item => item.kind === "track").slice(0, 12).map(item => {
    const cover = make("img");
    cover.alt = ""; cover.loading = "lazy"; cover.src = `v1/items/${encodeURIComponent(item.id)}/cover`;
    cover.addEventListener("error", () => cover.removeAttribute("src"));
    return make("li", "", make("span", "cover", make("span", "initials", initial(titleOf(item))), cover), make("span", "name", titleOf(item)));
  }));
}
