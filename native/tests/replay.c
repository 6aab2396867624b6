/* Runs the fuzz target on files: the corpus as a test, or a finding to debug. */
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

enum { MOST_BYTES = 1 << 20 };

int main(int argc, char **argv)
{
    uint8_t *buffer = malloc(MOST_BYTES);
    if (buffer == NULL || argc < 2) {
        fprintf(stderr, "usage: fuzz-replay FILE...\n");
        free(buffer);
        return 2;
    }
    for (int i = 1; i < argc; i++) {
        FILE *file = fopen(argv[i], "rb");
        if (file == NULL) {
            perror(argv[i]);
            free(buffer);
            return 1;
        }
        size_t n = fread(buffer, 1, MOST_BYTES, file);
        fclose(file);
        uint8_t *exact = malloc(n > 0 ? n : 1); /* so that a read past the input shows */
        for (size_t j = 0; exact != NULL && j < n; j++) {
            exact[j] = buffer[j];
        }
        LLVMFuzzerTestOneInput(exact, n);
        free(exact);
    }
    printf("replayed %d inputs\n", argc - 1);
    free(buffer);
    return 0;
}
