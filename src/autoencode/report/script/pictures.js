"use strict";
/* Images: tiles of the sheets in the payload, and samples and differences painted on canvases. */
const pictures = (() => {
  async function loadImage(address) {
    const image = new Image();
    image.src = address;
    await image.decode();
    return createImageBitmap(image);
  }

  /* Return the function that gives the values of a sample, null where it is left out. */
  async function open(stored, shape, [low, high]) {
    if (!stored) return () => null;
    const sheets = await Promise.all(stored.sheets.map(loadImage));
    const [height, width, channels = 1] = shape;
    const scratch = elements.make("canvas", { width, height }).getContext("2d", { willReadFrequently: true });
    return (i) => {
      if (i >= stored.count) return null;
      const tile = i % stored.perSheet;
      const [x, y] = [(tile % stored.perRow) * width, Math.floor(tile / stored.perRow) * height];
      scratch.drawImage(sheets[Math.floor(i / stored.perSheet)], x, y, width, height, 0, 0, width, height);
      const { data } = scratch.getImageData(0, 0, width, height);
      const byte = (j) => data[4 * Math.floor(j / channels) + (j % channels)];
      return Float64Array.from({ length: height * width * channels }, (_, j) => low + ((high - low) * byte(j)) / 255);
    };
  }

  function put(canvas, [height, width], colourAt) {
    if (canvas.width !== width || canvas.height !== height) Object.assign(canvas, { width, height });
    const image = new ImageData(width, height);
    for (let pixel = 0; pixel < width * height; pixel++) image.data.set([...colourAt(pixel), 255], 4 * pixel);
    canvas.getContext("2d", { willReadFrequently: true }).putImageData(image, 0, 0); // no trip to the graphics card
  }

  function paint(canvas, values, shape, [low, high]) {
    const shade = (j) => (255 * (values[j] - low)) / (high - low);
    const grey = (pixel) => new Array(3).fill(shade(pixel));
    put(canvas, shape, shape[2] === 3 ? (pixel) => [0, 1, 2].map((k) => shade(3 * pixel + k)) : grey);
  }

  /* Sample minus reconstruction, of colours their mean; `limit` has the strongest colour. */
  function paintDifference(canvas, sample, rebuilt, shape, limit) {
    const channels = shape[2] ?? 1;
    put(canvas, shape, (pixel) => {
      let sum = 0;
      for (let j = pixel * channels; j < (pixel + 1) * channels; j++) sum += sample[j] - rebuilt[j];
      return colours.ofDifference(sum / channels / limit);
    });
  }

  return { open, paint, paintDifference };
})();
