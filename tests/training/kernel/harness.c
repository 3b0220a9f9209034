/* Every function of the kernel, over shapes, batches, losses and team sizes, on buffers of exactly the size that each
   may touch: for compilers that watch memory, arithmetic and threads. Prints how many cases there were, and fails where
   a number is none, or where a team's result is not, to the bit, what one thread gives. */

#include <stdio.h>

#include "dense.c"

static const int32_t shapes[][6] = {{1, 3, 1},           {15, 3, 15},    {16, 17, 3, 17, 16},
                                    {17, 3, 33, 17},     {32, 31, 32},   {33, 40, 8, 40, 33},
                                    {100, 31, 3, 31, 100}};
static const int32_t batches[] = {1, 7, 8, 9, 65, 128, 300};
static const int32_t teams[] = {1, 2, 5};
enum { SHAPES = sizeof shapes / sizeof *shapes, BATCHES = sizeof batches / sizeof *batches, TEAMS = 3, STEPS = 2 };

static uint32_t state = 1;

static float draw(void) { return (float)((state = state * 1664525u + 1013904223u) >> 8) / (1 << 24); }

static void *take(int64_t count, size_t size) {
  void *memory = malloc(count * size);
  if (!memory && count) exit(2);
  return memory;
}

static float *draw_many(int64_t count) {
  float *numbers = take(count, sizeof(float));
  for (int64_t i = 0; i < count; i++) numbers[i] = draw();
  return numbers;
}

static float *draw_parameters(const Plan *plan) {
  float *parameters = take(parameter_count(plan) * plan->restarts, sizeof(float)), *next = parameters;
  for (int network = 0; network < plan->restarts; network++)
    for (int l = 0; l < plan->layers; l++) {
      int inputs = plan->widths[l], outputs = plan->widths[l + 1], width = width_of(outputs);
      for (int p = 0; p < panels_of(outputs); p++)
        for (int r = 0; r < parameter_rows(inputs); r++)
          for (int j = 0; j < width; j++) *next++ = r <= inputs && p * width + j < outputs ? draw() - 0.5f : 0;
    }
  return parameters;
}

static uint64_t add_bits(uint64_t bits, const void *memory, int64_t bytes) {
  for (const unsigned char *next = memory; bytes--; next++) bits = (bits ^ *next) * 1099511628211u;
  return bits;
}

static void check(const char *what, int64_t count, const float *numbers) {
  for (int64_t i = 0; i < count; i++)
    if (!isfinite(numbers[i])) printf("%s has what is no number\n", what), exit(1);
}

/* Train, evaluate, trace and measure; return the bits of all that came out. */
static uint64_t run(const Plan *plan, int64_t rows) {
  int features = plan->widths[0], networks = plan->restarts, last = plan->layers;
  int64_t size = parameter_count(plan) * networks, places = (int64_t)STEPS * plan->batch;
  state = 1;
  float *samples = draw_many(rows * features), *parameters = draw_parameters(plan), *outputs[6];
  float *mean = calloc(size, sizeof(float)), *square = calloc(size, sizeof(float));
  float *weights = draw_many(places), *shares = draw_many(STEPS * networks);
  double *losses = calloc(MOST_SLOTS * networks, sizeof(double)), *held_out = calloc(networks, sizeof(double));
  double *errors[] = {take(networks * rows, sizeof(double)), take(networks * rows, sizeof(double))};
  int32_t *order = take(places, sizeof(int32_t));
  for (int64_t i = 0; i < places; i++) order[i] = (int32_t)(draw() * rows);
  for (int l = 0; l <= last; l++) { /* one is not wanted */
    int64_t count = networks * rows * plan->widths[l < last ? l + 1 : last];
    outputs[l] = l == 1 && last > 2 ? NULL : take(count, sizeof(float));
  }

  int failed = autoencode_train(plan, samples, order, weights, shares, STEPS, 0, parameters, mean, square, losses) ||
               autoencode_evaluate(plan, samples, rows, parameters, held_out) ||
               autoencode_trace(plan, samples, rows, parameters, outputs) ||
               autoencode_trace(plan, samples, 0, parameters, outputs) ||
               autoencode_measure(plan, samples, rows, parameters, SQUARED, errors[SQUARED]) ||
               autoencode_measure(plan, samples, rows, parameters, ABSOLUTE, errors[ABSOLUTE]);
  if (failed) exit(2);

  check("parameters", size, parameters), check("mean", size, mean), check("square", size, square);
  uint64_t bits = add_bits(0, parameters, size * sizeof(float));
  bits = add_bits(bits, losses, MOST_SLOTS * networks * sizeof(double));
  bits = add_bits(bits, held_out, networks * sizeof(double));
  for (int measure = SQUARED; measure <= ABSOLUTE; measure++) {
    for (int64_t i = 0; i < networks * rows; i++)
      if (!(errors[measure][i] >= 0)) printf("an error is no number\n"), exit(1);
    bits = add_bits(bits, errors[measure], networks * rows * sizeof(double));
    free(errors[measure]);
  }
  for (int l = 0; l <= last; l++)
    if (outputs[l]) {
      int64_t count = networks * rows * plan->widths[l < last ? l + 1 : last];
      check("an output", count, outputs[l]);
      bits = add_bits(bits, outputs[l], count * sizeof(float));
      free(outputs[l]);
    }
  free(samples), free(parameters), free(mean), free(square), free(weights), free(shares), free(losses), free(held_out);
  free(order);
  return bits;
}

int main(void) {
  int cases = 0, differing = 0;
  for (int shape = 0; shape < SHAPES; shape++)
    for (int batch = 0; batch < BATCHES; batch++)
      for (int loss = SQUARED_ERROR; loss <= BINARY_CROSS_ENTROPY; loss++, cases++) {
        int32_t layers = 0, activations[5];
        while (layers < 5 && shapes[shape][layers + 1]) layers++;
        for (int l = 0; l < layers; l++) activations[l] = (cases + l) % (SILU + 1);
        Plan plan = {.layers = layers, .restarts = 1 + cases % 3, .batch = batches[batch], .loss = loss};
        plan.widths = shapes[shape], plan.activations = activations;
        plan.learning_rate = 0.01f, plan.beta_1 = 0.9f, plan.beta_2 = 0.999f, plan.epsilon = 1e-8f, plan.decay = 0.01f;
        uint64_t alone = 0;
        for (int team = 0; team < TEAMS; team++) {
          plan.threads = teams[team];
          uint64_t bits = run(&plan, 1 + 70 * (cases % 4));
          if (!team) alone = bits;
          differing += bits != alone;
        }
      }
  return printf("%d cases, %d teams of other bits than one thread\n", cases, differing), differing > 0;
}
