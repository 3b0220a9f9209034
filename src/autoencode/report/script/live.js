"use strict";
/* The decoder, live: a slider for each unit of the code, and what it decodes to beside the sample. */
const live = (() => {
  const FIRST = 32; // sliders that are shown at once
  const STEPS = 200;

  /* Least, largest and mean number of each unit over the samples, those that vary most first. */
  function unitsOf({ codes, codeSize, count }) {
    const units = Array.from({ length: codeSize }, (_, unit) => {
      const numbers = Array.from({ length: count }, (_, i) => codes[i * codeSize + unit]);
      const [low, high] = arrays.extent(numbers);
      const mean = numbers.reduce((sum, x) => sum + x, 0) / count;
      return { unit, low, high, mean, variance: numbers.reduce((sum, x) => sum + (x - mean) ** 2, 0) / count };
    });
    return units.sort((a, b) => b.variance - a.variance);
  }

  function slider({ unit, low, high }, study, change) {
    const id = `study-${study}-unit-${unit}`;
    const input = elements.make("input", { type: "range", id, min: low, max: high, step: (high - low) / STEPS || 1 });
    input.disabled = low === high;
    input.dataset.unit = unit;
    const output = elements.make("output", { htmlFor: id, ariaLive: "off" });
    input.addEventListener("input", () => change(unit, input.valueAsNumber));
    const label = elements.make("label", { htmlFor: id, textContent: `unit ${unit}` });
    const show = (value) => {
      input.value = value;
      output.textContent = elements.number(value, 3);
    };
    return { element: elements.make("div", { className: "slider" }, label, input, output), unit, show };
  }

  /* Return the function that shows decoded features beside the sample at hand. */
  function openView(explorer, find) {
    const { kind, shape, range } = explorer.stored;
    if (kind === "images") {
      find("pictures").hidden = false;
      const canvases = find("pictures").querySelectorAll("canvas");
      return (decoded) => {
        const sample = explorer.sample(explorer.chosen);
        for (const k of [0, 2]) canvases[k].parentElement.hidden = !sample;
        pictures.paint(canvases[1], decoded, shape, range);
        if (!sample) return;
        pictures.paint(canvases[0], sample, shape, range);
        pictures.paintDifference(canvases[2], sample, decoded, shape, explorer.limit);
      };
    }
    find("table").hidden = false;
    const rows = explorer.columns.map((column) => {
      const cells = [0, 1, 2].map(() => elements.make("td", { className: "data" }));
      const unit = /^(|share|units of the column)$/.test(column.unit) ? "" : ` (${column.unit})`;
      const head = elements.make("th", { scope: "row" }, elements.name(column.name + unit));
      find("cells").append(elements.make("tr", {}, head, ...cells));
      return { column, cells };
    });
    return (decoded) => {
      const sample = explorer.sample(explorer.chosen);
      for (const { column, cells } of rows) {
        const cell = column.cell(explorer.chosen);
        const fixed = column.start === column.stop;
        const difference = columns.showDifference(column, cell, sample, decoded);
        cells[0].textContent = columns.show(fixed ? cell : columns.decode(column, decoded), 4);
        cells[1].textContent = columns.show(cell);
        cells[2].textContent = fixed ? "no feature" : difference;
        cells[2].classList.toggle("differs", difference === "differs");
      }
    };
  }

  function attachChoice(explorer, find) {
    const input = find("sample");
    const step = (by) => {
      const place = explorer.listed.indexOf(explorer.chosen) + by;
      if (place >= 0 && place < explorer.listed.length) explorer.choose(explorer.listed[place]);
    };
    find("previous").addEventListener("click", () => step(-1));
    find("next").addEventListener("click", () => step(1));
    find("random").addEventListener("click", () => explorer.choose(Math.floor(Math.random() * explorer.count)));
    input.addEventListener("change", () => {
      const i = explorer.rows.indexOf(input.valueAsNumber);
      input.setCustomValidity(i < 0 ? "No such row is in this page." : "");
      if (i >= 0) explorer.choose(i);
      else input.reportValidity();
    });
    explorer.subscribe(() => {
      const place = explorer.listed.indexOf(explorer.chosen);
      input.value = explorer.rows[explorer.chosen];
      input.setCustomValidity("");
      find("previous").disabled = place <= 0;
      find("next").disabled = place + 1 >= explorer.listed.length;
      find("name").replaceChildren(worst.caption(explorer, explorer.chosen));
    });
  }

  function attach(explorer, find, study) {
    attachChoice(explorer, find);
    const units = unitsOf(explorer);
    const show = openView(explorer, find);
    const { code } = explorer;
    const draw = elements.onceAFrame(() => {
      show(explorer.decode(code));
      const own = explorer.codeOf(explorer.chosen);
      find("moved").hidden = code.every((value, unit) => value === own[unit]);
    });
    const change = (unit, value) => {
      code[unit] = value;
      sliders.find((one) => one.unit === unit).show(value);
      draw();
    };
    const sliders = [];
    const addSliders = (count) => {
      for (const unit of units.slice(sliders.length, count)) {
        const added = slider(unit, study, change);
        added.show(code[unit.unit]);
        sliders.push(added);
        find("sliders").append(added.element);
      }
      find("all").hidden = sliders.length === units.length;
    };
    const set = (numbers) => {
      code.set(numbers);
      for (const one of sliders) one.show(code[one.unit]);
      draw();
    };
    const means = Float64Array.from(units.toSorted((a, b) => a.unit - b.unit), ({ mean }) => mean);
    addSliders(FIRST);
    find("all").textContent = `Show all ${elements.count(units.length)} units`;
    find("all").addEventListener("click", () => addSliders(units.length));
    find("back").addEventListener("click", () => set(explorer.codeOf(explorer.chosen)));
    find("mean").addEventListener("click", () => set(means));
    explorer.subscribe(({ chosen }) => {
      if (chosen) set(explorer.codeOf(explorer.chosen));
    });
  }

  return { attach };
})();
