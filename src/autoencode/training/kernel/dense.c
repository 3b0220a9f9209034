/* Training of K dense autoencoders at once, on the processor's vector units: an epoch of Adam, a mean loss, a trace, the
   errors of rows.

   The parameters of a layer are one matrix in panels: a row for each input, then the bias, then rows of 0 up to a
   multiple of 16. A batch is cut into slots of rows. Each slot has its own gradient, and gradients are added in the
   order of the slots, so the result does not depend on the number of threads. */

#include <math.h>

#include "errors.h"
#include "team.h"

#define SLOT_ROWS 128
#define MOST_SLOTS 8
#define BLOCK_ROWS 128 /* rows of a block where nothing is trained */

/* ---------------------------------------------------------------- an epoch */

/* Update the parameters of 16 rows of one layer's matrix by Adam, and its transposed copy. */
static void update_rows(Team *team, int network, int layer, int first, int64_t offset, int64_t transposed_offset,
                        float mean_share, float square_share, float rate_share) {
  const Plan *plan = team->plan;
  int inputs = plan->widths[layer], outputs = plan->widths[layer + 1], stored = parameter_rows(inputs);
  int width = width_of(outputs), transposed_width = width_of(inputs), count = LANES * width;
  int64_t size = parameter_count(plan);
  float *transposed = team->transposed + network * transposed_count(plan) + transposed_offset;
  float rate = plan->learning_rate * rate_share / mean_share, square_scale = 1 / square_share;
  float kept = 1 - plan->decay * rate_share;
  float beta_1 = plan->beta_1, beta_2 = plan->beta_2;
  for (int p = 0; p < panels_of(outputs); p++) {
    int64_t at = offset + ((int64_t)p * stored + first) * width;
    float *w = team->parameters + network * size + at, *m = team->mean + network * size + at;
    float *v = team->square + network * size + at;
    if (mean_share > 0) {
      const float *part = team->gradients + (int64_t)network * team->slots * size + at;
      for (int i = 0; i < count; i += LANES) {
        lanes gradient = *(const lanes *)(part + i);
        for (int slot = 1; slot < team->slots; slot++) gradient += *(const lanes *)(part + slot * size + i);
        lanes mean = beta_1 * *(lanes *)(m + i) + (1 - beta_1) * gradient;
        lanes square = beta_2 * *(lanes *)(v + i) + (1 - beta_2) * gradient * gradient;
        *(lanes *)(m + i) = mean, *(lanes *)(v + i) = square;
        lanes spread = square_root(square * square_scale) + plan->epsilon;
        *(lanes *)(w + i) = kept * *(lanes *)(w + i) - rate * mean / spread;
      }
    }
    int columns = least(width, outputs - p * width), rows = least(LANES, inputs - first);
    if (!layer || rows <= 0) continue;
    float *out = transposed + ((int64_t)(first / transposed_width) * outputs + (int64_t)p * width) * transposed_width;
    for (int i = 0; i < rows; i++)
      for (int o = 0; o < columns; o++) out[o * transposed_width + first % transposed_width + i] = w[i * width + o];
  }
}

/* Update this thread's share of all networks' parameters; with a share of 0 only the transposed copies are made. */
static void update(Team *team, int thread, float mean_share, float square_share, const float *rate_shares) {
  const Plan *plan = team->plan;
  int64_t units = 0, unit = 0;
  for (int l = 0; l < plan->layers; l++) units += parameter_rows(plan->widths[l]) / LANES;
  units *= plan->restarts;
  int64_t begin = units * thread / team->threads, end = units * (thread + 1) / team->threads;
  for (int network = 0; network < plan->restarts; network++) {
    int64_t offset = 0, transposed_offset = 0;
    for (int l = 0; l < plan->layers; l++) {
      int stored = parameter_rows(plan->widths[l]);
      for (int first = 0; first < stored; first += LANES, unit++)
        if (unit >= begin && unit < end)
          update_rows(team, network, l, first, offset, transposed_offset, mean_share, square_share,
                      rate_shares[network]);
      offset += size_of(stored, plan->widths[l + 1]);
      if (l) transposed_offset += size_of(plan->widths[l + 1], plan->widths[l]);
    }
  }
}

