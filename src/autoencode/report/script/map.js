"use strict";
/* The map of the codes: pointing at a point shows its sample, a tap chooses it, brushing lists those inside. */
const map = (() => {
  const [NEAR, NEAREST] = [12, 24]; // pixels around the pointer, and around a finger

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

  /* Labels that have a colour of their own, and one for all others. */
  function listColours(find, names, ofLabel) {
    const byColour = Map.groupBy(names.keys(), (k) => ofLabel[k]);
    find("legend").replaceChildren(...Array.from(byColour, ([colour, labels]) => {
      const swatch = elements.make("span", { className: "swatch" });
      swatch.style.backgroundColor = colour;
      return elements.make("li", {}, swatch, elements.name(labels.length > 1 ? "other" : names[labels[0]]));
    }));
  }

  function showRamp(explorer, find, error) {
    find("legend").hidden = Boolean(error);
    find("ramp").hidden = !error;
    if (!error) return;
    find("ramp-low").textContent = `${explorer.order.measure.title} ${elements.number(error.low)}`;
    find("ramp-high").textContent = elements.number(error.high);
  }

  /* The names of the labels stand at the medians of their samples, where the colours are theirs. */
  function placeNames(source, ofSample, points, shown) {
    const placed = source.get_column("colour").map((colour) => {
      const inside = Array.from(ofSample.keys()).filter((i) => shown && ofSample[i] === colour);
      return [0, 1].map((k) => arrays.quantiles(inside.map((i) => points[2 * i + k]), [0.5])[0] ?? NaN);
    });
    plots.replace(source, { x: placed.map(([x]) => x), y: placed.map(([, y]) => y) });
  }

  function attach(explorer, figure, find) {
    const { maps, colours: given } = explorer.stored;
    const points = maps.map((one) => arrays.read(one.points));
    const [source, ring, names] = ["points", "chosen", "names"].map((name) => plots.findSource(figure, name));
    const axes = [figure.below[0], figure.left[0]];
    const axisNames = axes.map((axis) => axis.axis_label.text); // of the first map
    const [kind, colour] = [find("kind"), find("colour")];
    const pointsNow = () => points[kind.selectedIndex];
    const ofSample = explorer.labels && Array.from(explorer.labels.index, (k) => given.label[k]);

    elements.fillSelect(kind, maps.map(({ name, title }) => [name, title]));
    elements.fillSelect(colour, [...(ofSample ? [["label", "label"]] : []), ["error", "error"]]);
    if (ofSample) listColours(find, explorer.labels.names, given.label);

    const encircle = () => {
      const [x, y] = arrays.row(pointsNow(), explorer.chosen, 2);
      plots.replace(ring, { x: [x], y: [y] });
    };
    const mark = attachBrush(explorer, figure, source, pointsNow);
    const hideCard = attachHover(explorer, figure, find, pointsNow);
    const draw = () => {
      const error = colour.value === "error" ? colours.ofErrors(explorer.values) : null;
      const [x, y] = [0, 1].map((k) => pointsNow().filter((_, j) => j % 2 === k));
      plots.replace(source, { x, y, colour: error ? error.colours : ofSample });
      if (names && ofSample) placeNames(names, ofSample, pointsNow(), !error);
      const { title, note } = maps[kind.selectedIndex];
      axes.forEach((axis, k) => plots.nameAxis(axis, kind.selectedIndex ? `${title} ${k + 1}` : axisNames[k]));
      find("note").textContent = note;
      showRamp(explorer, find, error);
      hideCard();
      encircle();
    };
    kind.addEventListener("change", () => {
      draw();
      figure.reset.emit(); // to the ranges of the new points
      mark();
    });
    colour.addEventListener("change", draw);
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
