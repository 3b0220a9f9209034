"use strict";
/* Elements of the page, and how numbers and names are written in them. Data is only ever text. */
const elements = (() => {
  const LONGEST = 300;

  function make(tag, properties = {}, ...children) {
    const element = Object.assign(document.createElement(tag), properties);
    element.append(...children);
    return element;
  }

  const cut = (text) => (text.length > LONGEST ? text.slice(0, LONGEST) + "…" : text);

  /* A name that came with the data: CSS cuts what is too long, the title has the rest. */
  const name = (text, tag = "span") => make(tag, { className: "data", title: cut(text), textContent: cut(text) });

  /* A whole number has all its digits, others as many as are given. */
  function number(value, digits = 4) {
    if (!Number.isFinite(value)) return "—";
    const size = Math.abs(value);
    const far = size !== 0 && (size < 1e-4 || size >= 1e7);
    const rounded = far ? value.toExponential(digits - 1) : String(Number(value.toPrecision(digits)));
    return (Number.isInteger(value) && size < 1e15 ? String(value) : rounded).replaceAll("-", "−");
  }

  const count = (value) => value.toLocaleString("en");

  function fillSelect(select, options) {
    select.replaceChildren(...options.map(([value, text]) => make("option", { value, textContent: cut(text) })));
  }

  /* Call something at most once a frame, however often it is asked for. */
  function onceAFrame(work) {
    let asked = false;
    return () => {
      if (asked) return;
      asked = true;
      requestAnimationFrame(() => {
        asked = false;
        work();
      });
    };
  }

  return { make, cut, name, number, count, fillSelect, onceAFrame };
})();
