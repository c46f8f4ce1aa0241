// The way through the page: consent, camera, stage, result.

import { Camera } from "./camera.js";
import { again, consent } from "./consent.js";
import { Stage } from "./stage.js";
import { CAMERA_PROBLEM, CAMERA_PROBLEMS, PROBLEMS, RESULTS } from "./texts.js";

const FRESH = 120_000; // ms for which a ticket is surely good
const byId = (id) => document.getElementById(id);
const SECTIONS = ["consent", "camera", "stage", "result"];

const camera = new Camera(byId("video"));
const stage = new Stage(camera);
let entry = null;

function show(name, { focus = true } = {}) {
  for (const section of SECTIONS) byId(section).hidden = section !== name;
  document.body.dataset.at = name;
  mark(name);
  scrollTo(0, 0);
  if (focus) byId(name).querySelector("h1").focus({ preventScroll: true });
}

function mark(name) {
  const steps = [...document.querySelectorAll("#steps li")];
  const at = steps.findIndex((step) => step.dataset.of === name);
  steps.forEach((step, i) => {
    step.classList.toggle("past", i < at);
    if (i === at) step.setAttribute("aria-current", "step");
    else step.removeAttribute("aria-current");
  });
}

function place(section) {
  byId(section).querySelector(".place").append(byId("mirror"));
}

async function turnOn() {
  const problem = byId("camera-problem");
  problem.hidden = true;
  byId("turn-on").disabled = true;
  try {
    await camera.open();
  } catch (refusal) {
    problem.textContent = CAMERA_PROBLEMS[refusal.name] ?? CAMERA_PROBLEM;
    problem.hidden = false;
    return;
  } finally {
    byId("turn-on").disabled = false;
  }
  byId("mirror").hidden = false;
  byId("camera").classList.add("on");
  stage.guide.lay(camera.upright);
  byId("turn-on").hidden = true;
  byId("begin").hidden = false;
  byId("camera-note").textContent = "Only you see this mirror. Pictures are looked at from the moment you are ready.";
  byId("begin").focus();
}

async function begin() {
  byId("begin").disabled = true;
  const probed = await camera.probe();
  const got = entry && performance.now() - entry.at <= FRESH ? { entry } : await again();
  byId("begin").disabled = false;
  byId("camera-problem").hidden = Boolean(got.entry);
  if (!got.entry) {
    byId("camera-problem").textContent = PROBLEMS[got.problem] ?? PROBLEMS.later;
    return;
  }
  place("stage");
  show("stage");
  const { ticket, perform, star } = got.entry;
  entry = null;
  finish(await stage.play(ticket, probed, perform), star);
}

function finish(result, star) {
  camera.close();
  const told = RESULTS[result] ?? RESULTS.retry;
  byId("result").dataset.result = result;
  byId("result-title").textContent = told.title;
  byId("result-text").textContent = told.text;
  byId("result-note").textContent = told.note;
  byId("command").hidden = result !== "pass";
  byId("command-text").textContent = `limelight make song.mp3 --star ${star}`;
  byId("again").hidden = result === "pass" || result === "pending";
  show("result");
}

function back() {
  place("camera");
  byId("mirror").hidden = true;
  byId("camera").classList.remove("on");
  byId("turn-on").hidden = false;
  byId("begin").hidden = true;
  show("camera");
}

byId("turn-on").addEventListener("click", turnOn);
byId("begin").addEventListener("click", begin);
byId("again").addEventListener("click", back);
byId("copy").addEventListener("click", async () => {
  await navigator.clipboard.writeText(byId("command-text").textContent).catch(() => {});
  byId("copy").textContent = "Copied";
});
for (const button of document.querySelectorAll("[data-leave]")) {
  button.addEventListener("click", () => {
    if (stage.finish) stage.leave();
    else finish("left", "");
  });
}
document.addEventListener("keydown", (event) => {
  if (event.key === "Escape" && stage.finish) stage.leave();
});
addEventListener("pagehide", () => camera.close());
new MutationObserver(() => {
  if (document.body.dataset.at === "stage") mark(document.body.dataset.prompt === "perform" ? "song" : "stage");
}).observe(document.body, { attributeFilter: ["data-prompt", "data-at"] });

show("consent", { focus: false });
entry = await consent();
back();
