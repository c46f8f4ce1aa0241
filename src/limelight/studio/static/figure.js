// The drawn hint: a face that does what is asked, as in a mirror: the person's left is on the left.
// Features sit on a ball and turn with it. All angles in degrees, all shares 0 to 1.

const NS = "http://www.w3.org/2000/svg";
const RAD = Math.PI / 180;
const REST = {
  yaw: 0, pitch: 0, roll: 0, lean: 0, smile: 0.12, jaw: 0, pucker: 0, brows: 0,
  left: 0, right: 0, squint: 0, gaze: 0, teeth: 0, hand: null,
};

const POSES = {
  turn_left: { yaw: 34 }, turn_right: { yaw: -34 },
  look_up: { pitch: 20 }, look_down: { pitch: -20 },
  tilt_left: { roll: 20 }, tilt_right: { roll: -20 },
  smile: { smile: 1 }, smile_open: { smile: 1, jaw: 0.28, teeth: 1 },
  open_mouth: { jaw: 0.9, smile: 0 }, pucker: { pucker: 1, smile: 0 },
  raise_brows: { brows: 1 },
  close_left_eye: { left: 1, smile: 0.3 }, close_right_eye: { right: 1, smile: 0.3 },
  squint: { squint: 1 }, gaze_left: { gaze: 1 }, gaze_right: { gaze: -1 },
  lean_in: { lean: 1 }, lean_out: { lean: -0.8 },
  turn_left_open_mouth: { yaw: 28, jaw: 0.8, smile: 0 }, turn_right_open_mouth: { yaw: -28, jaw: 0.8, smile: 0 },
  tilt_left_smile: { roll: 18, smile: 1 }, tilt_right_smile: { roll: -18, smile: 1 },
  raise_brows_open_mouth: { brows: 1, jaw: 0.8, smile: 0 },
  hand_from_left: { hand: 1 }, hand_from_right: { hand: -1 },
  still: {}, rest: {}, calibrate: {}, perform: { jaw: 0.6, smile: 0.3 },
};
const ARROWS = {
  turn_left: "M-58 -72 A 66 40 0 0 0 -96 -34", turn_right: "M58 -72 A 66 40 0 0 1 96 -34",
  turn_left_open_mouth: "M-58 -72 A 66 40 0 0 0 -96 -34", turn_right_open_mouth: "M58 -72 A 66 40 0 0 1 96 -34",
  tilt_left: "M-20 -88 A 90 90 0 0 0 -78 -54", tilt_right: "M20 -88 A 90 90 0 0 1 78 -54",
  tilt_left_smile: "M-20 -88 A 90 90 0 0 0 -78 -54", tilt_right_smile: "M20 -88 A 90 90 0 0 1 78 -54",
  look_up: "M84 20 V-36", look_down: "M84 -36 V20",
  gaze_left: "M-66 -18 H-98", gaze_right: "M66 -18 H98",
  hand_from_left: "M-96 84 H-34", hand_from_right: "M96 84 H34",
  lean_in: "M-84 -30 L-96 -44 M84 -30 L96 -44", lean_out: "M-98 -46 L-84 -32 M98 -46 L84 -32",
};
const CYCLE = 3.0;

export class Figure {
  constructor(root) {
    this.svg = make("svg", { viewBox: "-104 -100 208 200", class: "face" });
    root.replaceChildren(this.svg);
    this.calm = matchMedia("(prefers-reduced-motion: reduce)");
    this.action = "rest";
    this.began = 0;
    this.parts();
    this.draw(REST);
  }

  parts() {
    const add = (name, attributes, parent = this.svg) => parent.appendChild(make(name, attributes));
    this.body = add("path", { class: "body" });
    this.head = add("g", {});
    this.ears = [add("ellipse", { class: "skin", rx: 8, ry: 13 }, this.head),
      add("ellipse", { class: "skin", rx: 8, ry: 13 }, this.head)];
    add("path", { class: "skin", d: "M-50 -14 C-50 -92 50 -92 50 -14 C50 34 30 66 0 68 C-30 66 -50 34 -50 -14Z" }, this.head);
    this.hair = add("path", { class: "hair" }, this.head);
    this.cheeks = [add("ellipse", { class: "cheek", rx: 9, ry: 6 }, this.head),
      add("ellipse", { class: "cheek", rx: 9, ry: 6 }, this.head)];
    this.eyes = ["left", "right"].map((side) => ({
      side,
      white: add("path", { class: "eye" }, this.head),
      iris: add("circle", { class: "iris", r: 4.6 }, this.head),
      lid: add("path", { class: "line" }, this.head),
      brow: add("path", { class: "line brow" }, this.head),
    }));
    this.nose = add("path", { class: "line nose" }, this.head);
    this.mouth = add("path", { class: "mouth" }, this.head);
    this.teeth = add("path", { class: "teeth" }, this.head);
    this.arrow = add("path", { class: "arrow" });
    this.palm = add("g", { class: "hand" });
    add("path", { d: HAND }, this.palm);
  }

