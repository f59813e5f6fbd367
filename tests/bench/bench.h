/* tests/bench/bench.h: what `make bench` prints, one function a table. Figures are of the machine they are
 * measured on; ratios travel. */
#ifndef BENCH_H
#define BENCH_H

#include <stdint.h>
#include <stdio.h>

void bench_sched(FILE *out);
void bench_net(FILE *out);
void bench_dns(FILE *out);
void bench_mail(FILE *out);
void bench_trace(FILE *out);
void bench_ui(FILE *out); /* only where the window is built */

/* Processor time that this program has used, ns: others on the machine do not count. */
int64_t bench_clock(void);

/* Sorts the `n` figures and gives the middle one. */
double bench_median(double *figures, int n);

#endif
