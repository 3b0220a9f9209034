/* One block of rows through a network, forward and back. */
#pragma once

#include <stdlib.h>

#include "panels.h"

enum { SQUARED_ERROR, BINARY_CROSS_ENTROPY };

typedef struct {
  int32_t layers, restarts, batch, threads, loss;
  const int32_t *widths;      /* layers + 1: the features first */
  const int32_t *activations; /* of each layer */
  float learning_rate, beta_1, beta_2, epsilon, decay; /* decay: the share of itself that a weight loses at a step */
} Plan;

typedef struct {
  float *x, *weights;       /* the samples, and how much each counts */
  float **values, **slopes; /* of each layer; slopes are NULL where nothing is trained */
  float *upstream[2];       /* gradients on their way back */
  float *memory;
} Workspace;

INLINE void activate_panel(int activation, float *values, float *slopes, int64_t count) {
  for (int64_t i = 0; i < count; i += LANES) {
    lanes slope;
    *(lanes *)(values + i) = activate(activation, *(lanes *)(values + i), &slope);
    if (slopes) *(lanes *)(slopes + i) = slope;
  }
}

static void activate_all(int activation, float *values, float *slopes, int rows, int columns) {
  int64_t count = size_of(rows, columns);
  switch (activation) {
  case RELU: activate_panel(RELU, values, slopes, count); break;
  case LEAKY_RELU: activate_panel(LEAKY_RELU, values, slopes, count); break;
  case SIGMOID: activate_panel(SIGMOID, values, slopes, count); break;
  case TANH: activate_panel(TANH, values, slopes, count); break;
  case SILU: activate_panel(SILU, values, slopes, count); break;
  default: activate_panel(IDENTITY, values, slopes, count);
  }
  int width = width_of(columns), used = columns - (panels_of(columns) - 1) * width;
  if (activation != SIGMOID || used == width) return; /* the only one that does not map 0 to 0 */
  int_lanes are_used[2] = {};
  for (int j = 0; j < used; j++) are_used[j / LANES][j % LANES] = -1;
  lanes *row = (lanes *)(values + (int64_t)(panels_of(columns) - 1) * rows * width);
  for (int r = 0; r < rows; r++)
    for (int v = 0; v < width / LANES; v++, row++) *row = choose(are_used[v], *row, (lanes){});
}

/* Leave every layer's values, and slopes, in the workspace; the last layer's linear if so wished. */
static void forward(const Plan *plan, Workspace *work, int rows, const float *parameters, int linear_end) {
  const float *x = work->x;
  for (int l = 0; l < plan->layers; l++) {
    int inputs = plan->widths[l], outputs = plan->widths[l + 1], stored = parameter_rows(inputs);
    multiply(work->values[l], x, rows, inputs, parameters, stored, outputs, 1);
    if (l + 1 < plan->layers || !linear_end)
      activate_all(plan->activations[l], work->values[l], work->slopes[l], rows, outputs);
    parameters += size_of(stored, outputs);
    x = work->values[l];
  }
}

/* Return the weighted sum of the losses of a block's rows; with `gradient`, write there the gradient of `scale` times
   that sum by the last layer's linear values. */
INLINE double add_losses(const Plan *plan, Workspace *work, int rows, float scale, float *gradient, const int fused) {
  int last = plan->layers - 1, features = plan->widths[plan->layers], width = width_of(features);
  double total = 0;
  for (int p = 0; p < panels_of(features); p++) {
    lanes panel_sum = {};
    float used[2 * LANES];
    for (int j = 0; j < width; j++) used[j] = p * width + j < features;
    for (int r = 0; r < rows; r++) {
      lanes sum = {};
      for (int j = 0; j < width; j += LANES) {
        int64_t at = ((int64_t)p * rows + r) * width + j;
        lanes z = *(lanes *)(work->values[last] + at), x = *(lanes *)(work->x + at);
        lanes mask = *(lanes *)(used + j), slope;
        if (fused) {
          x = choose(x > 1.0f, fill(1.0f), choose(x < 0.0f, (lanes){}, x));
          lanes e = exp_of_negative(-magnitude(z)), share = 1.0f / ((1.0f + e) * (2.0f + e));
          sum += mask * (choose(z > 0.0f, z, (lanes){}) - z * x + log_one_plus(e * (1.0f + e) * share));
          slope = choose(z > 0.0f, fill(1.0f), e) * (2.0f + e) * share - x;
        } else {
          sum += (z - x) * (z - x);
          slope = 2.0f * (z - x);
          if (gradient) slope *= *(lanes *)(work->slopes[last] + at);
        }
        if (gradient) *(lanes *)(gradient + at) = slope * mask * (work->weights[r] * scale);
      }
      panel_sum += sum * work->weights[r];
    }
    for (int j = 0; j < LANES; j++) total += panel_sum[j];
  }
  return total / features;
}

