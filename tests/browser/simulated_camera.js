// A simulated webcam for tests: a canvas in place of the camera, painted from outside. Answers like a camera does.
(() => {
  const canvas = document.createElement("canvas");
  [canvas.width, canvas.height] = [1280, 720];
  const context = canvas.getContext("2d", { alpha: false });
  let newest = null;

  function paint() {
    if (!newest) return;
    const scale = Math.min(canvas.width / newest.width, canvas.height / newest.height);
    const [width, height] = [newest.width * scale, newest.height * scale];
    context.drawImage(newest, (canvas.width - width) / 2, (canvas.height - height) / 2, width, height);
  }

  window.simulatedCamera = {
    asked: 0,
    async show(base64) {
      const bytes = Uint8Array.from(atob(base64), (letter) => letter.charCodeAt(0));
      newest = await createImageBitmap(new Blob([bytes], { type: "image/jpeg" }));
      paint();
    },
  };

  navigator.mediaDevices.getUserMedia = async () => {
    window.simulatedCamera.asked += 1;
    const stream = canvas.captureStream(30);
    const [track] = stream.getVideoTracks();
    Object.defineProperty(track, "label", { value: "simulated webcam" });
    track.getSettings = () => ({ width: canvas.width, height: canvas.height, frameRate: 30 });
    track.getCapabilities = () => ({ width: {}, height: {}, frameRate: {}, facingMode: [], deviceId: "" });
    track.applyConstraints = async ({ width, height }) => {
      await new Promise((resolve) => setTimeout(resolve, 150));
      [canvas.width, canvas.height] = [width.ideal, height.ideal];
      paint();
    };
    paint();
    return stream;
  };
})();
