/* Sixteen numbers at a time: the exponential, the logarithm, and the activations with their slopes. */
#pragma once

#include <stddef.h>
#include <stdint.h>

_Static_assert(sizeof(size_t) >= 8, "sizes are counted in 64 bits");

#define LANES 16
#define INLINE static inline __attribute__((always_inline))

typedef float lanes __attribute__((vector_size(64), aligned(4), may_alias));
typedef int32_t int_lanes __attribute__((vector_size(64)));
typedef uint32_t bit_lanes __attribute__((vector_size(64)));

enum { IDENTITY, RELU, LEAKY_RELU, SIGMOID, TANH, SILU };

INLINE lanes fill(float x) { return (lanes){x, x, x, x, x, x, x, x, x, x, x, x, x, x, x, x}; }

INLINE lanes choose(int_lanes where, lanes yes, lanes no) {
  return (lanes)(((int_lanes)yes & where) | ((int_lanes)no & ~where));
}

INLINE lanes magnitude(lanes x) { return (lanes)((int_lanes)x & 0x7fffffff); }

/* The compilers make one instruction of it. */
INLINE lanes square_root(lanes x) {
  lanes root;
  for (int i = 0; i < LANES; i++) root[i] = __builtin_sqrtf(x[i]);
  return root;
}

/* exp(x) - 1 = power * (1 + q) - 1 for -87 <= x <= 0: power is 2^n, and q a polynomial on [-ln 2 / 2, ln 2 / 2]. Where
   x is not a number neither is q. */
INLINE lanes split_exponential(lanes x, lanes *power) {
  const float round = 12582912.0f; /* 1.5 * 2^23: adding it leaves the nearest whole number in the last bits */
  lanes shifted = x * 1.44269504f + round;
  lanes n = shifted - round;
  lanes r = x - n * 0.693359375f + n * 2.12194440e-4f;
  lanes p = r * 1.98756915e-4f + 1.39819995e-3f;
  p = p * r + 8.33345191e-3f;
  p = p * r + 4.16657960e-2f;
  p = p * r + 1.66666654e-1f;
  p = p * r + 5.00000012e-1f;
  *power = (lanes)(((bit_lanes)shifted << 23) + 0x3f800000u);
  return p * r * r + r;
}

/* exp(x) for x <= 0, within 2 units in the last place; 0 below -87, where XLA on CPU soon has 0 as well. */
INLINE lanes exp_of_negative(lanes x) {
  lanes power, q = split_exponential(x, &power);
  return choose(x < -87.0f, (lanes){}, q * power + power);
}

/* exp(x) - 1 for x <= 0, without loss of digits near 0. */
INLINE lanes exp_minus_one_of_negative(lanes x) {
  lanes power, q = split_exponential(x, &power);
  return choose(x < -87.0f, fill(-1.0f), q * power + (power - 1.0f));
}

/* log(1 + e) for 0 <= e <= 1, given ratio = e / (2 + e): the series of 2 artanh(ratio). */
INLINE lanes log_one_plus(lanes ratio) {
  lanes square = ratio * ratio;
  lanes series = square * (1.0f / 13) + 1.0f / 11;
  series = series * square + 1.0f / 9;
  series = series * square + 1.0f / 7;
  series = series * square + 1.0f / 5;
  series = series * square + 1.0f / 3;
  series = series * square + 1.0f;
  return 2.0f * ratio * series;
}

INLINE lanes sigmoid(lanes x, lanes exponential) {
  return choose(x >= 0.0f, fill(1.0f), exponential) / (1.0f + exponential);
}

/* Return the activation of x and write its slope there. */
INLINE lanes activate(int activation, lanes x, lanes *slope) {
  lanes e, y;
  switch (activation) {
  case RELU:
    *slope = choose(x > 0.0f, fill(1.0f), (lanes){});
    return choose(x <= 0.0f, (lanes){}, x); /* not a number stays so */
  case LEAKY_RELU:
    *slope = choose(x > 0.0f, fill(1.0f), fill(0.01f));
    return x * *slope;
  case SIGMOID:
    y = sigmoid(x, exp_of_negative(-magnitude(x)));
    *slope = y * (1.0f - y);
    return y;
  case TANH:
    e = exp_minus_one_of_negative(-2.0f * magnitude(x));
    y = e / (2.0f + e);
    y = choose(x > 0.0f, -y, y);
    *slope = 1.0f - y * y;
    return y;
  case SILU:
    y = sigmoid(x, exp_of_negative(-magnitude(x)));
    *slope = y * (1.0f + x * (1.0f - y));
    return x * y;
  default:
    *slope = fill(1.0f);
    return x;
  }
}
