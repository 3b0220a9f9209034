"use strict";
/* The decoder of a dense network: from a code to features in their own units, as the Python package computes it. */
const decoder = (() => {
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
      if (activation !== "by_column" && !Object.hasOwn(activations.named, activation)) {
        throw new Error(`unknown activation ${activation}`);
      }
      return { weights: arrays.read(weights), bias: arrays.read(bias), activation };
    });
    return (code) => {
      let values = code;
      for (const { weights, bias, activation } of layers) {
        values = multiply(values, weights, bias);
        if (activation === "by_column") activations.byColumn(values, stored.groups);
        else for (let j = 0; j < values.length; j++) values[j] = activations.named[activation](values[j]);
      }
      for (let j = 0; j < values.length; j++) {
        values[j] = values[j] * scale[j % scale.length] + offset[j % offset.length]; // one, where all features share it
      }
      return values;
    };
  }

  return { open };
})();
