"use strict";
/* The map of the codes: pointing at a point shows its sample, a tap chooses it, brushing lists those inside. */
const map = (() => {
  const [NEAR, NEAREST] = [12, 24]; // pixels around the pointer, and around a finger
  const MOST_COLUMNS = 200; // to colour by
  const FEW = 3; // cards of those that are listed

  /* The sample nearest to a place, at most so many pixels away, else null. */
  function nearest(figure, points, x, y, reach) {
    const scale = (range, size) => size / (range.end - range.start);
    const [across, up] = [scale(figure.x_range, figure.inner_width), scale(figure.y_range, figure.inner_height)];
    let [best, least] = [null, reach ** 2];
    for (let i = 0; 2 * i < points.length; i++) {
      const distance = ((points[2 * i] - x) * across) ** 2 + ((points[2 * i + 1] - y) * up) ** 2;
      if (distance <= least) [best, least] = [i, distance];
    }
    return best;
  }

  function attachHover(explorer, figure, find, pointsNow) {
    const card = find("hover");
    let [shown, at] = [null, null];
    const draw = elements.onceAFrame(() => {
      const i = at && nearest(figure, pointsNow(), at.x, at.y, NEAR);
      card.hidden = i === null;
      if (i === null) return;
      if (i !== shown) card.replaceChildren(worst.picture(explorer, i), worst.caption(explorer, i));
      shown = i;
      const [outer, plot] = [find("plot").parentElement, find("plot")].map((part) => part.getBoundingClientRect());
      const left = plot.left - outer.left + at.sx + 18;
      const over = left + card.offsetWidth > outer.width;
      card.style.left = `${Math.max(0, over ? left - card.offsetWidth - 36 : left)}px`;
      card.style.top = `${plot.top - outer.top + at.sy + 18}px`;
    });
    const move = (event) => {
      at = event;
      draw();
    };
    figure.on_event("mousemove", move);
    figure.on_event("mouseleave", () => move(null));
    return () => move(null);
  }

  /* Brushing on the map is a filter, and every filter is seen on the map as a brush. */
  function attachBrush(explorer, figure, source, pointsNow) {
    let ours = false;
    const mark = () => {
      ours = true;
      source.selected.indices = explorer.isFiltered ? Array.from(explorer.listed) : [];
      ours = false;
    };
    source.selected.properties.indices.change.connect(() => {
      if (!ours && !source.selected.indices.length && explorer.isFiltered) requestAnimationFrame(() => {
        if (!source.selected.indices.length) explorer.filter({ onMap: null });
      });
    });
    figure.on_event("selectiongeometry", ({ geometry, final }) => {
      if (geometry.type === "point") return mark(); // a tap chooses a sample, and leaves the brush
      if (!final) return;
      const inside = source.selected.indices;
      explorer.filter({ onMap: inside.length ? new Set(inside) : null });
    });
    figure.on_event("tap", ({ x, y }) => {
      const i = nearest(figure, pointsNow(), x, y, NEAREST);
      if (i !== null) explorer.choose(i);
    });
    return mark;
  }

  /* Names that have a colour of their own, and one for all others. */
  function listColours(find, named) {
    find("legend").replaceChildren(...Array.from(named, ([colour, names]) => {
      const swatch = elements.make("span", { className: "swatch" });
      swatch.style.backgroundColor = colour;
      return elements.make("li", {}, swatch, elements.name(names.length > 1 ? "other" : names[0]));
    }));
  }

  /* What the colours of dots stand for: names, or the two ends of a ramp. */
  function showKey(find, { named, ends }) {
    find("legend").hidden = !named;
    find("ramp").hidden = !ends;
    if (named) listColours(find, named);
    if (ends) [find("ramp-low").textContent, find("ramp-high").textContent] = ends;
  }

  /* The colours of a column: a ramp of numbers and times, a colour each of other cells. */
  function paintColumn(explorer, column) {
    const cells = Array.from({ length: explorer.count }, (_, i) => column.cell(i));
    if (column.kind === "numeric") {
      const { colours: ofSample, low, high } = colours.ofNumbers(cells.map((cell) => cell ?? NaN));
      return { ofSample, ends: [`${column.name} ${elements.number(low)}`, elements.number(high)] };
    }
    if (column.kind === "datetime" && explorer.features) {
      const width = explorer.features.length / explorer.count;
      const times = cells.map((cell, i) => (cell === null ? NaN : explorer.features[i * width + column.start]));
      const known = Array.from(cells.keys()).filter((i) => cells[i] !== null).sort((a, b) => times[a] - times[b]);
      return { ofSample: colours.ofNumbers(times).colours, ends: [`${column.name} ${cells[known[0]]}`, `${cells[known.at(-1)]}`] };
    }
    const { colours: ofSample, named } = colours.ofTexts(cells.map((cell) => columns.show(cell)));
    return { ofSample, named };
  }

  /* What dots can be coloured by: an id, a title, and a function that gives their colours. */
  function listPaints(explorer, ofLabel) {
    const { labels } = explorer;
    const paints = [];
    if (labels) {
      const named = Map.groupBy(labels.names, (_, k) => ofLabel[k]);
      paints.push(["label", "label", () => ({ ofSample: Array.from(labels.index, (k) => ofLabel[k]), named })]);
    }
    paints.push(["error", "error", () => {
      const { colours: ofSample, low, high } = colours.ofNumbers(explorer.values);
      return { ofSample, ends: [`${explorer.order.measure.title} ${elements.number(low)}`, elements.number(high)] };
    }]);
    const shown = explorer.columns.filter(({ start, stop }) => start < stop).slice(0, MOST_COLUMNS);
    return paints.concat(shown.map((column, k) => [`column-${k}`, column.name, () => paintColumn(explorer, column)]));
  }

  /* Move boxes apart where one would cover another, each pair the shorter way. */
  function partBoxes(centres, sizes) {
    for (let moved = true, round = 0; moved && round < 100; round++) {
      moved = false;
      for (let a = 1; a < centres.length; a++) for (let b = 0; b < a; b++) {
        const apart = [0, 1].map((k) => centres[a][k] - centres[b][k]);
        const overlap = apart.map((distance, k) => (sizes[a][k] + sizes[b][k]) / 2 - Math.abs(distance));
        if (!(Math.min(...overlap) > 0.5)) continue;
        const k = overlap[0] < overlap[1] ? 0 : 1;
        const step = (overlap[k] / 2) * (apart[k] < 0 ? -1 : 1);
        centres[a][k] += step;
        centres[b][k] -= step;
        moved = true;
      }
    }
  }

  /* The names of the labels stand near the medians of their samples, where the colours are theirs. */
  function placeNames(figure, source, ofSample, points, shown) {
    const rem = parseFloat(getComputedStyle(document.documentElement).fontSize);
    const pixels = [figure.inner_width || 600, figure.inner_height || 440];
    const scales = [0, 1].map((k) => {
      const [low, high] = arrays.extent(points.filter((_, j) => j % 2 === k));
      return pixels[k] / (1.1 * (high - low) || 1);
    });
    const placed = source.get_column("colour").map((colour) => {
      const inside = Array.from(ofSample.keys()).filter((i) => shown && ofSample[i] === colour);
      return scales.map((scale, k) => scale * (arrays.quantiles(inside.map((i) => points[2 * i + k]), [0.5])[0] ?? NaN));
    });
    partBoxes(placed, source.get_column("name").map(({ length }) => [(0.55 * length + 0.9) * rem, 1.7 * rem]));
    const [x, y] = scales.map((scale, k) => placed.map((place) => place[k] / scale));
    plots.replace(source, { x, y });
  }

  /* Beside the map: the sample at hand, and the first ones that are listed. */
  function attachCards(explorer, find) {
    explorer.subscribe(({ listed, chosen }) => {
      const { chosen: i } = explorer;
      if (chosen) find("at-hand").replaceChildren(worst.picture(explorer, i), worst.caption(explorer, i));
      if (listed) {
        find("first-name").textContent = `The first of ${elements.count(explorer.listed.length)} listed`;
        find("first").replaceChildren(...Array.from(explorer.listed.subarray(0, FEW), (k) => worst.card(explorer, k)));
      }
      worst.press(find("first"), i);
    });
  }

  /* What a brush, here or elsewhere, has left, and the way back. */
  function attachStatus(explorer, find) {
    find("clear").addEventListener("click", () => explorer.showAll());
    explorer.subscribe(() => {
      find("brushed").hidden = !explorer.isFiltered;
      find("status").textContent = worst.describe(explorer);
    });
  }

  function attach(explorer, figure, find) {
    attachStatus(explorer, find);
    const { maps, colours: given } = explorer.stored;
    const points = maps.map((one) => arrays.read(one.points));
    const [source, ring, names] = ["points", "chosen", "names"].map((name) => plots.findSource(figure, name));
    const axes = [figure.below[0], figure.left[0]];
    const axisNames = axes.map((axis) => axis.axis_label.text); // of the first map
    const [kind, colour] = [find("kind"), find("colour")];
    const pointsNow = () => points[kind.selectedIndex];
    const paints = listPaints(explorer, given?.label);
    const ofSample = explorer.labels && paints[0][2]().ofSample;

    elements.fillSelect(kind, maps.map(({ name, title }) => [name, title]));
    elements.fillSelect(colour, paints);

    const encircle = () => {
      const [x, y] = arrays.row(pointsNow(), explorer.chosen, 2);
      plots.replace(ring, { x: [x], y: [y] });
    };
    const mark = attachBrush(explorer, figure, source, pointsNow);
    const hideCard = attachHover(explorer, figure, find, pointsNow);
    const name = () => {
      if (names && ofSample) placeNames(figure, names, ofSample, pointsNow(), colour.value === "label");
    };
    const draw = () => {
      const painted = paints[colour.selectedIndex][2]();
      const [x, y] = [0, 1].map((k) => pointsNow().filter((_, j) => j % 2 === k));
      plots.replace(source, { x, y, colour: painted.ofSample });
      name();
      const { title, note } = maps[kind.selectedIndex];
      axes.forEach((axis, k) => plots.nameAxis(axis, kind.selectedIndex ? `${title} ${k + 1}` : axisNames[k]));
      find("note").textContent = note;
      showKey(find, painted);
      hideCard();
      encircle();
    };
    kind.addEventListener("change", () => {
      draw();
      figure.reset.emit(); // to the ranges of the new points
      mark();
    });
    colour.addEventListener("change", draw);
    figure.properties.inner_width.change.connect(elements.onceAFrame(name));
    attachCards(explorer, find);
    let measure = null;
    explorer.subscribe(({ listed, chosen }) => {
      if (measure !== explorer.order.measure) {
        measure = explorer.order.measure;
        draw();
      }
      if (listed) mark();
      if (chosen) encircle();
    });
  }

  return { attach };
})();
