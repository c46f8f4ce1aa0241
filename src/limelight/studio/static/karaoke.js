// The words to sing, lit up as they come.

export class Karaoke {
  constructor(root) {
    this.root = root;
    this.now = root.querySelector("#line-now");
    this.next = root.querySelector("#line-next");
    this.sheet = null;
    this.song = null;
    this.began = 0;
    this.index = null;
  }

  async load() {
    this.sheet = await (await fetch("/api/sheet")).json();
    if (!this.sheet.song) return;
    this.song = new Audio("/api/song");
    this.song.preload = "auto";
    this.song.currentTime = this.sheet.start;
  }

  async start() {
    this.began = performance.now();
    this.index = null;
    this.root.hidden = false;
    if (this.song) {
      this.song.currentTime = this.sheet.start;
      await this.song.play().catch(() => { this.song = null; });
    }
  }

  /** Seconds in the song; null without one. */
  get audio() {
    return this.song ? this.song.currentTime : null;
  }

  get seconds() {
    return this.audio ?? (this.sheet?.start ?? 0) + (performance.now() - this.began) / 1000;
  }

  /** Light up what is sung at this moment. */
  draw() {
    if (!this.sheet || this.root.hidden) return;
    const { lines } = this.sheet;
    const seconds = this.seconds;
    const index = lines.findIndex((line) => seconds < line.end + 0.15);
    if (index !== this.index) {
      this.index = index;
      this.fill(this.now, lines[index]);
      this.fill(this.next, lines[index + 1]);
    }
    lines[index]?.words.forEach((word, i) => {
      const share = Math.min(1, Math.max(0, (seconds - word.start) / Math.max(0.05, word.end - word.start)));
      this.now.children[i].style.setProperty("--sung", `${Math.round(share * 100)}%`);
    });
  }

  fill(element, line) {
    const words = (line?.words ?? []).map((word) => {
      const span = document.createElement("span");
      span.textContent = word.text;
      return span;
    });
    element.replaceChildren(...words); // spaces are margins: each child is a word
  }

  stop() {
    this.song?.pause();
    this.root.hidden = true;
  }
}
