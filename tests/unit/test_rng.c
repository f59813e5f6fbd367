#include <inttypes.h>
#include <math.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>
#include <glib.h>

#include "core/rng.h"

/* A generator whose next draw is `draw`: the output function of xoshiro256** turned round. */
static struct rng next_is(uint64_t draw)
{
    const uint64_t one_ninth = UINT64_C(0x8e38e38e38e38e39), one_fifth = UINT64_C(0xcccccccccccccccd);
    uint64_t x = draw * one_ninth;

    return (struct rng){ { 3, (x >> 7 | x << 57) * one_fifth, 1, 2 } };
}

/* How far counts lie from what was expected of each. */
static double chi_square(const unsigned *counts, int n, double expected)
{
    double sum = 0;

    for (int i = 0; i < n; i++)
        sum += (counts[i] - expected) * (counts[i] - expected) / expected;
    return sum;
}

/* Of chi-square, as far as one draw in ten thousand or so goes: the mean, and four deviations above it. */
#define CHI_SQUARE_MOST(degrees) ((degrees) + 4 * sqrt(2.0 * (degrees)))

/* From Blackman and Vigna's program, by way of the test of Rust's rand_xoshiro. */
static void test_rng_is_xoshiro256_star_star(void **state)
{
    static const uint64_t expected[] = {
        UINT64_C(11520),
        UINT64_C(0),
        UINT64_C(1509978240),
        UINT64_C(1215971899390074240),
        UINT64_C(1216172134540287360),
        UINT64_C(607988272756665600),
        UINT64_C(16172922978634559625),
        UINT64_C(8476171486693032832),
        UINT64_C(10595114339597558777),
        UINT64_C(2904607092377533576),
    };
    struct rng r = { { 1, 2, 3, 4 } };

    (void)state;
    for (size_t i = 0; i < G_N_ELEMENTS(expected); i++)
        assert_int_equal(rng_next(&r), expected[i]);
}

/* Computed apart, from the definitions of FNV-1a, splitmix64 and xoshiro256**. */
static void test_rng_seeding_never_changes(void **state)
{
    static const struct {
        uint64_t seed;
        const char *name;
        uint64_t draws[3];
    } rows[] = {
        { 0, "", { 0x1e28178eedbf0f30, 0x32dadb1a9e4a4d08, 0x4ef49088479a6d5c } },
        { 1, "", { 0xe40bb209bb018c5d, 0xd31d6a639d87c534, 0x84f58624908aa497 } },
        { 0, "a", { 0x894aa84dbb8537b6, 0xaf412583c5f92589, 0x58b7f6c148a0c551 } },
        { 1, "link/alice-pc>internet/loss", { 0xcaa70c10fc5528c4, 0x709e1bd236d203b5, 0x0ec971935dea4c1f } },
        { UINT64_MAX, "mail.crepes.fr/mx", { 0x9883291ba92b86ab, 0x3d0e0ec298476684, 0xe44bd15956abde37 } },
    };

    (void)state;
    for (size_t i = 0; i < G_N_ELEMENTS(rows); i++) {
        struct rng r;

        rng_init(&r, rows[i].seed, span_of(rows[i].name));
        for (int k = 0; k < 3; k++)
            if (rng_next(&r) != rows[i].draws[k])
                fail_msg("seed %" PRIu64 ", \"%s\", draw %d", rows[i].seed, rows[i].name, k);
    }
}

