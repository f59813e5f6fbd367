/* Any bytes become a JSON string that another's parser reads; valid UTF-8 without NUL comes back as it was.
 */
#include <cjson/cJSON.h>
#include <glib.h>
#include <stdlib.h>

#include "core/json.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void must(bool holds)
{
    if (!holds)
        abort();
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    char *block = g_malloc(json_text_max(size) + 1), *end = json_text(block, span_bytes(data, size));
    cJSON *value;

    *end = '\0';
    must((size_t)(end - block) <= json_text_max(size) && g_utf8_validate(block, end - block, NULL));
    value = cJSON_Parse(block);
    if (size > 0 && memchr(data, '\0', size) == NULL) {
        must(cJSON_IsString(value));
        if (g_utf8_validate((const char *)data, (gssize)size, NULL))
            must(span_is(span_of(value->valuestring), span_bytes(data, size)));
    }
    cJSON_Delete(value);
    g_free(block);
    return 0;
}
