/* How far a row of a block is from its reconstruction, in double precision: the sums that NumPy makes of the same
   numbers, to the bit. */
#pragma once

#include "network.h"

#define ADDED_AT_ONCE 128 /* so many numbers are added in eight sums, more of them in halves, as by NumPy */

enum { SQUARED, ABSOLUTE };

typedef double eight __attribute__((vector_size(64)));
typedef int64_t eight_bits __attribute__((vector_size(64)));

typedef struct {
  const float *x, *values; /* a row and its reconstruction, in their first panels */
  int64_t panel_size;
} Pair;

INLINE eight widen(const float *x) { return (eight){x[0], x[1], x[2], x[3], x[4], x[5], x[6], x[7]}; }

/* The errors of eight features from `first`, a multiple of eight; those beyond the last are 0. */
INLINE eight compare_eight(const Pair *row, int first, const int measure) {
  const unsigned width = 2 * LANES; /* a narrower panel is the only one */
  int64_t at = first / width * row->panel_size + first % width;
  eight difference = widen(row->x + at) - widen(row->values + at);
  if (measure == ABSOLUTE) return (eight)((eight_bits)difference & INT64_MAX);
  eight square = difference * difference;
  __asm__("" : "+m"(square)); /* that no compiler makes one operation of it and of the sum: NumPy rounds twice */
  return square;
}

/* Add errors as NumPy does: eight sums, joined in pairs, then what is left over. */
INLINE double add_few(const Pair *row, int first, int count, const int measure) {
  int end = first + count, whole = first + count / 8 * 8;
  double sum = 0;
  if (first < whole) {
    eight sums = compare_eight(row, first, measure);
    for (int i = first + 8; i < whole; i += 8) sums += compare_eight(row, i, measure);
    sum = ((sums[0] + sums[1]) + (sums[2] + sums[3])) + ((sums[4] + sums[5]) + (sums[6] + sums[7]));
  }
  if (whole < end) {
    eight rest = compare_eight(row, whole, measure);
    for (int i = 0; i < end - whole; i++) sum += rest[i];
  }
  return sum;
}

/* The same of any number of them, in halves of whole eights. */
static double add_many(const Pair *row, int first, int count, int measure) {
  if (count <= ADDED_AT_ONCE) return add_few(row, first, count, measure);
  int half = count / 2 / 8 * 8;
  return add_many(row, first, half, measure) + add_many(row, first + half, count - half, measure);
}

INLINE void measure_panels(const Plan *plan, const Workspace *work, int used, int rows, double *errors,
                           const int measure) {
  int features = plan->widths[0], width = width_of(features);
  const float *x = work->x, *values = work->values[plan->layers - 1];
  for (int r = 0; r < used; r++, x += width, values += width) {
    Pair row = {x, values, (int64_t)rows * width};
    double sum = features <= ADDED_AT_ONCE ? add_few(&row, 0, features, measure) : add_many(&row, 0, features, measure);
    errors[r] = sum / features;
  }
}

/* Write the mean error of each row of a block over its features; the workspace has what `forward` left. */
static void measure_rows(const Plan *plan, const Workspace *work, int measure, int used, int rows, double *errors) {
  if (measure == ABSOLUTE)
    measure_panels(plan, work, used, rows, errors, ABSOLUTE);
  else
    measure_panels(plan, work, used, rows, errors, SQUARED);
}