/* Streams of names and seeds that differ little: no two agree in more bits than chance lets them. */
static void test_rng_streams_are_independent(void **state)
{
    static const struct {
        uint64_t seed;
        const char *name;
    } streams[] = {
        { 1, "" },      { 2, "" },      { 3, "" },          { 1, "a" },         { 1, "b" },
        { 2, "a" },     { 2, "b" },     { 1, "aa" },        { 1, "link/a>b" },  { 1, "link/b>a" },
        { 0, "h1/mx" }, { 0, "h2/mx" }, { 1ull << 63, "" }, { UINT64_MAX, "" }, { 0, "" },
    };
    enum { N = G_N_ELEMENTS(streams), DRAWS = 4096 };

    (void)state;
    for (int a = 0; a < N; a++) {
        for (int b = 0; b < a; b++) {
            struct rng x, y;
            int differ = 0;

            rng_init(&x, streams[a].seed, span_of(streams[a].name));
            rng_init(&y, streams[b].seed, span_of(streams[b].name));
            for (int i = 0; i < DRAWS; i++)
                differ += __builtin_popcountll(rng_next(&x) ^ rng_next(&y));
            /* Half of 64 · 4096 bits; 256 is a standard deviation. */
            if (abs(differ - 32 * DRAWS) > 5 * 256)
                fail_msg("streams %d and %d differ in %d bits", a, b, differ);
        }
    }
}

static void test_rng_bits_are_even(void **state)
{
    enum { DRAWS = 100000 };
    unsigned ones[64] = { 0 }, octets[8][256] = { 0 };
    struct rng r;

    (void)state;
    rng_init(&r, 1, SPAN("bits"));
    for (int i = 0; i < DRAWS; i++) {
        uint64_t x = rng_next(&r);

        for (int bit = 0; bit < 64; bit++)
            ones[bit] += x >> bit & 1;
        for (int octet = 0; octet < 8; octet++)
            octets[octet][x >> 8 * octet & 255]++;
    }
    for (int bit = 0; bit < 64; bit++)
        assert_in_range(ones[bit], DRAWS / 2 - 800, DRAWS / 2 + 800); /* five standard deviations */
    for (int octet = 0; octet < 8; octet++)
        assert_true(chi_square(octets[octet], 256, DRAWS / 256.0) < CHI_SQUARE_MOST(255));
}

static void test_rng_below_is_even(void **state)
{
    static const uint32_t rows[] = { 2, 3, 7, 10, 64, 100, 1000 };

    (void)state;
    for (size_t i = 0; i < G_N_ELEMENTS(rows); i++) {
        uint32_t n = rows[i];
        g_autofree unsigned *counts = g_new0(unsigned, n);
        struct rng r;

        rng_init(&r, n, SPAN("below"));
        for (uint32_t k = 0; k < 1000 * n; k++) {
            uint32_t x = rng_below(&r, n);

            assert_true(x < n);
            counts[x]++;
        }
        if (chi_square(counts, (int)n, 1000) >= CHI_SQUARE_MOST(n - 1))
            fail_msg("below %u: %f", n, chi_square(counts, (int)n, 1000));
    }
}

/* Not about as likely, but exactly: of the 2^32 draws, 2^32 / n (rounded down) give each number, and the ones
 * left over give none. */
static void test_rng_below_is_exact(void **state)
{
    static const uint32_t rows[] = {
        3u << 20, (3u << 20) + 1, 5000011, 1u << 31, (1u << 31) + 1, UINT32_MAX
    };

    (void)state;
    for (size_t i = 0; i < G_N_ELEMENTS(rows); i++) {
        uint32_t n = rows[i], numbers[] = { 0, 1, 2, n / 3, n / 2, n - 2, n - 1 };

        for (size_t k = 0; k < G_N_ELEMENTS(numbers); k++) {
            uint64_t number = numbers[k], hits = 0;
            uint64_t from = (number << 32) / n, to = ((number + 1) << 32) / n + 1;

            for (uint64_t draw = from; draw <= to && draw < UINT64_C(1) << 32; draw++) {
                struct rng r = next_is(draw << 32 | 0xdeadbeef), once = r;
                uint32_t x = rng_below(&r, n);

                rng_next(&once);
                if (memcmp(&r, &once, sizeof r) == 0) /* it took one draw: this one counted */
                    hits += x == number;
            }
            if (hits != (UINT64_C(1) << 32) / n)
                fail_msg("%" PRIu64 " below %u comes from %" PRIu64 " draws", number, n, hits);
        }
    }

    struct rng r = next_is(UINT64_MAX);

    assert_int_equal(rng_below(&r, 1), 0);
}

