/* Threads that live for one call, and wait for one another without the system's help. */
#pragma once

#include <pthread.h>
#include <sched.h>
#include <stdatomic.h>
#include <time.h>

#include "network.h"

#define MOST_THREADS 64
#define SPINS 4096
#define YIELDS 8192 /* some milliseconds, after which a thread that waits leaves its processor to others */

typedef struct Team Team;
struct Team {
  const Plan *plan;
  void (*work)(Team *, int thread, Workspace *);
  int threads, workspace_rows;
  atomic_int begin, failed, waiting, round;
  const float *samples, *weights, *rate_shares; /* shares of the step size, of each step and network */
  const int32_t *order;
  int64_t steps, rows, updates;
  int slots, slot_rows, measure;
  float *parameters, *mean, *square, *gradients, *transposed;
  double *losses; /* of each slot, block or row of each network */
  float *const *outputs;
};

typedef struct {
  Team *team;
  int thread;
} Member;

static void wait_for_all(Team *team) {
  int round = atomic_load(&team->round);
  if (atomic_fetch_add(&team->waiting, 1) + 1 == team->threads) {
    atomic_store(&team->waiting, 0);
    atomic_fetch_add(&team->round, 1);
    return;
  }
  const struct timespec nap = {.tv_nsec = 50000};
  for (int turn = 0; atomic_load(&team->round) == round; turn = least(turn + 1, SPINS + YIELDS))
    if (turn == SPINS + YIELDS)
      nanosleep(&nap, NULL);
    else if (turn >= SPINS)
      sched_yield();
}

/* Let numbers below 1e-38, such as the moments of a unit that died, count as 0, as XLA does: on some processors they
   take a hundred times as long as others. Return how it was before, for `restore_denormals`. */
static uint64_t flush_denormals(void) {
#if defined(__x86_64__)
  uint64_t before = __builtin_ia32_stmxcsr();
  __builtin_ia32_ldmxcsr((unsigned)before | 0x8040);
  return before;
#elif defined(__aarch64__)
  uint64_t before;
  __asm__ volatile("mrs %0, fpcr" : "=r"(before));
  __asm__ volatile("msr fpcr, %0" : : "r"(before | 1 << 24));
  return before;
#else
  return 0;
#endif
}

static void restore_denormals(uint64_t before) {
#if defined(__x86_64__)
  __builtin_ia32_ldmxcsr((unsigned)before);
#elif defined(__aarch64__)
  __asm__ volatile("msr fpcr, %0" : : "r"(before));
#else
  (void)before;
#endif
}

static void *run_member(void *argument) {
  Member *member = argument;
  Team *team = member->team;
  Workspace work = {};
  uint64_t before = flush_denormals();
  while (!atomic_load(&team->begin)) sched_yield();
  if (!open_workspace(team->plan, team->workspace_rows, team->gradients != NULL, &work)) atomic_store(&team->failed, 1);
  wait_for_all(team);
  if (!atomic_load(&team->failed)) team->work(team, member->thread, &work);
  close_workspace(&work);
  restore_denormals(before);
  return NULL;
}

/* Run the work on as many threads as can be had, `most` at most; return 0, or 1 where memory ran out. */
static int run_team(Team *team, int rows, int64_t most) {
  pthread_t handles[MOST_THREADS];
  Member members[MOST_THREADS];
  int started = 1, wanted = team->plan->threads;
  wanted = least(wanted, most < MOST_THREADS ? (int)most : MOST_THREADS);
  team->workspace_rows = rows;
  atomic_init(&team->begin, 0), atomic_init(&team->failed, 0);
  atomic_init(&team->waiting, 0), atomic_init(&team->round, 0);
  for (; started < wanted; started++) {
    members[started] = (Member){team, started};
    if (pthread_create(&handles[started], NULL, run_member, &members[started])) break;
  }
  team->threads = started;
  atomic_store(&team->begin, 1);
  members[0] = (Member){team, 0};
  run_member(&members[0]);
  for (int t = 1; t < started; t++) pthread_join(handles[t], NULL);
  return atomic_load(&team->failed);
}
