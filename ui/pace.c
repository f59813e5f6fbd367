#include "pace.h"

#include <math.h>

/* On a scale of tenfold gaps, straight between these. All that is longer lasts as long as the last. */
static const struct {
    double gap_s, ms;
} marks[] = {
    { 1e-9, 10 },  { 1e-6, 40 }, { 1e-4, 160 }, { 1e-3, 360 }, { 1e-2, 700 },
    { 8e-2, 900 }, { 1, 1040 },  { 5, 1100 },   { 60, 1150 },  { 86400, 1200 },
};
enum { N_MARKS = sizeof marks / sizeof marks[0] };

double pace_ms(sim_time virtual_gap)
{
    double gap_s = virtual_gap / 1e9;

    if (virtual_gap <= 0)
        return 0;
    for (int i = 1; i < N_MARKS; i++) {
        if (gap_s <= marks[i].gap_s) {
            double share = log(gap_s / marks[i - 1].gap_s) / log(marks[i].gap_s / marks[i - 1].gap_s);

            return marks[i - 1].ms + share * (marks[i].ms - marks[i - 1].ms);
        }
    }
    return marks[N_MARKS - 1].ms;
}

bool pace_is_skip(sim_time virtual_gap)
{
    return virtual_gap > 5000000000;
}

double pace_ease(double t)
{
    t = t > 0 ? t < 1 ? t : 1 : 0; /* NaN: 0 */
    return t * t * (3 - 2 * t);
}

double pace_unease(double eased)
{
    eased = eased > 0 ? eased < 1 ? eased : 1 : 0;
    return 0.5 - sin(asin(1 - 2 * eased) / 3); /* the root of the cubic that lies in 0 … 1 */
}
