"use strict";
/* The samples in their order, worst first: controls, a card each, and how many there are in words. */
const worst = (() => {
  const STEP = matchMedia("(max-width: 560px)").matches ? 6 : 12;
  const CONTRIBUTORS = 3;

  /* "fare 512.3 → 31.2" for the columns that come back as another cell, those first that add most to the error. */
  function describeColumns(explorer, i) {
    const [sample, rebuilt] = [explorer.sample(i), explorer.reconstruction(i)];
    if (!sample || !rebuilt) return [];
    const all = explorer.columns.filter(({ start, stop }) => start < stop).map((column) => ({
      name: column.name,
      before: columns.show(column.cell(i), 4),
      after: columns.show(columns.decode(column, rebuilt), 4),
      loss: columns.contribution(column, sample, rebuilt),
    }));
    const changed = all.filter(({ before, after }) => before !== after).sort((a, b) => b.loss - a.loss);
    return (changed.length ? changed : all).slice(0, CONTRIBUTORS).map(({ name, before, after }) =>
      elements.make("span", { className: "change" },
        elements.name(name), " ", elements.name(before, "b"), " → ", elements.name(after, "b")));
  }

  function drawPictures(explorer, i) {
    const [sample, rebuilt] = [explorer.sample(i), explorer.reconstruction(i)];
    if (!sample || !rebuilt) return [];
    const { shape, range } = explorer.stored;
    const canvases = [0, 1, 2].map(() => elements.make("canvas"));
    pictures.paint(canvases[0], sample, shape, range);
    pictures.paint(canvases[1], rebuilt, shape, range);
    pictures.paintDifference(canvases[2], sample, rebuilt, shape, explorer.limit);
    return canvases;
  }

  /* What stands for a sample: original, reconstruction and difference, or its columns. */
  function picture(explorer, i) {
    const isImage = explorer.stored.kind === "images";
    const parts = isImage ? drawPictures(explorer, i) : describeColumns(explorer, i);
    return elements.make("span", { className: isImage ? "triple" : "changes" }, ...parts);
  }

  function caption(explorer, i) {
    const label = explorer.labelOf(i);
    const parts = [elements.name(explorer.nameOf(i), "b")];
    if (label !== null) parts.push(" · ", elements.name(label));
    parts.push(" · ", elements.number(explorer.values[i]));
    return elements.make("span", { className: "caption" }, ...parts);
  }

  function card(explorer, i) {
    const button = elements.make("button", { type: "button", className: "sample-card" });
    button.append(picture(explorer, i), caption(explorer, i));
    button.dataset.sample = i;
    button.addEventListener("click", () => explorer.choose(i));
    return elements.make("li", {}, button);
  }

  /* Show which of some cards is that of the sample at hand. */
  function press(cards, chosen) {
    for (const button of cards.querySelectorAll("button")) {
      button.setAttribute("aria-pressed", Number(button.dataset.sample) === chosen);
    }
  }

  function describe(explorer) {
    const { listed, values, order, label, onMap, count } = explorer;
    const { from, to } = explorer;
    if (from !== null && to !== null && from > to) return "No sample is left: “from” is larger than “to”.";
    if (!listed.length) return "No sample is left: widen the range, or show all.";
    const [low, high] = arrays.extent(Array.from(listed, (i) => values[i]));
    const parts = [`${elements.count(listed.length)} of ${elements.count(count)} samples`];
    if (label !== null) parts.push(`labelled ${elements.cut(explorer.labels.names[label])}`);
    if (onMap !== null) parts.push("chosen on the map");
    return `${parts.join(", ")}, ${order.measure.title} from ${elements.number(low)} to ${elements.number(high)}`;
  }

  function attachControls(explorer, find) {
    const { labels, orders } = explorer;
    const [measure, label, from, to] = ["measure", "label", "from", "to"].map(find);
    elements.fillSelect(measure, orders.map(({ id, title }) => [id, title]));
    measure.addEventListener("change", () => explorer.filter({ order: orders[measure.selectedIndex] }));
    find("label-field").hidden = !labels;
    if (labels) elements.fillSelect(label, [["", "all"], ...labels.names.entries()]);
    label.addEventListener("change", () => explorer.filter({ label: label.value === "" ? null : Number(label.value) }));
    const read = (input) => (Number.isFinite(input.valueAsNumber) ? input.valueAsNumber : null);
    for (const input of [from, to]) {
      input.addEventListener("change", () => explorer.filter({ from: read(from), to: read(to) }));
    }
    find("clear").addEventListener("click", () => explorer.showAll());
    return () => {
      measure.value = explorer.order.id;
      label.value = explorer.label ?? "";
      from.value = explorer.from ?? "";
      to.value = explorer.to ?? "";
      find("clear").disabled = !explorer.isFiltered;
      find("status").textContent = describe(explorer);
      const { unit } = explorer.order.measure;
      const misleading = explorer.order.measure.signed ? " It misleads: errors of opposite signs cancel in it." : "";
      find("unit").textContent = (unit ? `Unit: ${unit}.` : "") + misleading;
    };
  }

  function attach(explorer, find) {
    const [cards, more] = [find("cards"), find("more")];
    const showControls = attachControls(explorer, find);
    const addCards = () => {
      const next = explorer.listed.subarray(cards.children.length, cards.children.length + STEP);
      cards.append(...Array.from(next, (i) => card(explorer, i)));
      const left = explorer.listed.length - cards.children.length;
      more.hidden = left === 0;
      more.textContent = `Show ${Math.min(STEP, left)} more`;
    };
    more.addEventListener("click", addCards);
    explorer.subscribe(({ listed }) => {
      if (listed) {
        showControls();
        cards.replaceChildren();
        addCards();
      }
      press(cards, explorer.chosen);
    });
    if (explorer.stored.kind === "images") {
      find("scale").hidden = false;
      find("scale-low").textContent = elements.number(-explorer.limit, 2);
      find("scale-high").textContent = `+${elements.number(explorer.limit, 2)}`;
    }
  }

  return { attach, picture, caption, card, press, describe };
})();
