// The spoken prompts, where the browser can speak.

export class Voice {
  constructor(button) {
    this.on = "speechSynthesis" in window;
    this.button = button;
    button.hidden = !this.on;
    button.addEventListener("click", () => this.turn(!this.on));
  }

  turn(on) {
    this.on = on;
    this.button.setAttribute("aria-pressed", String(on));
    this.button.textContent = on ? "Voice on" : "Voice off";
    if (!on) speechSynthesis.cancel();
  }

  say(words) {
    if (!this.on || !words) return;
    speechSynthesis.cancel();
    const said = new SpeechSynthesisUtterance(words);
    said.lang = "en";
    said.rate = 1.05;
    speechSynthesis.speak(said);
  }

  stop() {
    if ("speechSynthesis" in window) speechSynthesis.cancel();
  }
}
