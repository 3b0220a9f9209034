"use strict";
/* The start: each study's payload becomes an explorer, and each part of the page a view of it. */
(() => {
  const explorers = new Map(); // by the study's number

  const finder = (root) => (role) => root.querySelector(`[data-role="${role}"]`);

  function attachParts(study, explorer) {
    for (const root of document.querySelectorAll(`.explorer[data-study="${study}"]`)) {
      const find = finder(root);
      const { part } = root.dataset;
      const figure = plots.find(study, part === "worst" ? "sample_histogram" : "code_map");
      if (part === "worst") {
        if (figure) histogram.attach(explorer, figure, find);
        worst.attach(explorer, find);
        samples.attach(explorer, find);
      }
      if (part === "map" && figure) map.attach(explorer, figure, find);
      if (part === "decoder" && explorer.decode) live.attach(explorer, find, study);
      const without = part === "decoder" && !explorer.decode;
      for (const piece of root.querySelectorAll("[data-scripted]")) piece.hidden = without;
      if (without) find("without").hidden = false;
    }
  }

  async function start() {
    if (document.readyState === "loading") {
      await new Promise((done) => document.addEventListener("DOMContentLoaded", done, { once: true }));
    }
    copy.attach();
    marks.attach();
    plots.followTheme();
    const payloads = [...document.querySelectorAll('script[type="application/json"][id^="study-"]')];
    const opened = payloads.map(async (payload) => Explorer.open(JSON.parse(payload.textContent)));
    await plots.unpackBokeh();
    await Promise.all([plots.embedAll({ driven: true }), ...opened]);
    for (const [k, { id }] of payloads.entries()) {
      const study = id.slice("study-".length);
      explorers.set(study, await opened[k]);
      attachParts(study, explorers.get(study));
    }
    plots.embedAll({ driven: false }); // a reader need not wait for them
  }

  /* For tests and for the browser's console: what the page computes and shows. */
  const explorerOf = (study) => explorers.get(String(study));
  window.autoencodeReport = Object.freeze({
    ready: Promise.resolve().then(start), // after the whole script has run
    decode: (study, code) => Array.from(explorerOf(study).decode(Float64Array.from(code))),
    state: (study) => {
      const { rows, chosen, listed, code } = explorerOf(study);
      const codes = Array.from(code);
      return { chosen: rows[chosen], listed: Array.from(listed, (i) => rows[i]), count: listed.length, codes };
    },
  });
})();
