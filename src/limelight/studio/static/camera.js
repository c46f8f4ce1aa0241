// The camera: opened after consent only, probed, and read a picture at a time.

const PROBES = [[320, 240], [640, 480], [1280, 720]];
const SETTLES_WITHIN = 1200; // ms
const QUALITY = 0.88;
const wait = (ms) => new Promise((resolve) => setTimeout(resolve, ms));

export class Camera {
  constructor(video) {
    this.video = video;
    this.canvas = document.createElement("canvas");
    this.context = this.canvas.getContext("2d", { alpha: false, willReadFrequently: true });
    this.stream = null;
  }

  async open() {
    this.stream = await navigator.mediaDevices.getUserMedia({
      audio: false,
      video: { facingMode: "user", width: { ideal: 1280 }, height: { ideal: 720 }, frameRate: { ideal: 30 } },
    });
    this.video.srcObject = this.stream;
    await this.video.play();
  }

  get track() {
    return this.stream.getVideoTracks()[0];
  }

  get upright() {
    return this.video.videoHeight > this.video.videoWidth;
  }

  /** What the browser says of the camera; ends at the largest format. */
  async probe() {
    const found = { type: "probed", requested: [], delivered: [], settle_ms: [] };
    for (const [width, height] of PROBES) {
      const began = performance.now();
      try {
        await this.track.applyConstraints({ width: { ideal: width }, height: { ideal: height } });
      } catch { continue; }
      await this.settled();
      const { width: w, height: h } = this.track.getSettings();
      if (!w || !h) continue;
      found.requested.push([width, height]);
      found.delivered.push([w, h]);
      found.settle_ms.push(Math.round(performance.now() - began));
    }
    const can = this.track.getCapabilities ? Object.keys(this.track.getCapabilities()) : [];
    found.capabilities = can.map((name) => name.slice(0, 40)).slice(0, 64);
    found.frame_rate = Math.min(1000, this.track.getSettings().frameRate || 0);
    found.label = this.track.label.slice(0, 120);
    return found;
  }

  /** The video shows what the track says, or it never will. */
  async settled() {
    const until = performance.now() + SETTLES_WITHIN;
    const { width, height } = this.track.getSettings();
    const sides = [width, height].sort().join();
    while (performance.now() < until) {
      if ([this.video.videoWidth, this.video.videoHeight].sort().join() === sides) return;
      await wait(20);
    }
  }

  /** Width and height of the pictures that are sent. */
  size(singing) {
    const [long, short] = [this.video.videoWidth, this.video.videoHeight].sort((a, b) => b - a);
    const lying = singing && long >= 1280 && short >= 720 ? [1280, 720] : [640, 480];
    return this.upright ? lying.reverse() : lying;
  }

  /** The picture that is on the video now, cut to the size from its middle; not mirrored. */
  async picture(singing) {
    const [width, height] = this.size(singing);
    const { videoWidth: w, videoHeight: h } = this.video;
    const scale = Math.min(w / width, h / height);
    const [across, down] = [width * scale, height * scale];
    if (this.canvas.width !== width || this.canvas.height !== height) {
      this.canvas.width = width;
      this.canvas.height = height;
    }
    this.context.drawImage(this.video, (w - across) / 2, (h - down) / 2, across, down, 0, 0, width, height);
    return new Promise((resolve) => this.canvas.toBlob(resolve, "image/jpeg", QUALITY));
  }

  /** Resolves when the video shows its next picture. */
  next() {
    if (!this.video.requestVideoFrameCallback) return new Promise(requestAnimationFrame);
    return new Promise((resolve) => this.video.requestVideoFrameCallback(resolve));
  }

  close() {
    this.stream?.getTracks().forEach((track) => track.stop());
    this.stream = null;
    this.video.srcObject = null;
  }
}
