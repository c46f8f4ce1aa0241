// The wire to the server: frames and words out, answers in. Keeps at most a few messages under way.

const PROTOCOL = "limelight.charcha.1";
const UNDER_WAY = 3;

export class Wire {
  /**
   * @param {string} ticket for one session
   * @param {(answer: object) => void} onAnswer
   * @param {() => void} onEnd once, when nothing more can come
   */
  constructor(ticket, onAnswer, onEnd) {
    const scheme = location.protocol === "https:" ? "wss" : "ws";
    this.socket = new WebSocket(`${scheme}://${location.host}/session`, [PROTOCOL, `ticket.${ticket}`]);
    this.sent = 0;
    this.acknowledged = 0;
    this.sequence = 0;
    this.opened = new Promise((resolve, reject) => {
      this.socket.addEventListener("open", resolve);
      this.socket.addEventListener("close", () => reject(new Error("closed")));
    });
    this.opened.catch(() => {});
    this.socket.addEventListener("message", (event) => {
      const answer = JSON.parse(event.data);
      this.acknowledged = answer.acknowledged;
      onAnswer(answer);
    });
    this.socket.addEventListener("close", () => onEnd());
  }

  /** Whether another frame may be sent now. */
  get free() {
    return this.socket.readyState === WebSocket.OPEN && this.sent - this.acknowledged < UNDER_WAY;
  }

  say(message) {
    if (this.socket.readyState !== WebSocket.OPEN) return;
    this.sent += 1;
    this.socket.send(JSON.stringify(message));
  }

  /** A picture: two bytes of length, the header, the JPEG. */
  show({ time, prompt, audio, jpeg }) {
    if (this.socket.readyState !== WebSocket.OPEN) return;
    const header = new TextEncoder().encode(JSON.stringify({ sequence: this.sequence, time, prompt, audio }));
    this.sequence += 1;
    this.sent += 1;
    this.socket.send(new Blob([new Uint8Array([header.length >> 8, header.length & 255]), header, jpeg]));
  }

  close() {
    this.socket.close(1000);
  }
}
