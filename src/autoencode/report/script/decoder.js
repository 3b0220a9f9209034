"use strict";
/* The decoder of a dense network: from a code to features in their own units, as the Python package computes it. */
const decoder = (() => {
  const { exp, expm1, log1p, max, abs, tanh, sqrt, PI } = Math;
  const sigmoid = (x) => 1 / (1 + exp(-x));
  const softplus = (x) => max(x, 0) + log1p(exp(-abs(x)));
  const elu = (x) => (x > 0 ? x : expm1(x));
  const ACTIVATIONS = {
    identity: (x) => x,
    relu: (x) => max(x, 0),
    leaky_relu: (x) => (x >= 0 ? x : 0.01 * x),
    elu,
    selu: (x) => 1.0507009873554805 * (x > 0 ? x : 1.6732632423543772 * expm1(x)),
    gelu: (x) => 0.5 * x * (1 + tanh(sqrt(2 / PI) * (x + 0.044715 * x ** 3))),
    silu: (x) => x * sigmoid(x),
    mish: (x) => x * tanh(softplus(x)),
    tanh,
    sigmoid,
    softplus,
    softsign: (x) => x / (1 + abs(x)),
  };

  function activateByColumn(values, groups) {
    for (const { kind, start, stop } of groups) {
      const part = values.subarray(start, stop);
      if (kind === "flag") part.forEach((x, i) => { part[i] = sigmoid(x); });
      if (kind !== "category") continue;
      const top = part.reduce((a, b) => max(a, b));
      const sum = part.reduce((total, x) => total + exp(x - top), 0);
      part.forEach((x, i) => { part[i] = exp(x - top) / sum; });
    }
  }

  function multiply(values, weights, bias) {
    const result = Float64Array.from(bias);
    for (let i = 0; i < values.length; i++) {
      const value = values[i];
      const start = i * result.length;
      if (value !== 0) for (let j = 0; j < result.length; j++) result[j] += value * weights[start + j];
    }
    return result;
  }

  /* Return the function that decodes one code. */
  function open(stored) {
    const [offset, scale] = [arrays.read(stored.offset), arrays.read(stored.scale)];
    const layers = stored.layers.map(({ weights, bias, activation }) => {
      if (activation !== "by_column" && !Object.hasOwn(ACTIVATIONS, activation)) {
        throw new Error(`unknown activation ${activation}`);
      }
      return { weights: arrays.read(weights), bias: arrays.read(bias), activation };
    });
    return (code) => {
      let values = code;
      for (const { weights, bias, activation } of layers) {
        values = multiply(values, weights, bias);
        if (activation === "by_column") activateByColumn(values, stored.groups);
        else for (let j = 0; j < values.length; j++) values[j] = ACTIVATIONS[activation](values[j]);
      }
      for (let j = 0; j < values.length; j++) {
        values[j] = values[j] * scale[j % scale.length] + offset[j % offset.length]; // one, where all features share it
      }
      return values;
    };
  }

  return { open };
})();
