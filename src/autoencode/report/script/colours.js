"use strict";
/* Colours of numbers, those of the package's figures. */
const colours = (() => {
  /* Steps from one end to the other, each as red, green and blue. */
  function ramp(ends, steps) {
    const part = (end, k) => parseInt(ends[end].slice(2 * k, 2 * k + 2), 16);
    return Array.from({ length: steps }, (_, step) => {
      const place = (step / (steps - 1)) * (ends.length - 1);
      const left = Math.min(Math.floor(place), ends.length - 2);
      return [0, 1, 2].map((k) => Math.round(part(left, k) + (place - left) * (part(left + 1, k) - part(left, k))));
    });
  }

  /* Blue below 0, white at 0, vermilion above. */
  const SIGNED = ramp(["003F66", "0072B2", "8FC1DE", "FFFFFF", "F3B38A", "D55E00", "7A3300"], 257);
  const ERRORS = ramp(["8FC1EA", "AE9CC0", "C8764F", "A93400"], 256).map((parts) => `rgb(${parts})`);
  const OUTER = 0.02; // this share of the numbers at either end has the ramp's end
  const NAMED = ["#0072b2", "#d55e00", "#009e73", "#cc79a7", "#e69f00", "#56b4e9", "#7a5195", "#8c6d31"];
  const OTHER = "#8a9199";

  const pick = (steps, share) => steps[Math.min(Math.max(Math.floor(share * steps.length), 0), steps.length - 1)];

  /* Of a share of the largest difference, from -1 to 1. */
  const ofDifference = (share) => pick(SIGNED, (share + 1) / 2);

  /* Of numbers, errors or the cells of a column; what is no number has a grey. */
  function ofNumbers(values) {
    const [low, high] = arrays.quantiles(Array.from(values).filter(Number.isFinite), [OUTER, 1 - OUTER]);
    const colour = (x) => (Number.isFinite(x) ? pick(ERRORS, high > low ? (x - low) / (high - low) : 0) : OTHER);
    return { colours: Array.from(values, colour), low, high };
  }

  /* Of texts: the commonest have a colour each, all others a grey; `named` has the names of each colour. */
  function ofTexts(texts) {
    const counts = new Map();
    for (const text of texts) counts.set(text, (counts.get(text) ?? 0) + 1);
    const names = [...counts.keys()].sort((a, b) => counts.get(b) - counts.get(a));
    const ofName = new Map(names.map((name, k) => [name, NAMED[k] ?? OTHER]));
    return { colours: texts.map((text) => ofName.get(text)), named: Map.groupBy(names, (name) => ofName.get(name)) };
  }

  return { ofDifference, ofNumbers, ofTexts };
})();