static void train_member(Team *team, int thread, Workspace *work) {
  const Plan *plan = team->plan;
  int features = plan->widths[0], fused = plan->loss == BINARY_CROSS_ENTROPY, items = team->slots * plan->restarts;
  int begin = (int64_t)items * thread / team->threads, end = (int64_t)items * (thread + 1) / team->threads;
  int64_t size = parameter_count(plan), transposed_size = transposed_count(plan);
  update(team, thread, 0, 0, team->rate_shares);
  wait_for_all(team);
  for (int64_t step = 0; step < team->steps; step++) {
    const float *weights = team->weights + step * plan->batch;
    double total = 0;
    for (int r = 0; r < plan->batch; r++) total += weights[r];
    int gathered = -1, rows = 0;
    for (int item = begin; item < end; item++) {
      int slot = item / plan->restarts, network = item % plan->restarts, first = slot * team->slot_rows;
      if (slot != gathered) {
        int used = least(team->slot_rows, plan->batch - first);
        rows = round_up(used, TILE), gathered = slot;
        gather(work->x, rows, team->samples, team->order, step * plan->batch + first, used, features);
        for (int r = 0; r < rows; r++) work->weights[r] = r < used ? weights[first + r] : 0;
      }
      forward(plan, work, rows, team->parameters + network * size, fused);
      team->losses[network * MOST_SLOTS + slot] +=
          sum_losses(plan, work, rows, (float)(1 / (total * features)), work->upstream[0]);
      backward(plan, work, rows, team->transposed + network * transposed_size,
               team->gradients + ((int64_t)network * team->slots + slot) * size);
    }
    wait_for_all(team);
    double count = (double)(team->updates + step + 1);
    update(team, thread, (float)(1 - pow(plan->beta_1, count)), (float)(1 - pow(plan->beta_2, count)),
           team->rate_shares + step * plan->restarts);
    wait_for_all(team);
  }
}

/* Train all networks on `steps` batches and add the weighted losses, each as it was before its update, to MOST_SLOTS
   sums a network, so that an epoch in several calls gives the same bits. Parameters, mean and square (Adam's moments)
   are changed in place. Return 0, or 1 where memory ran out. */
int autoencode_train(const Plan *plan, const float *samples, const int32_t *order, const float *weights,
                     const float *rate_shares, int64_t steps, int64_t updates, float *parameters, float *mean,
                     float *square, double *losses) {
  int slots = 1 + least((plan->batch - 1) / SLOT_ROWS, MOST_SLOTS - 1);
  int slot_rows = round_up(1 + (plan->batch - 1) / slots, TILE);
  slots = 1 + (plan->batch - 1) / slot_rows; /* none without rows */
  int64_t size = parameter_count(plan), transposed_size = transposed_count(plan) + LANES;
  Team team = {.plan = plan, .work = train_member, .samples = samples, .weights = weights, .order = order};
  team.rate_shares = rate_shares, team.steps = steps, team.updates = updates;
  team.slots = slots, team.slot_rows = slot_rows;
  team.parameters = parameters, team.mean = mean, team.square = square;
  team.gradients = aligned_alloc(64, size * plan->restarts * slots * sizeof(float));
  team.transposed = aligned_alloc(64, transposed_size * plan->restarts * sizeof(float));
  team.losses = losses;
  int failed = !team.gradients || !team.transposed;
  if (!failed) {
    memset(team.gradients, 0, size * plan->restarts * slots * sizeof(float));
    memset(team.transposed, 0, transposed_size * plan->restarts * sizeof(float));
    failed = run_team(&team, slot_rows, (int64_t)MOST_SLOTS * plan->restarts);
  }
  free(team.gradients), free(team.transposed);
  return failed;
}

/* ---------------------------------------------------------------- without training */

static void open_block(Team *team, Workspace *work, int64_t first, int *used, int *rows) {
  *used = team->rows - first < BLOCK_ROWS ? (int)(team->rows - first) : BLOCK_ROWS;
  *rows = round_up(*used, TILE);
  gather(work->x, *rows, team->samples, NULL, first, *used, team->plan->widths[0]);
  for (int r = 0; r < *rows; r++) work->weights[r] = r < *used;
}

static void evaluate_member(Team *team, int thread, Workspace *work) {
  const Plan *plan = team->plan;
  int64_t blocks = (team->rows + BLOCK_ROWS - 1) / BLOCK_ROWS, size = parameter_count(plan);
  for (int64_t block = thread; block < blocks; block += team->threads) {
    int used, rows;
    open_block(team, work, block * BLOCK_ROWS, &used, &rows);
    for (int network = 0; network < plan->restarts; network++) {
      forward(plan, work, rows, team->parameters + network * size, plan->loss == BINARY_CROSS_ENTROPY);
      team->losses[network * blocks + block] = sum_losses(plan, work, rows, 0, NULL);
    }
  }
}

