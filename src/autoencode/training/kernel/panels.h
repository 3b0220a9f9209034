/* Matrices in panels, and their products.

   A matrix of n columns is stored in panels of `width` columns, 16 where n <= 16 and 32 otherwise; element (r, c) lies
   at  panel(c / width) + r * width + c % width.  Columns that fill up the last panel are always 0. */
#pragma once

#include <string.h>

#include "lanes.h"

#define TILE 8   /* rows that are multiplied together, so that each number loaded is used eight times */
#define AHEAD 12 /* rows that are asked for before they are needed */
#define UNROLL _Pragma("GCC unroll 8")

static int round_up(int n, int to) { return (n + to - 1) / to * to; }
static int width_of(int columns) { return columns <= LANES ? LANES : 2 * LANES; }
static int panels_of(int columns) { return (columns + width_of(columns) - 1) / width_of(columns); }
static int64_t size_of(int rows, int columns) { return (int64_t)rows * panels_of(columns) * width_of(columns); }
static int parameter_rows(int inputs) { return round_up(inputs + 1, LANES); }
static int least(int a, int b) { return a < b ? a : b; }

/* Add to a tile of eight rows and `vectors` vectors the product of `count` columns of a with `count` rows of b. */
INLINE void multiply_tile(lanes sums[TILE][2], const float *a, int64_t row_stride, int64_t step, int count,
                          const float *b, const int vectors) {
  for (int k = 0; k < count; k++, a += step, b += vectors * LANES) {
    UNROLL for (int r = 0; r < TILE; r++) {
      lanes value = fill(a[r * row_stride]);
      UNROLL for (int v = 0; v < vectors; v++) sums[r][v] += value * *(const lanes *)(b + v * LANES);
    }
  }
}

INLINE void store_tile(float *c, lanes sums[TILE][2], const int vectors) {
  UNROLL for (int r = 0; r < TILE; r++)
    UNROLL for (int v = 0; v < vectors; v++) *(lanes *)(c + (r * vectors + v) * LANES) = sums[r][v];
}

/* c (rows × one panel) = start + a b, with `inner` columns of a; start is a row of c's width, or NULL. */
INLINE void multiply_panel(float *c, const float *a, int rows, int inner, const float *b, const float *start,
                           const int vectors) {
  int width = width_of(inner);
  for (int r = 0; r < rows; r += TILE) {
    lanes sums[TILE][2];
    UNROLL for (int t = 0; t < TILE; t++)
      UNROLL for (int v = 0; v < vectors; v++) sums[t][v] = start ? *(const lanes *)(start + v * LANES) : (lanes){};
    for (int k = 0; k < inner; k += width)
      multiply_tile(sums, a + (int64_t)k * rows + (int64_t)r * width, width, 1, least(width, inner - k),
                    b + (int64_t)k * vectors * LANES, vectors);
    store_tile(c + (int64_t)r * vectors * LANES, sums, vectors);
  }
}

/* c (columns of a × one panel) = aᵀ b, with a of `rows` rows; b is one panel of as many. */
INLINE void multiply_transposed_panel(float *c, const float *a, int rows, int columns, const float *b,
                                      const int vectors) {
  int width = width_of(columns);
  for (int i = 0; i < columns; i += TILE) {
    lanes sums[TILE][2] = {};
    multiply_tile(sums, a + (int64_t)(i / width) * rows * width + i % width, 1, width, rows, b, vectors);
    store_tile(c + (int64_t)i * vectors * LANES, sums, vectors);
  }
}

static void multiply(float *c, const float *a, int rows, int inner, const float *b, int b_rows, int columns,
                     int has_start) {
  int width = width_of(columns);
  for (int p = 0; p < panels_of(columns); p++) {
    const float *panel = b + (int64_t)p * b_rows * width, *start = has_start ? panel + (int64_t)inner * width : NULL;
    float *out = c + (int64_t)p * rows * width;
    if (width == LANES)
      multiply_panel(out, a, rows, inner, panel, start, 1);
    else
      multiply_panel(out, a, rows, inner, panel, start, 2);
  }
}

static void multiply_transposed(float *c, int c_rows, const float *a, int rows, int inputs, const float *b,
                                int columns) {
  int width = width_of(columns);
  for (int p = 0; p < panels_of(columns); p++) {
    float *out = c + (int64_t)p * c_rows * width;
    const float *panel = b + (int64_t)p * rows * width;
    if (width == LANES)
      multiply_transposed_panel(out, a, rows, inputs, panel, 1);
    else
      multiply_transposed_panel(out, a, rows, inputs, panel, 2);
    float *bias = out + (int64_t)inputs * width; /* what the tiles wrote beyond the inputs is 0, but for this row */
    memset(bias, 0, width * sizeof(float));
    for (int r = 0; r < rows; r++, panel += width)
      for (int j = 0; j < width; j += LANES) *(lanes *)(bias + j) += *(const lanes *)(panel + j);
  }
}

INLINE const float *find_row(const float *samples, const int32_t *order, int64_t place, int features) {
  return samples + (order ? (int64_t)order[place] : place) * features;
}

/* Copy fewer columns than a panel has, and fill it up with 0. */
INLINE void copy_rest(float *out, const float *row, int count, int width) {
  for (int j = 0; j < width; j += LANES) *(lanes *)(out + j) = (lanes){};
  if (count < LANES) {
    memcpy(out, row, count * sizeof(float));
    return;
  }
  *(lanes *)out = *(const lanes *)row;
  *(lanes *)(out + count - LANES) = *(const lanes *)(row + count - LANES); /* the two may overlap */
}

/* Copy rows of samples into panels. The last one fills up the tile: what is finite for it is so for its copies. */
static void gather(float *x, int padded_rows, const float *samples, const int32_t *order, int64_t first, int rows,
                   int features) {
  int width = width_of(features), whole = features / width, rest = features - whole * width;
  for (int r = 0; r < padded_rows; r++) {
    float *out = x + (int64_t)r * width;
    if (r + AHEAD < rows) { /* rows lie anywhere in memory */
      const float *ahead = find_row(samples, order, first + r + AHEAD, features);
      for (int j = 0; j < least(features, 4 * LANES); j += LANES) __builtin_prefetch(ahead + j);
    }
    const float *row = find_row(samples, order, first + least(r, rows - 1), features);
    for (int p = 0; p < whole; p++, row += width, out += (int64_t)padded_rows * width)
      for (int j = 0; j < width; j += LANES) *(lanes *)(out + j) = *(const lanes *)(row + j);
    if (rest) copy_rest(out, row, rest, width);
  }
}