  /** Show how an action is done, over and over; at its peak and still where motion is unwelcome. */
  show(action) {
    this.action = action in POSES ? action : "rest";
    this.arrow.setAttribute("d", ARROWS[this.action] ?? "");
    this.began = performance.now();
    this.tick();
  }

  tick() {
    cancelAnimationFrame(this.frame);
    const still = this.calm.matches || this.action === "rest" || this.action === "calibrate" || this.action === "still";
    const seconds = (performance.now() - this.began) / 1000;
    this.draw(still ? pose(this.action, 1, 0.5) : pose(this.action, share(seconds % CYCLE), (seconds % CYCLE) / CYCLE));
    if (!still) this.frame = requestAnimationFrame(() => this.tick());
  }

  stop() {
    cancelAnimationFrame(this.frame);
  }

  draw(f) {
    const at = (azimuth, height, bulge = 1) => [
      -50 * bulge * Math.sin((azimuth + f.yaw) * RAD),
      -6 - 66 * Math.sin((height + f.pitch * 0.9) * RAD) * (bulge > 1 ? 1 + (bulge - 1) * 0.3 : 1),
    ];
    const wide = (azimuth) => Math.max(0.25, Math.cos((azimuth + f.yaw) * RAD));
    const scale = 0.86 + 0.16 * f.lean;
    this.head.setAttribute("transform", `translate(0 ${4 - 6 * f.lean}) scale(${scale}) rotate(${-f.roll} 0 62)`);
    this.body.setAttribute("d", BODY);
    this.body.setAttribute("transform", `translate(0 ${-2 * f.lean}) scale(${0.94 + 0.08 * f.lean})`);
    this.ears.forEach((ear, i) => {
      const [x, y] = [(i ? 50 : -50) * Math.cos(f.yaw * RAD * 0.6) - f.yaw * 0.16, -8 + f.pitch * 0.5];
      set(ear, { cx: x, cy: y, opacity: (i ? f.yaw < -12 : f.yaw > 12) ? 0 : 1 }); // the leading ear is out of sight
    });
    const part = -f.yaw * 0.55, fringe = -44 - f.pitch * 0.55;
    this.hair.setAttribute("d",
      `M-51 -10 C-60 -98 60 -98 51 -10 C48 -30 ${38 + part * 0.4} ${fringe - 4} ${14 + part} ${fringe - 8} C${-8 + part} ${fringe - 2} -40 ${fringe + 4} -51 -10Z`);
    this.eyes.forEach((eye) => this.eye(eye, f, at, wide));
    this.cheeks.forEach((cheek, i) => {
      const [x, y] = at(i ? -32 : 32, -16);
      set(cheek, { cx: x, cy: y, opacity: 0.15 + 0.5 * f.smile });
    });
    const [bridge, tip] = [at(-4, 6, 1.02), at(0, -12, 1.22)];
    const out = f.yaw < 0 ? 1 : -1;
    this.nose.setAttribute("d", `M${bridge} L${tip[0] + out * 1.5} ${tip[1]} q${-out * 5} 5 ${-out * 9} 1`);
    this.lips(f, at, wide);
    this.hand(f);
  }

