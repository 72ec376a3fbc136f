/* OpenBLAS and oneDNN 2 on the same matrix products and convolutions.
     native products openblas|onednn|onednn-packed THREADS SECONDS MxNxK ...
     native convolutions direct|winograd|auto THREADS SECONDS name,channels,size,outputs,kernel,stride,pad,batch ...
   gcc -O2 -o native native.c -lopenblas -ldnnl -fopenmp */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <cblas.h>
#include <omp.h>
#include "dnnl.h"

extern void openblas_set_num_threads(int);

#define CHECK(call) do { if ((call) != dnnl_success) { fprintf(stderr, "line %d failed\n", __LINE__); exit(1); } } while (0)

static dnnl_engine_t engine;
static dnnl_stream_t stream;

static double now(void) {
    struct timespec t;
    clock_gettime(CLOCK_MONOTONIC, &t);
    return t.tv_sec * 1e3 + t.tv_nsec * 1e-6;
}

static int ascending(const void *a, const void *b) {
    double x = *(const double *)a, y = *(const double *)b;
    return (x > y) - (x < y);
}

/* Calls until the time is over, at least three times, and prints milliseconds. */
static void report(const char *name, double seconds, void (*call)(void *), void *state) {
    static double taken[1 << 18];
    int count = 0;
    call(state);
    for (double start = now(); (now() - start < seconds * 1e3 || count < 3) && count < 1 << 18; count++) {
        double before = now();
        call(state);
        taken[count] = now() - before;
    }
    qsort(taken, count, sizeof(double), ascending);
    printf("%s best=%.4f median=%.4f\n", name, taken[0], taken[count / 2]);
    fflush(stdout);
}

static float *filled(size_t count) {
    float *data = aligned_alloc(64, (count * 4 + 63) / 64 * 64);
    for (size_t i = 0; i < count; i++)
        data[i] = (float)(i * 7 % 13) * 0.1f - 0.6f;
    return data;
}

struct product { long m, n, k; float *a, *b, *c; };

static void run_openblas(void *state) {
    struct product *p = state;
    cblas_sgemm(CblasRowMajor, CblasNoTrans, CblasNoTrans, p->m, p->n, p->k, 1, p->a, p->k, p->b, p->n, 0, p->c, p->n);
}

static void run_onednn(void *state) {
    struct product *p = state;
    CHECK(dnnl_sgemm('N', 'N', p->m, p->n, p->k, 1, p->a, p->k, p->b, p->n, 0, p->c, p->n));
}

struct primitive { dnnl_primitive_t primitive; dnnl_exec_arg_t arguments[3]; };

static void run_primitive(void *state) {
    struct primitive *p = state;
    CHECK(dnnl_primitive_execute(p->primitive, stream, 3, p->arguments));
    CHECK(dnnl_stream_wait(stream));
}

static dnnl_memory_t memory_of(const dnnl_memory_desc_t *type) {
    dnnl_memory_t memory;
    void *data;
    CHECK(dnnl_memory_create(&memory, type, engine, DNNL_MEMORY_ALLOCATE));
    CHECK(dnnl_memory_get_data_handle(memory, &data));
    size_t count = dnnl_memory_desc_get_size(type) / 4;
    for (size_t i = 0; i < count; i++)
        ((float *)data)[i] = (float)(i * 7 % 13) * 0.1f - 0.6f;
    return memory;
}

static void products(const char *peer, double seconds, int count, char **shapes) {
    for (int i = 0; i < count; i++) {
        struct product p;
        if (sscanf(shapes[i], "%ldx%ldx%ld", &p.m, &p.n, &p.k) != 3) {
            fprintf(stderr, "%s is not MxNxK\n", shapes[i]);
            exit(1);
        }
        if (strcmp(peer, "onednn-packed") == 0) {
            dnnl_dims_t a = {p.m, p.k}, b = {p.k, p.n}, c = {p.m, p.n};
            dnnl_memory_desc_t ta, tb, tc;
            CHECK(dnnl_memory_desc_init_by_tag(&ta, 2, a, dnnl_f32, dnnl_ab));
            CHECK(dnnl_memory_desc_init_by_tag(&tb, 2, b, dnnl_f32, dnnl_format_tag_any));
            CHECK(dnnl_memory_desc_init_by_tag(&tc, 2, c, dnnl_f32, dnnl_ab));
            dnnl_matmul_desc_t operation;
            dnnl_primitive_desc_t choice;
            struct primitive primitive;
            CHECK(dnnl_matmul_desc_init(&operation, &ta, &tb, NULL, &tc));
            CHECK(dnnl_primitive_desc_create(&choice, &operation, NULL, engine, NULL));
            CHECK(dnnl_primitive_create(&primitive.primitive, choice));
            dnnl_memory_t x = memory_of(&ta), w = memory_of(dnnl_primitive_desc_query_md(choice, dnnl_query_weights_md, 0)), y = memory_of(&tc);
            primitive.arguments[0] = (dnnl_exec_arg_t){DNNL_ARG_SRC, x};
            primitive.arguments[1] = (dnnl_exec_arg_t){DNNL_ARG_WEIGHTS, w};
            primitive.arguments[2] = (dnnl_exec_arg_t){DNNL_ARG_DST, y};
            report(shapes[i], seconds, run_primitive, &primitive);
            dnnl_memory_destroy(x);
            dnnl_memory_destroy(w);
            dnnl_memory_destroy(y);
            continue;
        }
        p.a = filled(p.m * p.k);
        p.b = filled(p.k * p.n);
        p.c = filled(p.m * p.n);
        report(shapes[i], seconds, strcmp(peer, "openblas") == 0 ? run_openblas : run_onednn, &p);
        free(p.a);
        free(p.b);
        free(p.c);
    }
}

