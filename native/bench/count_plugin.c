/* A plugin for qemu-user that counts the guest's instructions: all of them, and those of one function.
 * Arguments: out=FILE, fn=NAME. Counts are exact and repeat; with one guest thread they are the program's own.
 * The declarations are those of QEMU's plugin interface, version 1, which distributions ship no header for. */
#include <inttypes.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

typedef uint64_t qemu_plugin_id_t;
struct qemu_info;
struct qemu_plugin_tb;
struct qemu_plugin_insn;
enum { ADD_U64 = 0 };
extern void qemu_plugin_register_vcpu_tb_trans_cb(qemu_plugin_id_t, void (*)(qemu_plugin_id_t, struct qemu_plugin_tb *));
extern void qemu_plugin_register_vcpu_tb_exec_inline(struct qemu_plugin_tb *, int, void *, uint64_t);
extern void qemu_plugin_register_atexit_cb(qemu_plugin_id_t, void (*)(qemu_plugin_id_t, void *), void *);
extern size_t qemu_plugin_tb_n_insns(const struct qemu_plugin_tb *);
extern struct qemu_plugin_insn *qemu_plugin_tb_get_insn(const struct qemu_plugin_tb *, size_t);
extern const char *qemu_plugin_insn_symbol(const struct qemu_plugin_insn *);

__attribute__((visibility("default"))) int qemu_plugin_version = 1;

static uint64_t all, inside;
static const char *function, *out;

static void translated(qemu_plugin_id_t id, struct qemu_plugin_tb *block)
{
    (void)id;
    size_t n = qemu_plugin_tb_n_insns(block), n_inside = 0;
    for (size_t i = 0; function != NULL && i < n; i++) {
        const char *symbol = qemu_plugin_insn_symbol(qemu_plugin_tb_get_insn(block, i));
        n_inside += symbol != NULL && strcmp(symbol, function) == 0;
    }
    qemu_plugin_register_vcpu_tb_exec_inline(block, ADD_U64, &all, n);
    qemu_plugin_register_vcpu_tb_exec_inline(block, ADD_U64, &inside, n_inside);
}

static void finished(qemu_plugin_id_t id, void *nothing)
{
    (void)id;
    (void)nothing;
    FILE *file = out == NULL ? NULL : fopen(out, "w");
    if (file != NULL) {
        fprintf(file, "%" PRIu64 " %" PRIu64 "\n", all, inside);
        fclose(file);
    }
}

__attribute__((visibility("default"))) int qemu_plugin_install(qemu_plugin_id_t id, const struct qemu_info *info,
                                                               int argc, char **argv)
{
    (void)info;
    for (int i = 0; i < argc; i++) {
        if (strncmp(argv[i], "out=", 4) == 0) {
            out = strdup(argv[i] + 4);
        } else if (strncmp(argv[i], "fn=", 3) == 0) {
            function = strdup(argv[i] + 3);
        }
    }
    qemu_plugin_register_vcpu_tb_trans_cb(id, translated);
    qemu_plugin_register_atexit_cb(id, finished, NULL);
    return 0;
}
