// The stage: draws each answer of the server, sends the camera's pictures, and ends with a result.

import { Figure } from "./figure.js";
import { Guide } from "./guide.js";
import { Karaoke } from "./karaoke.js";
import { DETAILS, HINTS } from "./texts.js";
import { Voice } from "./voice.js";
import { Wire } from "./wire.js";

const INTERVAL = 62; // ms between two pictures: 15 a second and a bit
const A_COLOUR = 350; // ms that a colour stays at least: fewer than three changes a second, whatever is sent
const HINT_AFTER = 3; // answers in a row that bring a hint before it is shown
const painted = () => new Promise((resolve) => requestAnimationFrame(() => requestAnimationFrame(resolve)));
const byId = (id) => document.getElementById(id);

export class Stage {
  constructor(camera) {
    this.camera = camera;
    this.figure = new Figure(byId("figure"));
    this.guide = new Guide(byId("guide"));
    this.karaoke = new Karaoke(byId("karaoke"));
    this.voice = new Voice(byId("voice"));
    byId("skip").addEventListener("click", () => this.wire?.say({ type: "skip_performance" }));
  }

  /** Go through a session; resolves with its result. */
  async play(ticket, probed, performs) {
    this.prompt = null;
    this.shown = "";
    this.done = 0;
    this.again = false;
    this.hinted = ["", 0];
    this.coloured = 0;
    this.guide.lay(this.camera.upright);
    if (performs) await this.karaoke.load().catch(() => {});
    return new Promise((resolve) => {
      this.finish = (result) => {
        if (!this.finish) return;
        this.finish = null;
        this.rest();
        resolve(result);
      };
      this.wire = new Wire(ticket, (answer) => this.take(answer), () => this.finish?.("retry"));
      this.wire.opened.then(() => {
        this.wire.say(probed);
        this.film();
      }, () => {});
      this.draw();
    });
  }

  leave() {
    this.wire?.say({ type: "left" });
    this.finish?.("left");
  }

  rest() {
    this.wire.close();
    this.voice.stop();
    this.figure.stop();
    this.karaoke.stop();
    byId("flash").hidden = true;
    byId("hint").hidden = true;
    byId("big").hidden = true;
  }

  /** Send pictures as long as the server keeps up; one that it has no time for is never taken. */
  async film() {
    let last = 0;
    while (this.finish) {
      await this.camera.next();
      const time = performance.now();
      if (!this.wire.free || time - last < INTERVAL || !this.prompt) continue;
      last = time;
      const singing = this.sings && this.shown === this.prompt.id;
      const [prompt, audio] = [this.shown, singing ? this.karaoke.audio : null];
      const jpeg = await this.camera.picture(singing);
      if (jpeg && this.finish) this.wire.show({ time, prompt, audio, jpeg });
    }
  }

  get sings() {
    return this.prompt?.kind === "perform";
  }

  take(answer) {
    if (answer.result) {
      this.finish?.(answer.result);
      return;
    }
    byId("time").textContent = clock(answer.seconds_left);
    this.guide.fill(answer.progress);
    this.hint(answer.hints[0] ?? "");
    if (answer.total) this.count(answer);
    if (answer.prompt && answer.prompt.id !== this.prompt?.id) this.ask(answer.prompt, answer);
    this.countdown(answer);
  }

  async ask(prompt, answer) {
    const before = this.prompt;
    this.prompt = prompt;
    const met = prompt.kind === "rest" && before?.kind === "action" && !answer.again;
    const missed = prompt.kind === "rest" && before?.kind === "action" && answer.again;
    const words = missed ? "Not quite. Here comes another" : met ? "Good" : prompt.words;
    if (prompt.kind === "flash") {
      await this.colour(prompt);
    } else {
      byId("flash").hidden = true;
      byId("words").textContent = words;
      byId("detail").textContent = detail(prompt);
      document.body.dataset.prompt = prompt.kind;
      this.figure.show(prompt.action || prompt.kind);
      byId("mirror").classList.toggle("met", met);
    }
    byId("skip").hidden = !this.sings;
    if (this.sings && before?.kind !== "perform") await this.karaoke.start();
    if (prompt.kind !== before?.kind || prompt.kind === "action") {
      if (prompt.kind !== "rest" || missed || met) this.voice.say(words);
    }
    await painted();
    if (this.prompt === prompt) this.shown = prompt.id;
  }

  /** The whole screen takes the colour. */
  async colour(prompt) {
    const early = this.coloured + A_COLOUR - performance.now();
    if (early > 0) await new Promise((resolve) => setTimeout(resolve, early));
    this.coloured = performance.now();
    const [red, green, blue] = prompt.colour;
    const flash = byId("flash");
    flash.hidden = false;
    flash.style.backgroundColor = `rgb(${red} ${green} ${blue})`;
    flash.style.color = red + 2 * green + blue > 380 ? "#111" : "#fff";
  }

  hint(name) {
    const [last, times] = this.hinted;
    this.hinted = [name, name === last ? times + 1 : 1];
    if (this.hinted[1] !== HINT_AFTER) return;
    const hint = byId("hint");
    hint.hidden = !name;
    hint.textContent = HINTS[name] ?? "";
  }

  count({ done, total }) {
    const dots = byId("dots");
    if (dots.children.length !== total) {
      dots.replaceChildren(...Array.from({ length: total }, () => document.createElement("li")));
    }
    [...dots.children].forEach((dot, i) => {
      dot.className = i < done ? "done" : i === done ? "now" : "";
    });
    if (done !== this.done) {
      this.done = done;
      byId("count").textContent = `${done} of ${total} done`;
    }
  }

  /** The seconds that are left of keeping still or singing. */
  countdown({ prompt, progress }) {
    const timed = prompt && (prompt.kind === "still" || prompt.kind === "perform");
    const left = timed ? Math.ceil(prompt.seconds * (1 - progress)) : 0;
    const big = byId("big");
    big.hidden = !timed || left <= 0;
    big.textContent = String(left);
  }

  draw() {
    if (!this.finish) return;
    this.karaoke.draw();
    requestAnimationFrame(() => this.draw());
  }
}

function detail({ kind, target, hold }) {
  if (kind !== "action") return DETAILS[kind] ?? "";
  const far = target >= 28 ? "Well to the side. " : "";
  return far + (hold > 0 ? "Hold it for a moment, then come back." : "At an easy pace.");
}

function clock(seconds) {
  const whole = Math.max(0, Math.round(seconds));
  return `${Math.floor(whole / 60)}:${String(whole % 60).padStart(2, "0")}`;
}
