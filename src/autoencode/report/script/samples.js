"use strict";
/* The table of the samples that are listed: a page at a time, in any column's order. */
const samples = (() => {
  const PAGE = 10;
  const MOST_COLUMNS = 40;

  /* A column of the table: its title, what it is sorted by, and what is written. */
  function fieldsOf(explorer) {
    const { stored, labels, measures, rows } = explorer;
    const texts = (title, at) => ({ title, key: at, write: (i) => elements.name(at(i)) });
    const fields = [{ title: "row", key: (i) => rows[i], write: (i) => String(rows[i]) }];
    if (stored.rowNames) fields.push(texts("name", (i) => stored.rowNames[i]));
    if (labels) fields.push(texts("label", (i) => explorer.labelOf(i)));
    for (const { title, values } of measures) {
      fields.push({ title, key: (i) => values[i], write: (i) => elements.number(values[i]), numeric: true });
    }
    for (const { name, kind, cell } of explorer.columns.slice(0, MOST_COLUMNS)) {
      const write = (i) => elements.name(columns.show(cell(i)));
      fields.push({ title: name, key: cell, write, numeric: kind === "numeric" });
    }
    return fields;
  }

  /* Numbers by size, texts by letters, what is missing last in either direction. */
  function compare(a, b, direction) {
    if (a === null || b === null) return (a === null) - (b === null);
    if (typeof a === "number") return direction * (a - b);
    return direction * a.localeCompare(b, "en", { numeric: true });
  }

  function attach(explorer, find) {
    const fields = fieldsOf(explorer);
    let [sorted, direction, page, order] = [null, 1, 0, explorer.listed];

    const heads = fields.map((field) => {
      const button = elements.make("button", { type: "button" }, elements.name(field.title));
      button.addEventListener("click", () => {
        if (sorted === field) direction = -direction;
        else [sorted, direction] = [field, field.numeric ? -1 : 1];
        arrange();
      });
      return elements.make("th", { scope: "col", className: field.numeric ? "numeric" : "" }, button);
    });
    find("head").replaceChildren(...heads);

    function rowOf(i) {
      const cells = fields.map(({ write, numeric }, k) => {
        if (k) return elements.make("td", { className: numeric ? "numeric" : "" }, write(i));
        const button = elements.make("button", { type: "button", textContent: write(i) });
        return elements.make("td", {}, button);
      });
      const row = elements.make("tr", {}, ...cells);
      row.dataset.sample = i;
      row.addEventListener("click", () => explorer.choose(i));
      return row;
    }

    function markChosen() {
      for (const row of find("body").children) {
        row.ariaCurrent = Number(row.dataset.sample) === explorer.chosen;
      }
    }

    function showPage(wanted) {
      const pages = Math.max(1, Math.ceil(order.length / PAGE));
      page = Math.min(Math.max(wanted, 0), pages - 1);
      const shown = order.subarray(page * PAGE, (page + 1) * PAGE);
      find("body").replaceChildren(...Array.from(shown, rowOf));
      find("page").textContent = `page ${elements.count(page + 1)} of ${elements.count(pages)}`;
      find("earlier").disabled = page === 0;
      find("later").disabled = page === pages - 1;
      markChosen();
    }

    function arrange() {
      const by = sorted?.key;
      order = by ? explorer.listed.slice().sort((a, b) => compare(by(a), by(b), direction) || a - b) : explorer.listed;
      heads.forEach((head, k) => {
        const state = fields[k] !== sorted ? "none" : direction > 0 ? "ascending" : "descending";
        head.setAttribute("aria-sort", state);
      });
      showPage(0);
    }

    find("earlier").addEventListener("click", () => showPage(page - 1));
    find("later").addEventListener("click", () => showPage(page + 1));
    const left = explorer.columns.length - MOST_COLUMNS;
    find("left-out").hidden = left <= 0;
    find("left-out").textContent = `The first ${MOST_COLUMNS} of ${explorer.columns.length} columns.`;
    explorer.subscribe(({ listed }) => (listed ? arrange() : markChosen()));
  }

  return { attach };
})();
