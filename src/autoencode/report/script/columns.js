"use strict";
/* Columns of a table: from features back to cells, as the Python package's table encoder decodes them.
   A cell is a number, a text, or null where it is missing. */
const columns = (() => {
  const DAY = 86400;
  const [FIRST_SECOND, LAST_SECOND] = [-62135596800, 253402300799]; // years 1 and 9999
  const CLIP = 1e-7; // how near a probability may come to 0 or 1 before its logarithm is taken

  /* NumPy's rint: halves go to the even number. */
  function roundToEven(value) {
    const nearest = Math.round(value);
    return Math.abs(value % 1) === 0.5 && nearest % 2 !== 0 ? nearest - 1 : nearest;
  }

  /* Linear between knots, with the mean slope beyond the ends. */
  function interpolate(place, knots, values) {
    const last = knots.length - 1;
    const slope = (values[last] - values[0]) / (knots[last] - knots[0]);
    if (place <= knots[0]) return values[0] + slope * (place - knots[0]);
    if (place >= knots[last]) return values[last] + slope * (place - knots[last]);
    let [low, high] = [0, last];
    while (high - low > 1) {
      const middle = (low + high) >> 1;
      if (knots[middle] <= place) low = middle;
      else high = middle;
    }
    return values[low] + ((values[high] - values[low]) * (place - knots[low])) / (knots[high] - knots[low]);
  }

  function invert(map, score) {
    if (!map) return score;
    return map.scaling === "quantile" ? interpolate(score, map.scores, map.knots) : score * map.scale + map.offset;
  }

  const isWhole = (inverse) => /^u?int/.test(inverse.type ?? "");

  function limitWhole(value, type) {
    const [, unsigned, bits] = /^(u?)int(\d+)/.exec(type);
    const high = Math.min(2 ** (unsigned ? bits : bits - 1) - 1, 2 ** 53);
    return Math.min(Math.max(roundToEven(value), unsigned ? 0 : Math.max(-high - 1, -(2 ** 53))), high);
  }

  function showTime(seconds, { origin, step, type }) {
    let ticks = roundToEven(seconds / step);
    const decimals = step < 1 ? Math.round(-Math.log10(step)) : 0;
    if (type.startsWith("duration")) {
      const text = step === DAY ? `${ticks} days` : `${(ticks * step).toFixed(decimals)} s`;
      return text.replace("-", "−");
    }
    const clock = /^time(32|64)/.test(type);
    const [least, end] = clock ? [0, DAY] : [FIRST_SECOND, LAST_SECOND + 1];
    ticks = Math.min(Math.max(ticks, Math.ceil((least - origin) / step)), Math.ceil((end - origin) / step) - 1);
    const whole = decimals ? Math.floor(ticks / 10 ** decimals) : ticks * step;
    const rest = decimals ? `.${String(ticks - whole * 10 ** decimals).padStart(decimals, "0")}` : "";
    const [day, time] = new Date((origin + whole) * 1000).toISOString().slice(0, 19).split("T");
    if (clock) return time + rest;
    return step === DAY ? day : `${day} ${time}${rest}${type.includes("tz=") ? "Z" : ""}`;
  }

  /* The number behind a numeric cell or a date, null where it is missing. */
  function decodeNumber({ inverse, start, stop }, features) {
    if (stop - start > 1 && features[start + 1] >= 0.5) return null;
    return invert(inverse.map, features[start]);
  }

  /* The cell that features stand for. */
  function decode(column, features) {
    const { kind, inverse, start, stop } = column;
    if (start === stop) return null;
    if (kind === "category") {
      const part = features.subarray(start, stop);
      const best = part.indexOf(part.reduce((a, b) => Math.max(a, b)));
      return best < inverse.texts.length ? inverse.texts[best] : best === inverse.texts.length ? "other" : null;
    }
    if (kind === "boolean") {
      if (stop - start > 1 && features[start + 1] >= 0.5) return null;
      return features[start] >= 0.5 ? "true" : "false";
    }
    const number = decodeNumber(column, features);
    if (number === null) return null;
    if (kind === "datetime") return showTime(number, inverse);
    return isWhole(inverse) ? limitWhole(number, inverse.type) : number;
  }

  /* Columns with a function that gives the cell of a sample as it came; of numbers it is the feature itself. */
  function open(stored, features, width) {
    return stored.map((column) => {
      if (!column.cells) return { ...column, cell: (i) => features[i * width + column.start] };
      const [numbers, index] = [arrays.read(column.cells.numbers), arrays.read(column.cells.index)];
      if (numbers) return { ...column, cell: (i) => (Number.isNaN(numbers[i]) ? null : numbers[i]) };
      const plain = (text) => (column.kind === "boolean" ? text.toLowerCase() : text);
      const texts = column.cells.texts.map(plain);
      return { ...column, cell: (i) => texts[index[i]] ?? null };
    });
  }

  const show = (cell, digits = 6) =>
    cell === null ? "missing" : typeof cell === "number" ? elements.number(cell, digits) : cell;

  /* Sample minus reconstruction in the column's unit, or whether they differ; `truth` has the sample's features. */
  function showDifference(column, cell, truth, rebuilt) {
    if (column.start === column.stop) return "";
    const decoded = decode(column, rebuilt);
    if (cell !== null && decoded !== null) {
      if (column.kind === "numeric") return elements.number(cell - decoded);
      if (column.kind === "datetime") {
        if (!truth) return "";
        const seconds = decodeNumber(column, truth) - decodeNumber(column, rebuilt);
        const days = column.inverse.step === DAY;
        return `${elements.number(days ? seconds / DAY : seconds)} ${days ? "days" : "s"}`;
      }
    }
    return (truth ? decode(column, truth) : cell) === decoded ? "same" : "differs";
  }

  function crossEntropy(truth, share) {
    return truth === 0 ? 0 : -truth * Math.log(Math.min(Math.max(share, CLIP), 1 - CLIP));
  }

  /* What a column adds to a sample's error: the squared difference of numbers, in standard deviations of the column,
     and the cross-entropy of other features. */
  function contribution({ kind, start, stop, deviation, inverse }, truth, rebuilt) {
    if (start === stop) return 0;
    const flag = (j) => crossEntropy(truth[j], rebuilt[j]) + crossEntropy(1 - truth[j], 1 - rebuilt[j]);
    if (kind === "category") {
      let loss = 0;
      for (let j = start; j < stop; j++) loss += crossEntropy(truth[j], rebuilt[j]);
      return loss;
    }
    const number = (features) => invert(inverse.map, features[start]);
    const loss = kind === "boolean" ? flag(start) : ((number(truth) - number(rebuilt)) / deviation) ** 2;
    return stop - start > 1 ? (loss + flag(start + 1)) / 2 : loss;
  }

  return { open, decode, show, showDifference, contribution };
})();