/* Add the losses of all rows, for each network, in the order of the blocks. Return 0, or 1 where memory ran out. */
int autoencode_evaluate(const Plan *plan, const float *samples, int64_t rows, float *parameters, double *losses) {
  int64_t blocks = (rows + BLOCK_ROWS - 1) / BLOCK_ROWS;
  Team team = {.plan = plan, .work = evaluate_member, .samples = samples, .rows = rows, .parameters = parameters};
  team.losses = calloc(plan->restarts * blocks, sizeof(double));
  int failed = !team.losses || run_team(&team, BLOCK_ROWS, blocks);
  if (!failed)
    for (int64_t i = 0; i < plan->restarts * blocks; i++) losses[i / blocks] += team.losses[i];
  free(team.losses);
  return failed;
}

static void copy_rows(float *out, const float *values, int used, int rows, int columns) {
  if (!out) return;
  int width = width_of(columns);
  for (int p = 0; p < panels_of(columns); p++)
    for (int r = 0; r < used; r++)
      memcpy(out + (int64_t)r * columns + p * width, values + ((int64_t)p * rows + r) * width,
             least(width, columns - p * width) * sizeof(float));
}

/* Return where one network's rows of an output begin, or NULL where that output is not wanted. */
static float *find_output(float *output, int64_t row, int columns) { return output ? output + row * columns : NULL; }

static void trace_member(Team *team, int thread, Workspace *work) {
  const Plan *plan = team->plan;
  int64_t blocks = (team->rows + BLOCK_ROWS - 1) / BLOCK_ROWS, size = parameter_count(plan);
  int last = plan->layers - 1;
  for (int64_t block = thread; block < blocks; block += team->threads) {
    int used, rows;
    open_block(team, work, block * BLOCK_ROWS, &used, &rows);
    for (int network = 0; network < plan->restarts; network++) {
      int64_t row = network * team->rows + block * BLOCK_ROWS;
      forward(plan, work, rows, team->parameters + network * size, 1);
      for (int l = 0; l <= last; l++) {
        int columns = plan->widths[l + 1];
        copy_rows(find_output(team->outputs[l], row, columns), work->values[l], used, rows, columns);
      }
      int columns = plan->widths[last + 1];
      activate_all(plan->activations[last], work->values[last], work->slopes[last], rows, columns);
      copy_rows(find_output(team->outputs[last + 1], row, columns), work->values[last], used, rows, columns);
    }
  }
}

/* Write what each layer gives, shape (restarts, rows, units): the last layer's linear, then activated. An output that
   is NULL is not written. Return 0, or 1 where memory ran out. */
int autoencode_trace(const Plan *plan, const float *samples, int64_t rows, float *parameters, float *const *outputs) {
  Team team = {.plan = plan, .work = trace_member, .samples = samples, .rows = rows, .parameters = parameters};
  team.outputs = outputs;
  return run_team(&team, BLOCK_ROWS, (rows + BLOCK_ROWS - 1) / BLOCK_ROWS);
}

static void measure_member(Team *team, int thread, Workspace *work) {
  const Plan *plan = team->plan;
  int64_t blocks = (team->rows + BLOCK_ROWS - 1) / BLOCK_ROWS, size = parameter_count(plan);
  for (int64_t block = thread; block < blocks; block += team->threads) {
    int used, rows;
    open_block(team, work, block * BLOCK_ROWS, &used, &rows);
    for (int network = 0; network < plan->restarts; network++) {
      forward(plan, work, rows, team->parameters + network * size, 0);
      measure_rows(plan, work, team->measure, used, rows, team->losses + network * team->rows + block * BLOCK_ROWS);
    }
  }
}

/* Write the mean error of each row over its features, shape (restarts, rows), by a measure of ``errors.h``; none is
   finite where a reconstruction is not. Return 0, or 1 where memory ran out. */
int autoencode_measure(const Plan *plan, const float *samples, int64_t rows, float *parameters, int32_t measure,
                       double *errors) {
  Team team = {.plan = plan, .work = measure_member, .samples = samples, .rows = rows, .parameters = parameters};
  team.measure = measure, team.losses = errors;
  return run_team(&team, BLOCK_ROWS, (rows + BLOCK_ROWS - 1) / BLOCK_ROWS);
}

/* How large the library takes a plan to be: whoever hands one over must agree. */
int64_t autoencode_plan_bytes(void) { return sizeof(Plan); }
