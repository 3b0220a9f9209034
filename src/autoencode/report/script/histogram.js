"use strict";
/* The histogram of errors: it shows the measure that is chosen, and brushing it chooses a range. */
const histogram = (() => {
  const BINS = 60;

  /* Bins that a few far out do not stretch: they reach three interquartile ranges beyond the quartiles, and the first
     and the last bar also stand for what lies beyond. */
  function cut(values) {
    const [lower, upper] = arrays.quantiles(values, [0.25, 0.75]);
    const [least, most] = arrays.extent(values);
    const reach = upper > lower ? 3 * (upper - lower) : Infinity;
    const [low, high] = [Math.max(least, lower - reach), Math.min(most, upper + reach)];
    const pad = high > low ? 0 : Math.abs(low) / 2 || 0.5;
    const edges = Array.from({ length: BINS + 1 }, (_, k) => low - pad + (k * (high - low + 2 * pad)) / BINS);
    const inner = edges.slice(1, BINS);
    return { edges, left: [Math.min(least, edges[0]), ...inner], right: [...inner, Math.max(most, edges[BINS])] };
  }

  function count(values, edges, samples) {
    const counts = new Array(BINS).fill(0);
    const scale = BINS / (edges[BINS] - edges[0]);
    for (const i of samples) {
      counts[Math.min(Math.max(Math.floor(scale * (values[i] - edges[0])), 0), BINS - 1)] += 1;
    }
    return counts;
  }

  function attach(explorer, figure, find) {
    const bins = plots.findSource(figure, "bins");
    let [measure, bars, all] = [];
    explorer.subscribe(({ listed }) => {
      if (!listed) return;
      const { values } = explorer;
      if (measure !== explorer.order.measure) {
        measure = explorer.order.measure;
        bars = cut(values);
        all = count(values, bars.edges, values.keys());
        plots.nameAxis(figure.below[0], measure.title);
        plots.setRange(figure.x_range, bars.edges[0], bars.edges[BINS]);
        const [least, most] = arrays.extent(values);
        const tails = [];
        if (least < bars.edges[0]) tails.push(`the first bar holds all down to ${elements.number(least)}`);
        if (most > bars.edges[BINS]) tails.push(`the last bar holds all up to ${elements.number(most)}`);
        find("tails").textContent = tails.length ? `Not to scale: ${tails.join(", ")}.` : "";
        plots.setRange(figure.y_range, 0, 1.05 * Math.max(...all));
      }
      const chosen = explorer.isFiltered ? count(values, bars.edges, explorer.listed) : all.map(() => 0);
      plots.replace(bins, { left: bars.left, right: bars.right, count: all, chosen });
    });
    figure.on_event("selectiongeometry", ({ geometry: { type, x0, x1 } }) => {
      bins.selected.indices = []; // what is chosen has bars of its own
      if (type !== "rect") return;
      const round = (place) => Number(place.toPrecision(4));
      const [first, last] = arrays.extent(bars.edges);
      explorer.filter({ from: x0 <= first ? null : round(x0), to: x1 >= last ? null : round(x1) });
    });
  }

  return { attach };
})();
