/* SASL PLAIN: three parts in base64, and what is none. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include <glib.h>

#include "mail/sasl_plain.h"

static void test_plain_is_read(void **state)
{
    static const struct {
        const char *base64, *identity, *user, *password; /* `user` NULL: it is none */
    } rows[] = {
        { "AHRpbQB0YW5zdGFhZnRhbnN0YWFm", "", "tim", "tanstaaftanstaaf" }, /* RFC 4616 §4 */
        { "VXJzZWwAS3VydAB4aXBqMzBwbHFx", "Ursel", "Kurt", "xipj30plqq" },
        { "AGJvYgA=", "", "bob", "" },
        { "AMO2AOyViA==", "", "ö", "안" },
        { "", "", NULL, "" },
        { "AA==", "", NULL, "" },
        { "AAA=", "", NULL, "" },
        { "AABmcmllcw==", "", NULL, "" },         /* nobody */
        { "Ym9iAGZyaWVz", "", NULL, "" },         /* two parts */
        { "AGJvYgBmcgBpZXM=", "", NULL, "" },     /* four */
        { "AP8AZnJpZXM=", "", NULL, "" },         /* a name that is no UTF-8 */
        { "AGJvYgD/", "", NULL, "" },             /* a password */
        { "/wBib2IAZnJpZXM=", "", NULL, "" },     /* an identity */
        { "AGJvYgBmcmllcw", "", NULL, "" },       /* a = is missing */
        { "AGJvYgBmcmllcw=", "", NULL, "" },      /* another */
        { "AGJvYgBmcmllcw===", "", NULL, "" },    /* one too many */
        { "AGJvYgBmcmllcw==AGJv", "", NULL, "" }, /* not at the end */
        { "AGJvYgBmcmllcx==", "", NULL, "" },     /* bits behind the last octet */
        { "AGJvYgBm cmllcw==", "", NULL, "" },    /* a space */
        { "AGJvYgBm-mllcw==", "", NULL, "" },     /* of another alphabet */
        { "====", "", NULL, "" },
    };

    (void)state;
    for (size_t i = 0; i < G_N_ELEMENTS(rows); i++) {
        struct sasl_plain p;
        const char *wrong = sasl_plain_read(span_of(rows[i].base64), &p);

        if ((wrong == NULL) != (rows[i].user != NULL))
            fail_msg("row %zu: %s", i, wrong != NULL ? wrong : "nothing is wrong");
        if (wrong != NULL)
            continue;
        assert_true(span_is(p.identity, span_of(rows[i].identity)));
        assert_true(span_is(p.user, span_of(rows[i].user)));
        assert_true(span_is(p.password, span_of(rows[i].password)));
        sasl_plain_release(&p);
    }
}

static void test_plain_is_written(void **state)
{
    struct sasl_plain p;
    char *base64 = sasl_plain_write("tim", "tanstaaftanstaaf");

    (void)state;
    assert_string_equal(base64, "AHRpbQB0YW5zdGFhZnRhbnN0YWFm");
    assert_null(sasl_plain_read(span_of(base64), &p));
    sasl_plain_release(&p);
    g_free(base64);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_plain_is_read),
        cmocka_unit_test(test_plain_is_written),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
