#include "core/rng.h"

#include <assert.h>
#include <string.h>

__extension__ typedef unsigned __int128 uint128;

static uint64_t fnv1a(struct span text)
{
    uint64_t hash = UINT64_C(0xcbf29ce484222325);

    for (size_t i = 0; i < text.len; i++)
        hash = (hash ^ (uint8_t)text.at[i]) * UINT64_C(0x100000001b3);
    return hash;
}

static uint64_t splitmix64(uint64_t *state)
{
    uint64_t z = *state += UINT64_C(0x9e3779b97f4a7c15);

    z = (z ^ (z >> 30)) * UINT64_C(0xbf58476d1ce4e5b9);
    z = (z ^ (z >> 27)) * UINT64_C(0x94d049bb133111eb);
    return z ^ (z >> 31);
}

void rng_init(struct rng *r, uint64_t seed, struct span name)
{
    /* The seed is mixed before the name goes in: seeds 1, 2, 3 … would otherwise only flip low bits of the
     * name's hash, and two names whose hashes differ there would swap streams between seeds. */
    uint64_t state = splitmix64(&seed) ^ fnv1a(name);

    for (int i = 0; i < 4; i++)
        r->s[i] = splitmix64(&state); /* of four in a row at most one is 0, so the state is a good one */
}

static inline uint64_t rotate(uint64_t x, int by)
{
    return (x << by) | (x >> (64 - by));
}

uint64_t rng_next(struct rng *r)
{
    uint64_t *s = r->s;
    uint64_t result = rotate(s[1] * 5, 7) * 9;
    uint64_t t = s[1] << 17;

    s[2] ^= s[0];
    s[3] ^= s[1];
    s[1] ^= s[2];
    s[0] ^= s[3];
    s[2] ^= t;
    s[3] = rotate(s[3], 45);
    return result;
}

/* Multiply and keep the upper half (Lemire, 2019). 2^32 is rarely a multiple of n: the first 2^32 mod n
 * products of each residue are drawn again, which makes the rest even. */
uint32_t rng_below(struct rng *r, uint32_t n)
{
    assert(n > 0);

    uint64_t product = (rng_next(r) >> 32) * n;

    if ((uint32_t)product < n) {
        uint32_t surplus = -n % n;

        while ((uint32_t)product < surplus)
            product = (rng_next(r) >> 32) * n;
    }
    return (uint32_t)(product >> 32);
}

double rng_unit(struct rng *r)
{
    return (double)(rng_next(r) >> 11) * 0x1p-53;
}

static uint64_t multiply_high(uint64_t a, uint64_t b)
{
    return (uint64_t)((uint128)a * b >> 64);
}

/* -ln(m / 2^64) for m in [2^63, 2^64), in units of 2^-64: 2 atanh(z) with z = (1 - m) / (1 + m) <= 1/3, by
 * Horner's rule on z + z^3/3 + z^5/5 + … to z^37/37; what is left out is below 2^-64. */
static uint64_t minus_log(uint64_t m)
{
#define ONE_OVER(n) (UINT64_MAX / (n))
    static const uint64_t odd[] = {
        ONE_OVER(37), ONE_OVER(35), ONE_OVER(33), ONE_OVER(31), ONE_OVER(29), ONE_OVER(27),
        ONE_OVER(25), ONE_OVER(23), ONE_OVER(21), ONE_OVER(19), ONE_OVER(17), ONE_OVER(15),
        ONE_OVER(13), ONE_OVER(11), ONE_OVER(9),  ONE_OVER(7),  ONE_OVER(5),  ONE_OVER(3),
    };
#undef ONE_OVER
    uint64_t z = (uint64_t)(((uint128)-m << 63) / ((UINT64_C(1) << 63) + m / 2));
    uint64_t square = multiply_high(z, z);
    uint64_t sum = 0;

    for (size_t i = 0; i < sizeof odd / sizeof *odd; i++)
        sum = multiply_high(sum + odd[i], square);
    return 2 * (z + multiply_high(z, sum));
}

/* By inversion: -ln(u) · mean, u uniform. libm's log differs in the last bit from one C library to the next,
 * and compilers may fuse a multiplication with an addition, so a logarithm in floating point could move an
 * event by a nanosecond and change a whole trace. Integers cannot. */
sim_time rng_exponential(struct rng *r, sim_time mean)
{
    enum { FRACTION = 58 };                                   /* -ln(2^-64) = 44.4 takes 6 bits */
    static const uint64_t ln2 = UINT64_C(0x2c5c85fdf473de6b); /* ln 2 in units of 2^-62 */

    assert(mean >= 0);

    uint64_t u = rng_next(r) | 1; /* in units of 2^-64; odd, so neither 0 nor 1 */
    int zeros = __builtin_clzll(u);
    uint64_t log = (uint64_t)((uint128)ln2 * (unsigned)zeros >> (62 - FRACTION)) +
                   (minus_log(u << zeros) >> (64 - FRACTION));
    uint128 scaled = ((uint128)log * (uint64_t)mean + (UINT64_C(1) << (FRACTION - 1))) >> FRACTION;

    return scaled < SIM_NEVER ? (sim_time)scaled : SIM_NEVER - 1;
}

static void swap(char *a, char *b, size_t size)
{
    char hold[64];

    for (size_t n; size > 0; a += n, b += n, size -= n) {
        n = size < sizeof hold ? size : sizeof hold;
        memcpy(hold, a, n);
        memcpy(a, b, n);
        memcpy(b, hold, n);
    }
}

void rng_shuffle(struct rng *r, void *array, size_t n, size_t item_size)
{
    char *items = array;

    assert(n <= UINT32_MAX);
    for (size_t i = n; i > 1; i--) {
        size_t j = rng_below(r, (uint32_t)i);

        if (j != i - 1)
            swap(items + j * item_size, items + (i - 1) * item_size, item_size);
    }
}
