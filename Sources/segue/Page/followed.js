// The lists that are followed: when each is asked for next, what came of it the last time, what was new and what left.

import {ask, byId, clock, make, number, press, say, set, sure, trying} from "./tools.js";

const every = seconds => seconds % 86400 === 0 ? `${seconds / 86400} d` : seconds % 3600 === 0 ? `${seconds / 3600} h` : `${Math.round(seconds / 60)} min`;
const titleOf = follow => follow.title || follow.ref;
const pathOf = follow => `v1/follows/${encodeURIComponent(follow.id)}`;

/** What came of a list the last time that it was asked for. */
function resultOf(follow) {
  if (follow.state === "asked") return "asked for now";
  if (!follow.result) return "not asked for yet";
  const told = [follow.result, follow.tried && clock(follow.tried)].filter(Boolean).join(", ");
  return follow.message ? `${told}: ${follow.message}` : told;
}

function lineOf(follow) {
  const name = titleOf(follow), changes = `${number.format(follow.new)} new, ${number.format(follow.left)} left`;
  const show = press(changes, () => trying(() => showChanges(follow)));
  show.setAttribute("aria-label", `${changes}: show the changes of ${name}`);
  const poll = press("Ask now", () => trying(async () => { await ask("POST", `${pathOf(follow)}/poll`); await drawFollowed(); }));
  poll.setAttribute("aria-label", `ask for ${name} now`);
  poll.disabled = follow.state === "asked" || follow.state === "ended";
  const drop = press("Unfollow", () => trying(async () => {
    if (!await sure(`Follow ${name} no longer? What it brought stays.`, "Unfollow it")) return;
    await ask("DELETE", pathOf(follow));
    say(`${name} is followed no longer`);
    await drawFollowed();
  }));
  drop.setAttribute("aria-label", `unfollow ${name}`);
  const title = make("td", "", make("b", "", name), make("br"), make("small", "", [follow.title && follow.ref, follow.mirror && "mirrored", follow.keep && `the newest ${number.format(follow.keep)}`].filter(Boolean).join(" · ")));
  const result = make("td", follow.result === "failed" || follow.state === "ended" ? "bad" : "", resultOf(follow));
  const row = make("tr", "", title, make("td", "", every(follow.every_s)), make("td", "", follow.state === "ended" ? "never" : follow.due ? clock(follow.due) : "now"), result, make("td", "", show), make("td", "", make("span", "", poll, drop)));
  row.dataset.id = follow.id;
  return row;
}

async function showChanges(follow) {
  const found = await ask("GET", pathOf(follow)), box = byId("changes");
  set(byId("changes-title"), titleOf(found));
  byId("changes-list").replaceChildren(...[["New", found.new, found.new_tracks], ["Left", found.left, found.left_tracks]].flatMap(([word, count, tracks]) => [
    make("h3", "", `${word}: ${number.format(count)}`),
    make("ul", "", ...(tracks || []).map(track => make("li", "", track.title || track.id)), ...count > (tracks || []).length ? [make("li", "", "…")] : [])]));
  box.showModal();
}

export async function drawFollowed() {
  const {follows} = await ask("GET", "v1/follows");
  byId("follows").tBodies[0].replaceChildren(...follows.map(lineOf));
  byId("follows").hidden = !follows.length;
  byId("follows-none").hidden = follows.length > 0;
}

byId("follow").addEventListener("submit", event => {
  event.preventDefault();
  trying(async () => {
    const ref = byId("follow-ref").value.trim();
    if (!ref) throw new Error("Name a list first, such as playlist:3, or a link to a feed.");
    const answer = await ask("POST", "v1/follows", {ref, every: byId("follow-every").value, mirror: byId("follow-mirror").checked});
    byId("follow-ref").value = "";
    say([`${titleOf(answer)} is followed`, ...answer.told || []].join("; "));
    await drawFollowed();
  });
});