  eye(eye, f, at, wide) {
    const own = eye.side === "left" ? 22 : -22;
    const [x, y] = at(own, 6);
    const w = 11.5 * wide(own);
    const shut = Math.min(1, f[eye.side] + f.squint * 0.62 + f.smile * 0.18);
    const up = 8.5 * (1 - shut), down = 6 * (1 - shut) - shut * 2.5;
    const almond = `M${x - w} ${y} Q${x} ${y - 2 * up} ${x + w} ${y} Q${x} ${y + 2 * down} ${x - w} ${y}Z`;
    eye.white.setAttribute("d", shut > 0.93 ? "" : almond);
    const open = shut < 0.75;
    set(eye.iris, { cx: x - f.gaze * 6.2 - f.yaw * 0.04, cy: y - f.pitch * 0.05, r: open ? Math.min(4.6, 1.5 + (up + down) * 0.7) : 0 });
    eye.lid.setAttribute("d", shut > 0.93
      ? `M${x - w} ${y + 1} Q${x} ${y + 8} ${x + w} ${y + 1}`
      : `M${x - w} ${y} Q${x} ${y - 2 * up} ${x + w} ${y}`);
    const [bx, by] = at(own, 22 + 9 * f.brows - 6 * f.squint);
    const arch = 4 + 4 * f.brows - 5 * f.squint;
    eye.brow.setAttribute("d", `M${bx - w - 1} ${by + 2} Q${bx} ${by - arch} ${bx + w + 1} ${by + 2}`);
  }

  lips(f, at, wide) {
    const [x, y] = at(0, -33, 1.06);
    const w = (17 + 8 * f.smile - 5 * f.jaw - 9 * f.pucker) * wide(0);
    const lift = 9 * f.smile;
    const gap = 26 * f.jaw + 4 * f.pucker;
    const top = y - 2 - 2.5 * f.pucker, corner = y - lift * 0.55;
    const under = y + lift * 0.7 + gap * 1.5 + 3 * f.pucker;
    const upper = y + lift * 0.55 - gap * 0.35 - 2 * f.pucker;
    this.mouth.setAttribute("d",
      `M${x - w} ${corner} Q${x} ${gap > 1 ? upper : under - 0.1} ${x + w} ${corner} Q${x} ${under + (gap > 1 ? 0 : 0)} ${x - w} ${corner}Z`);
    this.mouth.classList.toggle("open", gap > 1.5);
    this.teeth.setAttribute("d", f.teeth > 0.3 && gap > 3
      ? `M${x - w * 0.82} ${corner + 2} Q${x} ${upper + 2} ${x + w * 0.82} ${corner + 2} Q${x} ${upper + gap * 0.9} ${x - w * 0.82} ${corner + 2}Z` : "");
    this.mouth.dataset.top = String(top);
  }

  hand(f) {
    const shown = f.hand !== null;
    this.palm.setAttribute("visibility", shown ? "visible" : "hidden");
    if (shown) this.palm.setAttribute("transform", `translate(${f.hand * 112} 6) rotate(${f.hand * -14})`);
  }
}

const BODY = "M-22 52 L-22 70 C-30 84 -78 82 -88 120 L88 120 C78 82 30 84 22 70 L22 52Z";
const HAND = "M-20 66 C-26 40 -30 24 -30 6 C-30 -2 -20 -3 -19 5 L-16 16 L-17 -34 C-17 -43 -6 -43 -5.500 -34 L-4 -4 L-2 -44 "
  + "C-1.500 -53 9 -53 9 -44 L8.500 -3 L13 -38 C14 -46 24 -44 23 -36 L20 4 L27 -18 C30 -25 38 -22 36 -14 L28 32 C26 46 24 54 24 66Z";

/** How much of the peak there is, at a moment of the cycle. */
function share(seconds) {
  const ease = (t) => { const c = Math.min(1, Math.max(0, t)); return c * c * (3 - 2 * c); };
  return ease((seconds - 0.35) / 0.6) - ease((seconds - 2.05) / 0.6);
}

function pose(action, amount, way) {
  const peak = { ...REST, ...POSES[action] };
  const face = {};
  for (const [name, value] of Object.entries(peak)) {
    if (name !== "hand") face[name] = REST[name] + (value - REST[name]) * amount;
  }
  if (peak.hand === null) return { ...face, hand: null };
  const along = Math.min(1, Math.max(0, (way - 0.08) / 0.8));
  return { ...face, hand: peak.hand * -1 * (1 - 2 * along) };
}

function make(name, attributes) {
  const element = document.createElementNS(NS, name);
  set(element, attributes);
  return element;
}

function set(element, attributes) {
  for (const [name, value] of Object.entries(attributes)) element.setAttribute(name, value);
}
