"use strict";
/* What a reader looks at in one study: the measure, the samples that are listed, the one at hand. Views subscribe. */
class Explorer {
  static async open(stored) {
    const explorer = new Explorer(stored);
    const { shape, range } = stored;
    if (stored.kind === "images") {
      explorer.picture = await pictures.open(stored.pictures, shape, range);
      explorer.rebuiltPicture = await pictures.open(stored.rebuiltPictures, shape, range);
    }
    return explorer;
  }

  constructor(stored) {
    this.stored = stored;
    this.count = stored.count;
    this.rows = arrays.read(stored.rows);
    this.codes = arrays.read(stored.codes);
    this.codeSize = this.codes.length / this.count;
    this.measures = stored.measures.map((measure) => ({ ...measure, values: arrays.read(measure.values) }));
    this.labels = stored.labels && { names: stored.labels.names, index: arrays.read(stored.labels.index) };
    this.features = arrays.read(stored.features);
    this.rebuilt = arrays.read(stored.rebuilt);
    this.columns = columns.open(stored.columns, this.features, this.features && this.features.length / this.count);
    this.decode = stored.decoder && decoder.open(stored.decoder);
    this.orders = this.measures.flatMap(Explorer.ordersOf);
    this.ranks = new Map();
    this.listeners = [];
    Object.assign(this, { order: this.orders[0], label: null, from: null, to: null, onMap: null });
    this.list();
    this.chosen = this.listed[0];
    this.code = Float64Array.from(this.codeOf(this.chosen)); // what the sliders show
  }

  /* Of a signed measure both ends are worst. */
  static ordersOf(measure) {
    const { name, title, values } = measure;
    const order = (end, text, key) => ({ id: name + end, title: title + text, measure, key });
    if (!measure.signed) return [order("", "", (i) => values[i])];
    return [
      order("", ", furthest from 0", (i) => Math.abs(values[i])),
      order(":positive", ", most positive", (i) => values[i]),
      order(":negative", ", most negative", (i) => -values[i]),
    ];
  }

  subscribe(listener) {
    this.listeners.push(listener);
    listener({ listed: true, chosen: true });
  }

  tell(change) {
    for (const listener of this.listeners) listener(change);
  }

  /* Change the measure or a filter: `order`, `label` (its index), `from` and `to` (errors), `onMap` (samples). */
  filter(change) {
    if (change.order && change.order.measure !== this.order.measure) Object.assign(this, { from: null, to: null });
    Object.assign(this, change);
    this.list();
    this.tell({ listed: true, chosen: false });
  }

  showAll() {
    this.filter({ label: null, from: null, to: null, onMap: null });
  }

  choose(i) {
    this.chosen = i;
    this.tell({ listed: false, chosen: true });
  }

  get isFiltered() {
    return [this.label, this.from, this.to, this.onMap].some((part) => part !== null);
  }

  get values() {
    return this.order.measure.values;
  }

  list() {
    const { order, label, from, to, onMap, values, labels } = this;
    if (!this.ranks.has(order)) this.ranks.set(order, arrays.rank(this.count, order.key));
    this.listed = this.ranks.get(order).filter((i) =>
      (label === null || labels.index[i] === label) && (from === null || values[i] >= from) &&
      (to === null || values[i] <= to) && (onMap === null || onMap.has(i)));
  }

  codeOf(i) {
    return arrays.row(this.codes, i, this.codeSize);
  }

  /* The values of a sample, null where they are left out of the page. */
  sample(i) {
    if (this.picture) return this.picture(i);
    return this.features && arrays.row(this.features, i, this.features.length / this.count);
  }

  /* Its reconstruction, likewise. */
  reconstruction(i) {
    if (this.decode) return this.decode(this.codeOf(i));
    if (this.rebuiltPicture) return this.rebuiltPicture(i);
    return this.rebuilt && arrays.row(this.rebuilt, i, this.rebuilt.length / this.count);
  }

  labelOf(i) {
    return this.labels ? this.labels.names[this.labels.index[i]] : null;
  }

  nameOf(i) {
    return this.stored.rowNames?.[i] ?? `row ${this.rows[i]}`;
  }

  /* The difference that has the strongest colour: the largest in the samples that are worst by the first measure. */
  get limit() {
    this.largest ??= Math.max(...Array.from(this.ranks.get(this.orders[0]).slice(0, 24), (i) => {
      const [sample, rebuilt] = [this.sample(i), this.reconstruction(i)];
      return sample && rebuilt ? sample.reduce((most, x, j) => Math.max(most, Math.abs(x - rebuilt[j])), 0) : 0;
    })) || 1;
    return this.largest;
  }
}
