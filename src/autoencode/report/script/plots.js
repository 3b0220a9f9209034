"use strict";
/* Bokeh's plots: each takes the place of its still picture. */
const plots = (() => {
  const TYPE = 17; // the page's type that plots are drawn for, in pixels
  const byStudy = new Map(); // study's number → figure's name → its model

  /* Run Bokeh, which the page holds packed. The page's policy names what is inside by its hash, and runs nothing else. */
  async function unpackBokeh() {
    const packed = new Blob([arrays.readBytes(document.getElementById("bokeh").textContent)]);
    const text = await new Response(packed.stream().pipeThrough(new DecompressionStream("gzip"))).text();
    document.head.append(elements.make("script", { textContent: text }));
  }

  /* On a projector the page's type is larger, and a plot grows with it. Bokeh itself measures in pixels only. */
  function enlarge(text) {
    const scale = Math.max(1, parseFloat(getComputedStyle(document.documentElement).fontSize) / TYPE);
    const grow = (size) => (typeof size === "string" ? size.replace(/^[\d.]+/, (n) => n * scale) : size);
    return JSON.parse(text, (key, value) => {
      if (/font_size$/.test(key)) return value?.value ? { ...value, value: grow(value.value) } : grow(value);
      return /(^frame_(height|width)|_offset)$/.test(key) && typeof value === "number" ? value * scale : value;
    });
  }

  async function embed(script) {
    const target = document.getElementById(script.dataset.target);
    const views = await Bokeh.embed.embed_item(enlarge(script.textContent), target);
    (target.closest("figure") ?? target.parentElement).classList.add("drawn");
    const study = script.closest("[data-study]")?.dataset.study;
    for (const { model } of views) {
      if (!byStudy.has(study)) byStudy.set(study, new Map());
      byStudy.get(study).set(model.name, model);
    }
  }

  /* Those that an explorer drives, or the others; one that cannot be drawn leaves its still picture in place. */
  async function embedAll({ driven }) {
    for (const script of document.querySelectorAll('script[type="application/json"].plot')) {
      if (Boolean(script.closest("[data-study]")) === driven) await embed(script).catch((error) => console.error(error));
    }
  }

  const find = (study, name) => byStudy.get(study)?.get(name);
  const findSource = (figure, name) => figure.document.get_model_by_name(name);

  /* Replace some columns of a source; the others stay. */
  function replace(source, columns) {
    const kept = source.columns().map((name) => [name, source.get_column(name)]);
    source.data = { ...Object.fromEntries(kept), ...columns };
  }

  function setRange(range, start, end) {
    const ends = { start, end, reset_start: start, reset_end: end };
    range.setv(Object.fromEntries(Object.entries(ends).filter(([name]) => name in range.properties)));
  }

  /* A text that nothing parses, as the label was before. */
  function nameAxis(axis, text) {
    axis.axis_label = new axis.axis_label.constructor({ text });
  }

  function repaint(view) {
    view.canvas_view?.primary.ctx.reset(); // half a pixel at the edges is not painted over
    view.request_paint?.();
    view.children_views().forEach(repaint);
  }

  /* Bokeh reads the page's colours when it paints. */
  function followTheme() {
    matchMedia("(prefers-color-scheme: dark)").addEventListener("change", () => {
      Array.from(Bokeh.index).forEach(repaint);
    });
  }

  return { unpackBokeh, embedAll, find, findSource, replace, setRange, nameAxis, followTheme };
})();
