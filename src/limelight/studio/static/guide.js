// The oval over the mirror, and the ring around it that fills as a prompt is met.

const NS = "http://www.w3.org/2000/svg";

export class Guide {
  constructor(svg) {
    this.svg = svg;
    this.length = 0;
  }

  /** Draw for a lying or a standing picture. */
  lay(upright) {
    const [width, height] = upright ? [300, 400] : [400, 300];
    const [x, y, rx, ry] = upright ? [150, 186, 92, 122] : [200, 144, 82, 108];
    this.svg.setAttribute("viewBox", `0 0 ${width} ${height}`);
    this.svg.parentElement.classList.toggle("upright", upright);
    const oval = `M${x} ${y - ry} a${rx} ${ry} 0 1 1 -0.01 0Z`;
    this.svg.replaceChildren(
      path("outside", `M0 0H${width}V${height}H0Z ${oval}`),
      path("oval", oval),
      this.ring = path("ring", oval),
    );
    this.ring.setAttribute("pathLength", "100");
    this.fill(0);
  }

  fill(share) {
    this.ring?.style.setProperty("stroke-dashoffset", String(100 - 100 * Math.min(1, Math.max(0, share))));
  }
}

function path(name, d) {
  const element = document.createElementNS(NS, "path");
  element.setAttribute("class", name);
  element.setAttribute("d", d);
  return element;
}
