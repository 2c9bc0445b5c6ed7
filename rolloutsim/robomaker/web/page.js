"use strict";

const SVG = "http://www.w3.org/2000/svg";
const $ = (id) => document.getElementById(id);
let state = null;

function element(name, text, kind) {
  const made = document.createElement(name);
  if (text !== undefined) made.textContent = text;
  if (kind) made.className = kind;
  return made;
}

// A step curve of how many robots are done, in a box of 1000 by 100.
function curve(job, done, kind) {
  const path = document.createElementNS(SVG, "path");
  const width = 1000 / Math.max(job.span, 1e-9);
  let count = 0;
  let line = "M0,100";
  for (const [t, succeeded] of job.finished) {
    if (succeeded !== done) continue;
    count += 1;
    line += `H${Math.min(t * width, 1000).toFixed(2)}V${(100 - (100 * count) / Math.max(job.size, 1)).toFixed(2)}`;
  }
  path.setAttribute("d", `${line}H1000`);
  path.setAttribute("class", kind);
  return path;
}

function article(job) {
  const made = element("article");
  const code = job.failureCode ? ` (${job.failureCode})` : "";
  made.append(element("p", `${job.arn.split("/").pop()} on ${job.fleet}: ${job.status}${code}`));
  const picture = document.createElementNS(SVG, "svg");
  picture.setAttribute("viewBox", "0 0 1000 100");
  picture.setAttribute("preserveAspectRatio", "none");
  picture.setAttribute("role", "img");
  picture.setAttribute("aria-label", "Robots that are done over time");
  picture.append(curve(job, true, "done"), curve(job, false, "failed"));
  made.append(picture);
  const counts = Object.entries(job.robots).map(([status, robots]) => `${status} ${robots}`).join(", ");
  const key = element("p");
  key.append(element("span", "Robots InSync", "key-done"), ", ", element("span", "robots that failed", "key-failed"));
  key.append(` of ${job.size}, over ${job.spanInWords}`);
  made.append(key, element("p", counts));
  return made;
}

function show(found) {
  state = found;
  $("date").textContent = new Date(1000 * found.createdAt).toISOString();
  $("pace").textContent = found.pace.words;
  $("pause").textContent = found.pace.paused ? "Go on" : "Pause";
  if (document.activeElement !== $("speed")) $("speed").value = found.pace.speed;
  const rows = Object.entries(found.robots).map(([status, robots]) => {
    const row = element("tr");
    row.append(element("td", status), element("td", String(robots)));
    return row;
  });
  $("robots").tBodies[0].replaceChildren(...rows);
  $("jobs").replaceChildren(...found.jobs.map(article));
}

async function send(path, content) {
  const options = content ? { method: "POST", headers: { "content-type": "application/json" }, body: JSON.stringify(content) } : {};
  try {
    const response = await fetch(path, options);
    const found = await response.json();
    $("problem").textContent = response.ok ? "" : found.message;
    if (response.ok) show(found);
  } catch (error) {
    $("problem").textContent = `the server does not answer (${error.message})`;
  }
}

$("pause").addEventListener("click", () => send("/-/clock", { paused: !state.pace.paused }));
$("hour").addEventListener("click", () => send("/-/clock", { advance: "1 h" }));
$("clock").addEventListener("submit", (event) => {
  event.preventDefault();
  send("/-/clock", { speed: Number($("speed").value), paused: false });
});
send("/-/state");
setInterval(() => send("/-/state"), 1000);
