"use strict";
/* Rows that a reader marks as normal or as anomalies, saved as the table that `--feedback` takes. */
const marks = (() => {
  const WORDS = ["normal", "anomaly"];
  const FILE = "marks.csv";

  /* A missing cell is empty, an empty text is quoted. */
  function quote(cell) {
    if (cell === null) return "";
    return /^$|[",\r\n]|^\s|\s$/.test(cell) ? `"${cell.replaceAll('"', '""')}"` : cell;
  }

  function write({ columns, rows }, chosen) {
    const marked = [...chosen].sort(([a], [b]) => a - b).map(([k, word]) => [...rows[k], word]);
    return [[...columns, "mark"], ...marked].map((cells) => `${cells.map(quote).join(",")}\r\n`).join("");
  }

  function save(text) {
    const href = URL.createObjectURL(new Blob([text], { type: "text/csv" }));
    elements.make("a", { href, download: FILE }).click();
    setTimeout(() => URL.revokeObjectURL(href), 60_000);
  }

  /* Buttons of a row: one click marks it, another one on the same takes the mark back. */
  function makeButtons(name, change) {
    const buttons = WORDS.map((word) => {
      const button = elements.make("button", { type: "button", textContent: word, ariaPressed: "false" });
      button.setAttribute("aria-label", `${word}: ${elements.cut(name)}`);
      button.addEventListener("click", () => {
        const isMarked = button.ariaPressed === "false";
        for (const one of buttons) one.ariaPressed = String(one === button && isMarked);
        change(isMarked ? word : null);
      });
      return button;
    });
    return buttons;
  }

  function attach() {
    const root = document.querySelector(".marking");
    if (!root) return;
    const known = JSON.parse(root.querySelector("script").textContent);
    const chosen = new Map(); // words by the row's number
    const button = elements.make("button", { type: "button", textContent: `Save ${FILE}`, disabled: true });
    button.addEventListener("click", () => save(write(known, chosen)));
    const hint = "Mark rows as normal or as anomalies, and give the file to the next training: --feedback marks.csv";
    const said = elements.make("output", { textContent: hint });
    root.append(button, said);
    const change = (k, word) => {
      if (word) chosen.set(k, word);
      else chosen.delete(k);
      button.disabled = !chosen.size;
      said.textContent = chosen.size ? `${elements.count(chosen.size)} marked` : hint;
    };
    for (const table of document.querySelectorAll("table[data-first]")) {
      table.tHead.rows[0].cells[0].after(elements.make("th", { scope: "col", className: "mark", textContent: "mark" }));
      for (const [i, row] of [...table.tBodies[0].rows].entries()) {
        const k = Number(table.dataset.first) + i;
        const cell = elements.make("td", { className: "mark" });
        if (k < known.rows.length) {
          cell.append(...makeButtons(row.cells[0].textContent, (word) => change(k, word)));
        }
        row.cells[0].after(cell);
      }
    }
  }

  return { attach };
})();