static double sum_losses(const Plan *plan, Workspace *work, int rows, float scale, float *gradient) {
  if (plan->loss == BINARY_CROSS_ENTROPY) return add_losses(plan, work, rows, scale, gradient, 1);
  return add_losses(plan, work, rows, scale, gradient, 0);
}

static int64_t parameter_count(const Plan *plan) {
  int64_t count = 0;
  for (int l = 0; l < plan->layers; l++) count += size_of(parameter_rows(plan->widths[l]), plan->widths[l + 1]);
  return count;
}

/* Every kernel but the first also lies there transposed, for the way back. */
static int64_t transposed_count(const Plan *plan) {
  int64_t count = 0;
  for (int l = 1; l < plan->layers; l++) count += size_of(plan->widths[l + 1], plan->widths[l]);
  return count;
}

/* Write the gradient of every parameter; the workspace has what `forward` left, and upstream[0] the last gradient. */
static void backward(const Plan *plan, Workspace *work, int rows, const float *transposed, float *gradient) {
  int64_t end = parameter_count(plan), transposed_end = transposed_count(plan);
  float *upstream = work->upstream[0], *downstream = work->upstream[1];
  for (int l = plan->layers - 1; l >= 0; l--) {
    int inputs = plan->widths[l], outputs = plan->widths[l + 1], stored = parameter_rows(inputs);
    const float *x = l ? work->values[l - 1] : work->x;
    end -= size_of(stored, outputs);
    multiply_transposed(gradient + end, stored, x, rows, inputs, upstream, outputs);
    if (!l) break;
    transposed_end -= size_of(outputs, inputs);
    multiply(downstream, upstream, rows, outputs, transposed + transposed_end, outputs, inputs, 0);
    const float *slopes = work->slopes[l - 1];
    for (int64_t i = 0; i < size_of(rows, inputs); i += LANES)
      *(lanes *)(downstream + i) *= *(const lanes *)(slopes + i);
    float *swap = upstream;
    upstream = downstream, downstream = swap;
  }
}

/* Slopes and gradients have room only where something is trained. */
static int open_workspace(const Plan *plan, int rows, int trains, Workspace *work) {
  int64_t size = size_of(rows, plan->widths[0]), widest = 0;
  for (int l = 0; l < plan->layers; l++) {
    int64_t layer = size_of(rows, plan->widths[l + 1]);
    size += trains ? 2 * layer : layer;
    widest = trains && layer > widest ? layer : widest;
  }
  size += 2 * widest + round_up(rows, LANES);
  work->values = malloc(2 * plan->layers * sizeof(float *));
  work->memory = aligned_alloc(64, size * sizeof(float));
  if (!work->values || !work->memory) return 0; /* close_workspace frees the other */
  work->slopes = work->values + plan->layers;
  float *next = work->memory;
  work->x = next, next += size_of(rows, plan->widths[0]);
  for (int l = 0; l < plan->layers; l++) {
    int64_t layer = size_of(rows, plan->widths[l + 1]);
    work->values[l] = next, next += layer;
    work->slopes[l] = trains ? next : NULL, next += trains ? layer : 0;
  }
  work->upstream[0] = next, work->upstream[1] = next + widest;
  work->weights = next + 2 * widest;
  return 1;
}

static void close_workspace(Workspace *work) {
  free(work->values);
  free(work->memory);
}
