// The C library's `free` and `realloc`, for all of the program, with one thing more: where a thread handles passwords, what
// it gives back is overwritten. Must not cost anything elsewhere. Copies are made by libraries, too (the ones of Swift's
// arrays, of buffers, of OpenSSL), and only here do all of them come by.

#define _GNU_SOURCE
#include "CMemory.h"

#include <dlfcn.h>
#include <malloc.h>
#include <stdatomic.h>
#include <stdlib.h>
#include <string.h>

static _Thread_local int thread_clears;

void clear_freed_memory(int clears) { thread_clears = clears; }

// A sanitizer brings its own.
#if defined(__GLIBC__) && !__has_feature(address_sanitizer) && !__has_feature(thread_sanitizer)

typedef void give_back(void *area);
typedef void *change_size(void *area, size_t size);

// Whoever else would be called: the C library, or an allocator that was loaded before it.
static give_back *_Atomic next_free;
static change_size *_Atomic next_realloc;

static give_back *found_free(void) {
    give_back *next = atomic_load_explicit(&next_free, memory_order_relaxed);
    if (__builtin_expect(next == NULL, 0)) {
        next = (give_back *)dlsym(RTLD_NEXT, "free");
        atomic_store_explicit(&next_free, next, memory_order_relaxed);
    }
    return next;
}

static change_size *found_realloc(void) {
    change_size *next = atomic_load_explicit(&next_realloc, memory_order_relaxed);
    if (__builtin_expect(next == NULL, 0)) {
        next = (change_size *)dlsym(RTLD_NEXT, "realloc");
        atomic_store_explicit(&next_realloc, next, memory_order_relaxed);
    }
    return next;
}

void free(void *area) {
    if (area == NULL) return;
    if (thread_clears) explicit_bzero(area, malloc_usable_size(area));
    found_free()(area);
}

void *realloc(void *area, size_t size) {
    if (!thread_clears || area == NULL || size == 0) return found_realloc()(area, size);
    size_t before = malloc_usable_size(area);
    if (size <= before) return area;
    void *larger = malloc(size);
    if (larger == NULL) return NULL;
    memcpy(larger, area, before);
    free(area);
    return larger;
}

#endif