static void test_rng_unit_is_half_open(void **state)
{
    static const struct {
        uint64_t draw;
        double unit;
    } rows[] = {
        { 0, 0 }, { 0x7ff, 0 }, { 0x800, 0x1p-53 }, { UINT64_C(1) << 63, 0.5 }, { UINT64_MAX, 1 - 0x1p-53 },
    };

    (void)state;
    for (size_t i = 0; i < G_N_ELEMENTS(rows); i++) {
        struct rng r = next_is(rows[i].draw);

        assert_true(rng_unit(&r) == rows[i].unit);
    }
}

/* Against -ln(u) · mean computed with 60 digits. */
static void test_rng_exponential_is_the_logarithm(void **state)
{
    static const struct {
        uint64_t draw;
        sim_time mean, expected;
    } rows[] = {
        { 0, INT64_C(1) << 57, INT64_C(6393154322601327830) }, /* the draw is made odd: u = 2^-64 */
        { 1, INT64_C(1) << 57, INT64_C(6393154322601327830) },
        { UINT64_C(1) << 62, INT64_C(1) << 57, INT64_C(199786072581291495) },      /* ln 4 */
        { (UINT64_C(1) << 63) - 1, INT64_C(1) << 57, INT64_C(99893036290645747) }, /* ln 2, from both sides */
        { UINT64_C(1) << 63, INT64_C(1) << 57, INT64_C(99893036290645747) },
        { UINT64_MAX, INT64_C(1) << 57, 0 },
        { UINT64_MAX, INT64_MAX, 0 },
        { 0, 0, 0 },
        { UINT64_C(1) << 63, 0, 0 },
        { UINT64_C(1) << 63, 1, 1 }, /* 0.69 is rounded */
        { UINT64_C(3) << 62, 1, 0 }, /* 0.29 too */
        { 0, INT64_MAX, SIM_NEVER - 1 },
    };
    static const struct {
        sim_time mean, expected;
    } stream[] = {
        { SIM_SECOND, 537088893 },
        { SIM_SECOND, 545347116 },
        { SIM_SECOND, 976209853 },
        { 1, 0 },
        { 1000, 885 },
        { SIM_DAY, INT64_C(28575562089971) },
        { SIM_DAY, INT64_C(18238238705723) },
    };
    struct rng r;

    (void)state;
    for (size_t i = 0; i < G_N_ELEMENTS(rows); i++) {
        r = next_is(rows[i].draw);

        sim_time got = rng_exponential(&r, rows[i].mean);

        /* 58 bits are kept behind the point; a few units in the last of them may go. */
        if (llabs(got - rows[i].expected) > rows[i].mean >> 54)
            fail_msg("row %zu: %" PRId64, i, got);
    }
    rng_init(&r, 7, SPAN("exponential"));
    for (size_t i = 0; i < G_N_ELEMENTS(stream); i++)
        assert_int_equal(rng_exponential(&r, stream[i].mean), stream[i].expected);
}

/* Everywhere, not in a few rows: against libm, whose logarithm of a long double has 64 bits or at least 53.
 */
static void test_rng_exponential_agrees_with_libm(void **state)
{
    struct rng r;

    (void)state;
    rng_init(&r, 1, SPAN("libm"));
    for (int i = 0; i < 200000; i++) {
        uint64_t u = (rng_next(&r) >> i % 64) | 1;
        struct rng one = next_is(u);
        long double expected = -logl((long double)u * 0x1p-64L) * SIM_DAY;
        sim_time got = rng_exponential(&one, SIM_DAY);

        if (fabsl(expected - (long double)got) > 0.6L)
            fail_msg("u = %" PRIu64 ": %" PRId64 " for %Lf", u, got, expected);
    }
}

