/* Runs the benches named on the command line, all without a name. */
#include "bench.h"

#include <stdlib.h>
#include <string.h>
#include <time.h>

static const struct bench {
    const char *name, *title;
    void (*run)(FILE *out);
} benches[] = {
    { "sched", "Event queue", bench_sched },    { "net", "Network", bench_net },
    { "dns", "Cached look-ups", bench_dns },    { "mail", "Mail, end to end", bench_mail },
    { "trace", "Trace records", bench_trace },
#ifdef HAVE_UI
    { "ui", "Frames of the window", bench_ui },
#endif
};
enum { N_BENCHES = sizeof benches / sizeof *benches };

int64_t bench_clock(void)
{
    struct timespec t;

    clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &t);
    return t.tv_sec * INT64_C(1000000000) + t.tv_nsec;
}

static int compare(const void *a, const void *b)
{
    double x = *(const double *)a, y = *(const double *)b;

    return (x > y) - (x < y);
}

double bench_median(double *figures, int n)
{
    qsort(figures, (size_t)n, sizeof *figures, compare);
    return figures[n / 2];
}

static const struct bench *find(const char *name)
{
    for (int i = 0; i < N_BENCHES; i++)
        if (strcmp(benches[i].name, name) == 0)
            return &benches[i];
    return NULL;
}

static void run(const struct bench *b)
{
    int64_t start = bench_clock();

    printf("== %s\n\n", b->title);
    b->run(stdout);
    printf("\n(%.1f s)\n\n", (double)(bench_clock() - start) / 1e9);
    fflush(stdout);
}

int main(int argc, char **argv)
{
    for (int i = 1; i < argc; i++) {
        if (find(argv[i]) == NULL) {
            fprintf(stderr, "%s: no bench \"%s\"; there are:", argv[0], argv[i]);
            for (int k = 0; k < N_BENCHES; k++)
                fprintf(stderr, " %s", benches[k].name);
            fputc('\n', stderr);
            return 2;
        }
    }
    for (int i = 1; i < argc; i++)
        run(find(argv[i]));
    for (int i = 0; argc == 1 && i < N_BENCHES; i++)
        run(&benches[i]);
    return 0;
}
