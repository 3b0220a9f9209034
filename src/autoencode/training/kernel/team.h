/* Threads that live for one call, and wait for one another without the system's help. */
#pragma once

#include <pthread.h>
#include <sched.h>
#include <stdatomic.h>

#include "network.h"

#define MOST_THREADS 64
#define SPINS 4096

typedef struct Team Team;
struct Team {
  const Plan *plan;
  void (*work)(Team *, int thread, Workspace *);
  int threads, workspace_rows;
  atomic_int begin, failed, waiting, round;
  const float *samples, *weights;
  const int32_t *order;
  int64_t steps, rows, updates;
  int slots, slot_rows;
  float *parameters, *mean, *square, *gradients, *transposed;
  double *losses; /* of each slot, or block, of each network */
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
  for (int spin = 0; atomic_load(&team->round) == round; spin++)
    if (spin > SPINS) sched_yield();
}

static void *run_member(void *argument) {
  Member *member = argument;
  Team *team = member->team;
  Workspace work = {};
  while (!atomic_load(&team->begin)) sched_yield();
  if (!open_workspace(team->plan, team->workspace_rows, &work)) atomic_store(&team->failed, 1);
  wait_for_all(team);
  if (!atomic_load(&team->failed)) team->work(team, member->thread, &work);
  close_workspace(&work);
  return NULL;
}

/* Run the work on as many threads as can be had; return 0, or 1 where memory ran out. */
static int run_team(Team *team, int rows) {
  pthread_t handles[MOST_THREADS];
  Member members[MOST_THREADS];
  int started = 1, wanted = team->plan->threads;
  wanted = wanted < 1 ? 1 : least(wanted, MOST_THREADS);
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