static void test_rng_exponential_is_spread_as_it_should(void **state)
{
    enum { DRAWS = 200000, BINS = 32 };
    unsigned counts[BINS] = { 0 };
    double sum = 0;
    struct rng r;

    (void)state;
    rng_init(&r, 1, SPAN("spread"));
    for (int i = 0; i < DRAWS; i++) {
        sim_time x = rng_exponential(&r, SIM_SECOND);

        assert_true(x >= 0);
        sum += (double)x / SIM_SECOND;
        counts[(int)(BINS * exp(-(double)x / SIM_SECOND)) % BINS]++; /* each bin is as likely */
    }
    assert_true(fabs(sum / DRAWS - 1) < 5 / sqrt(DRAWS));
    assert_true(chi_square(counts, BINS, (double)DRAWS / BINS) < CHI_SQUARE_MOST(BINS - 1));
}

static void test_rng_shuffle_gives_every_order(void **state)
{
    enum { ORDERS = 24, DRAWS = 24000 };
    unsigned counts[4 * 4 * 4 * 4] = { 0 }, seen = 0;
    double far = 0;
    struct rng r;

    (void)state;
    rng_init(&r, 1, SPAN("shuffle"));
    for (int i = 0; i < DRAWS; i++) {
        unsigned char v[4] = { 0, 1, 2, 3 };

        rng_shuffle(&r, v, 4, 1);
        assert_int_equal(1 << v[0] | 1 << v[1] | 1 << v[2] | 1 << v[3], 15);
        counts[v[0] * 64 + v[1] * 16 + v[2] * 4 + v[3]]++;
    }
    for (size_t i = 0; i < G_N_ELEMENTS(counts); i++) {
        if (counts[i] == 0)
            continue;
        seen++;
        far += chi_square(&counts[i], 1, DRAWS / ORDERS);
    }
    assert_int_equal(seen, ORDERS);
    assert_true(far < CHI_SQUARE_MOST(ORDERS - 1));
}

/* Items of any size move whole; none or one draws nothing. */
static void test_rng_shuffle_moves_whole_items(void **state)
{
    enum { N = 20, SIZE = 200 };
    unsigned char items[N][SIZE];
    bool found[N] = { false };
    struct rng r, before;

    (void)state;
    for (int i = 0; i < N; i++)
        memset(items[i], i, SIZE);
    rng_init(&r, 1, SPAN("items"));
    before = r;
    rng_shuffle(&r, items, 1, SIZE);
    rng_shuffle(&r, items, 0, SIZE);
    rng_shuffle(&r, NULL, 0, SIZE);
    assert_memory_equal(&r, &before, sizeof r);
    rng_shuffle(&r, items, N, SIZE);
    for (int i = 0; i < N; i++) {
        int item = items[i][0];

        assert_true(item < N && !found[item]);
        found[item] = true;
        for (int k = 0; k < SIZE; k++)
            assert_int_equal(items[i][k], item);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_rng_is_xoshiro256_star_star),
        cmocka_unit_test(test_rng_seeding_never_changes),
        cmocka_unit_test(test_rng_streams_are_independent),
        cmocka_unit_test(test_rng_bits_are_even),
        cmocka_unit_test(test_rng_below_is_even),
        cmocka_unit_test(test_rng_below_is_exact),
        cmocka_unit_test(test_rng_unit_is_half_open),
        cmocka_unit_test(test_rng_exponential_is_the_logarithm),
        cmocka_unit_test(test_rng_exponential_agrees_with_libm),
        cmocka_unit_test(test_rng_exponential_is_spread_as_it_should),
        cmocka_unit_test(test_rng_shuffle_gives_every_order),
        cmocka_unit_test(test_rng_shuffle_moves_whole_items),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
