/* Feeds a fuzzer's target the files it is given, without the fuzzer: the corpora as tests. */
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static int feed(const char *path)
{
    FILE *f = fopen(path, "rb");
    uint8_t *bytes = NULL;
    size_t len = 0, room = 0;

    if (f == NULL) {
        perror(path);
        return 1;
    }
    for (;;) {
        if (len == room) {
            room = room ? 2 * room : 4096;
            bytes = realloc(bytes, room);
            if (bytes == NULL)
                abort();
        }
        size_t n = fread(bytes + len, 1, room - len, f);
        if (n == 0)
            break;
        len += n;
    }
    fclose(f);
    LLVMFuzzerTestOneInput(bytes, len);
    free(bytes);
    return 0;
}

int main(int argc, char **argv)
{
    int bad = 0;

    for (int i = 1; i < argc; i++)
        bad |= feed(argv[i]);
    printf("%d inputs\n", argc - 1);
    return bad;
}