/* One direction of a convolution in the formats that oneDNN likes best; forward is needed as a hint for the other two. */
static void convolution(const char *algorithm, double seconds, const char *text) {
    char name[64], label[128];
    int channels, size, outputs, kernel, stride, pad, batch;
    if (sscanf(text, "%63[^,],%d,%d,%d,%d,%d,%d,%d", name, &channels, &size, &outputs, &kernel, &stride, &pad, &batch) != 8) {
        fprintf(stderr, "%s is not a convolution\n", text);
        exit(1);
    }
    int out = (size + 2 * pad - kernel) / stride + 1;
    dnnl_alg_kind_t kind = strcmp(algorithm, "winograd") == 0 ? dnnl_convolution_winograd
        : strcmp(algorithm, "direct") == 0 ? dnnl_convolution_direct : dnnl_convolution_auto;
    dnnl_dims_t x = {batch, channels, size, size}, w = {outputs, channels, kernel, kernel}, y = {batch, outputs, out, out};
    dnnl_dims_t strides = {stride, stride}, pads = {pad, pad};
    dnnl_memory_desc_t tx, tw, ty;
    CHECK(dnnl_memory_desc_init_by_tag(&tx, 4, x, dnnl_f32, dnnl_format_tag_any));
    CHECK(dnnl_memory_desc_init_by_tag(&tw, 4, w, dnnl_f32, dnnl_format_tag_any));
    CHECK(dnnl_memory_desc_init_by_tag(&ty, 4, y, dnnl_f32, dnnl_format_tag_any));

    dnnl_convolution_desc_t forward, data, filter;
    dnnl_primitive_desc_t hint, choice;
    CHECK(dnnl_convolution_forward_desc_init(&forward, dnnl_forward_training, kind, &tx, &tw, NULL, &ty, strides, pads, pads));
    if (dnnl_primitive_desc_create(&hint, &forward, NULL, engine, NULL) != dnnl_success)
        return;
    CHECK(dnnl_convolution_backward_data_desc_init(&data, kind, &tx, &tw, &ty, strides, pads, pads));
    CHECK(dnnl_convolution_backward_weights_desc_init(&filter, kind, &tx, &tw, NULL, &ty, strides, pads, pads));

    for (int direction = 0; direction < 3; direction++) {
        static const char *const names[] = {"forward", "backward-data", "backward-filter"};
        static const dnnl_query_t queries[3][3] = {
            {dnnl_query_src_md, dnnl_query_weights_md, dnnl_query_dst_md},
            {dnnl_query_diff_src_md, dnnl_query_weights_md, dnnl_query_diff_dst_md},
            {dnnl_query_src_md, dnnl_query_diff_weights_md, dnnl_query_diff_dst_md},
        };
        static const int slots[3][3] = {
            {DNNL_ARG_SRC, DNNL_ARG_WEIGHTS, DNNL_ARG_DST},
            {DNNL_ARG_DIFF_SRC, DNNL_ARG_WEIGHTS, DNNL_ARG_DIFF_DST},
            {DNNL_ARG_SRC, DNNL_ARG_DIFF_WEIGHTS, DNNL_ARG_DIFF_DST},
        };
        void *operations[] = {&forward, &data, &filter};
        if (dnnl_primitive_desc_create(&choice, operations[direction], NULL, engine, direction == 0 ? NULL : hint) != dnnl_success)
            continue;
        struct primitive primitive;
        dnnl_memory_t memories[3];
        CHECK(dnnl_primitive_create(&primitive.primitive, choice));
        for (int i = 0; i < 3; i++) {
            memories[i] = memory_of(dnnl_primitive_desc_query_md(choice, queries[direction][i], 0));
            primitive.arguments[i] = (dnnl_exec_arg_t){slots[direction][i], memories[i]};
        }
        snprintf(label, sizeof label, "%s b%d %s", name, batch, names[direction]);
        report(label, seconds, run_primitive, &primitive);
        for (int i = 0; i < 3; i++)
            dnnl_memory_destroy(memories[i]);
        dnnl_primitive_destroy(primitive.primitive);
    }
}

int main(int count, char **arguments) {
    if (count < 6) {
        fprintf(stderr, "native products|convolutions PEER THREADS SECONDS SHAPE ...\n");
        return 1;
    }
    int threads = atoi(arguments[3]);
    double seconds = atof(arguments[4]);
    omp_set_num_threads(threads);
    openblas_set_num_threads(threads);
    CHECK(dnnl_engine_create(&engine, dnnl_cpu, 0));
    CHECK(dnnl_stream_create(&stream, engine, dnnl_stream_default_flags));
    if (strcmp(arguments[1], "products") == 0)
        products(arguments[2], seconds, count - 5, arguments + 5);
    else
        for (int i = 5; i < count; i++)
            convolution(arguments[2], seconds, arguments[i]);
    return 0;
}
