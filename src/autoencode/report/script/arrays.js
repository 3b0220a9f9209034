"use strict";
/* Arrays of the payload: base64 to typed arrays, and what is asked of them. */
const arrays = (() => {
  const TYPES = { f4: Float32Array, f8: Float64Array, i4: Int32Array, u1: Uint8Array };

  function readBytes(text) {
    if (Uint8Array.fromBase64) return Uint8Array.fromBase64(text);
    const letters = atob(text);
    const bytes = new Uint8Array(letters.length);
    for (let i = 0; i < bytes.length; i++) bytes[i] = letters.charCodeAt(i);
    return bytes;
  }

  /* Null, for what was left out, stays null. */
  function read(stored) {
    if (!stored) return null;
    return new TYPES[stored.type](readBytes(stored.data).buffer);
  }

  /* Places of the largest number first, of equal ones the first. */
  const rank = (length, numberAt) =>
    Uint32Array.from({ length }, (_, i) => i).sort((a, b) => numberAt(b) - numberAt(a) || a - b);

  const row = (array, i, width) => array.subarray(i * width, (i + 1) * width);

  /* The least and the largest of some numbers. */
  function extent(numbers) {
    let [low, high] = [Infinity, -Infinity];
    for (const number of numbers) {
      if (number < low) low = number;
      if (number > high) high = number;
    }
    return [low, high];
  }

  function quantiles(numbers, shares) {
    const sorted = Float64Array.from(numbers).sort();
    return shares.map((share) => sorted[Math.round(share * (sorted.length - 1))]);
  }

  return { readBytes, read, rank, row, extent, quantiles };
})();
