/* SPDX-License-Identifier: MIT OR Apache-2.0
 *
 * pressmark.h - the C ABI between pressmark and its strategy plugins, version 1.0.
 *
 * This header is the specification. A plugin is a dynamic library that includes
 * this file, links to nothing of pressmark, and exports one function:
 *
 *     const pm_plugin *pressmark_plugin_v1(void);
 *
 * The host (a short-lived worker process) calls it, reads the constant tables it
 * returns, checks them, creates instances of strategies and calls their
 * interfaces. plugins/examples/delta.c is a complete plugin in C.
 *
 * Contents
 *   1. Rules that hold for every call
 *   2. Basic types and status codes
 *   3. Services of the host           pm_host
 *   4. Options                        pm_option_spec
 *   5. Strategies and the plugin      pm_strategy, pm_plugin
 *   6. Interfaces, by string id       pressmark.codec/1, .stream/1, .prime/1,
 *                                     .trainable/1, .model/1, .compact/1, .cache/1
 *   7. Drafts
 *
 * 1. Rules
 * --------
 * Versions.  `struct_size` is the first field of every table that may grow: the
 *   size of the structure as its author compiled it. Tables grow at the tail only;
 *   no field is reordered, retyped or reused. Before it reads a field added after
 *   1.0 each side tests `struct_size`. The host loads a plugin whose magic is
 *   PM_MAGIC, whose `abi_major` equals its own and whose sizes are at least those
 *   of 1.0. A new major version would be a new symbol, pressmark_plugin_v2, so that
 *   one file can export both.
 * Memory.  Who allocated frees. A plugin never hands memory over: it writes to the
 *   sink it was given. Pointers given to a call (input, samples, options, sinks) are
 *   valid until that call returns and not after, and input is read-only. Allocate
 *   through `pm_host.alloc`, so that the memory is counted and limited; what a
 *   linked library allocates behind the host's back is seen in resident memory only.
 *   A block may be given back through the pm_host of any instance of the plugin. Of
 *   several instances alive at a time, the memory services of the first hold until the
 *   last is destroyed: the global allocator of a language can thus use one host for all.
 * Threads.  [instance] calls: at most one thread at a time for one instance.
 *   [any] calls: any thread of the plugin. Two instances are used at the same time
 *   only if the strategy has PM_CAP_CONCURRENT.
 * Purity.  No unwinding or longjmp out of a call; no signal handlers, setlocale,
 *   chdir, fork, exit, standard streams, environment, files, network or clock that
 *   influence what is written. The only entropy is `pm_host.seed`.
 * Errors.  A call that fails returns a negative status; it may say why through
 *   `pm_host.set_error` first. What it has written to the sink is then thrown away.
 * Hostile input.  `decode` is given damaged archives. It must end, within memory
 *   bounded by its options and the decoded length, with an error or with wrong bytes.
 */
#ifndef PRESSMARK_H
#define PRESSMARK_H

#include <stddef.h>
#include <stdint.h>

#ifdef __cplusplus
extern "C" {
#endif

#if defined(_WIN32)
#define PM_EXPORT __declspec(dllexport)
#else
#define PM_EXPORT __attribute__((visibility("default")))
#endif

/* 2. Basic types and status codes
 * ------------------------------- */

#define PM_MAGIC UINT64_C(0x314d504b52414d50) /* the bytes "PMARKPM1" in memory, little-endian */
#define PM_ABI_MAJOR 1
#define PM_ABI_MINOR 0

typedef int32_t pm_status; /* 0: done. Negative: failed. Positive: reserved. */

#define PM_OK 0
#define PM_ERR_FAILED (-1)      /* failed for a reason that set_error tells */
#define PM_ERR_BAD_INPUT (-2)   /* the archive, model or document is not one that this strategy can read */
#define PM_ERR_NO_MEMORY (-3)   /* pm_host.alloc returned null */
#define PM_ERR_UNSUPPORTED (-4) /* this strategy, with these options, cannot do that */
#define PM_ERR_BAD_OPTION (-5)  /* options that are in range one by one exclude each other */
#define PM_ERR_CANCELLED (-6)   /* pm_host.progress asked to stop */
#define PM_ERR_PANIC (-7)       /* a bug in the plugin, caught inside the plugin */
#define PM_ERR_SINK (-8)        /* the host refused output: the limit on its size was reached */
#define PM_ERR_BAD_CALL (-9)    /* called out of order, or with arguments this header rules out */

/* Bytes that somebody else owns. ptr may be null when len is 0. */
typedef struct pm_bytes {
  const uint8_t *ptr;
  uint64_t len;
} pm_bytes;

/* UTF-8 text that somebody else owns, without a terminator. */
typedef struct pm_str {
  const char *ptr;
  uint64_t len;
} pm_str;

typedef struct pm_instance pm_instance; /* a strategy at work; the plugin's own */
typedef struct pm_sink pm_sink;         /* where output goes; the host's own */
typedef struct pm_list pm_list;         /* where spans or keys go; the host's own */

/* 3. Services of the host
 * -----------------------
 * Passed to `create`; valid until `destroy` has returned. `ctx` is the first
 * argument of each. */
typedef struct pm_host {
  uint32_t struct_size;
  uint16_t abi_major, abi_minor;
  void *ctx;

  /* [any] size bytes at an address that is a multiple of align (a power of two),
   * or null when the memory limit is reached. Contents are undefined. A size of 0
   * is not asked for. */
  void *(*alloc)(void *ctx, uint64_t size, uint64_t align);
  /* [any] As alloc, contents zero. Large blocks cost no resident memory until touched. */
  void *(*alloc_zeroed)(void *ctx, uint64_t size, uint64_t align);
  /* [any] Moves a block to new_size bytes; the old size and the alignment are given
   * back. Null: the block is as it was. */
  void *(*realloc)(void *ctx, void *block, uint64_t old_size, uint64_t new_size, uint64_t align);
  /* [any] Gives a block back with the size and alignment it has. */
  void (*free)(void *ctx, void *block, uint64_t size, uint64_t align);

  /* [instance] Appends to a sink. PM_ERR_SINK: stop, and return that status. */
  pm_status (*write)(void *ctx, pm_sink *sink, const void *data, uint64_t len);
  /* [instance] Room for len bytes to be filled in place, valid until the next call
   * with this sink; null: as PM_ERR_SINK. `commit` appends the first `used` of them. */
  uint8_t *(*reserve)(void *ctx, pm_sink *sink, uint64_t len);
  pm_status (*commit)(void *ctx, pm_sink *sink, uint64_t used);

  /* [instance] compact: bytes [start, start+len) of the document were kept. */
  pm_status (*add_span)(void *ctx, pm_list *list, uint64_t start, uint64_t len);
  /* [instance] cache: this key was evicted, or fetched ahead of its use, by the
   * index-th access of the call (0 outside a batch; never falling within a batch). */
  pm_status (*add_key)(void *ctx, pm_list *list, uint64_t key, uint64_t index);

  /* [any] A line for the person who runs pressmark. level: 1 error .. 5 trace. */
  void (*log)(void *ctx, int32_t level, pm_str message);
  /* [instance] What went wrong, in one sentence, before a negative status is returned. */
  void (*set_error)(void *ctx, pm_str message);
  /* [instance] `done` of `total` bytes of the uncompressed side are finished (input of
   * an encoder, output of a decoder). Call it at least some 200 times over a large
   * input: memory and learning curves are sampled at these calls.
   * PM_ERR_CANCELLED: stop, and return that status. */
  pm_status (*progress)(void *ctx, uint64_t done, uint64_t total);

  /* [instance] A figure of the strategy's own. The last value of a name stands. */
  void (*metric)(void *ctx, pm_str name, pm_str unit, double value);
  /* [instance] Hits among lookups of one named channel; calls of one name add up. */
  void (*channel)(void *ctx, pm_str name, uint64_t lookups, uint64_t hits);
  /* [instance] One point of a named curve, in the order of x. */
  void (*series)(void *ctx, pm_str name, double x, double y);

  /* [instance] The value of an option of this strategy: validated, the default where
   * the user said nothing. PM_ERR_BAD_CALL: no such option, or of another type.
   * PM_OPTION_INT and PM_OPTION_BOOL are read by option_int; PM_OPTION_FLOAT by
   * option_float; PM_OPTION_TEXT, _CHOICE and _SET (chosen names joined by ',') by
   * option_str, whose text is valid until destroy. */
  pm_status (*option_int)(void *ctx, const char *name, int64_t *value);
  pm_status (*option_float)(void *ctx, const char *name, double *value);
  pm_status (*option_str)(void *ctx, const char *name, pm_str *value);

  uint64_t seed;         /* the only entropy a strategy may use */
  uint64_t memory_limit; /* bytes that alloc will hand out in all; 0: no limit was set */
  uint32_t max_threads;  /* threads a strategy may keep busy at once, itself included; at least 1 */
  uint32_t reserved0;

  /* [instance] Services added later, by string id; null: this host has no such service. */
  const void *(*get_extension)(void *ctx, const char *id);
} pm_host;

/* 4. Options
 * ---------- */

#define PM_OPTION_BOOL 1   /* 0 or 1 */
#define PM_OPTION_INT 2    /* min <= value <= max */
#define PM_OPTION_FLOAT 3  /* min <= value <= max, finite */
#define PM_OPTION_CHOICE 4 /* one of choices */
#define PM_OPTION_SET 5    /* any of choices, each at most once */
#define PM_OPTION_TEXT 6   /* any UTF-8 text */

/* One option; constant data. Texts are UTF-8 with a terminating zero. */
typedef struct pm_option_spec {
  const char *name;        /* [a-z][a-z0-9_]* */
  const char *doc;         /* one sentence */
  const char *unit;        /* "bytes", "symbols", ... or "" */
  int32_t kind;            /* PM_OPTION_... */
  uint32_t choice_count;   /* CHOICE, SET */
  int64_t int_default, int_min, int_max;         /* BOOL, INT */
  double float_default, float_min, float_max;    /* FLOAT */
  const char *text_default;                      /* CHOICE, SET, TEXT; else null */
  const char *const *choices;                    /* CHOICE, SET; else null */
} pm_option_spec;

/* 5. Strategies and the plugin
 * ---------------------------- */

#define PM_CAP_LOSSLESS (UINT64_C(1) << 0)       /* decode(encode(x)) = x for every x */
#define PM_CAP_DETERMINISTIC (UINT64_C(1) << 1)  /* same input, options, seed: same bytes, anywhere */
#define PM_CAP_CONCURRENT (UINT64_C(1) << 2)     /* two instances may be at work at the same time */
#define PM_CAP_THREADS (UINT64_C(1) << 3)        /* starts threads of its own, at most max_threads */
#define PM_CAP_HOST_MEMORY (UINT64_C(1) << 4)    /* all its memory comes from pm_host.alloc */

/* One strategy; constant data, read without a call into the plugin. */
typedef struct pm_strategy {
  uint32_t struct_size;
  uint32_t format_version; /* of what encode writes; a decoder reads its own version only */
  uint64_t capabilities;   /* PM_CAP_... ; unknown bits are ignored */
  const char *id;          /* [a-z0-9_]+(\.[a-z0-9_]+)+ , unique: "ref.xz", "program.machine" */
  const char *name;        /* for people */
  const char *version;
  const char *license;     /* SPDX expression */
  const char *vendor;
  const char *doc;         /* what it does and where the idea comes from; a sentence or more */
  uint32_t option_count;
  uint32_t option_size;    /* sizeof(pm_option_spec) as the plugin knows it */
  const pm_option_spec *options;
  const char *const *interfaces; /* ids that get_interface answers, ended by null */

  /* [instance] A new instance, or a negative status and nothing to destroy. */
  pm_status (*create)(const pm_host *host, pm_instance **instance);
  /* [instance] Frees the instance and all it allocated. */
  void (*destroy)(pm_instance *instance);
  /* [instance] The table of an interface named in `interfaces`; null for any other
   * id. Constant data, valid as long as the library is loaded. */
  const void *(*get_interface)(pm_instance *instance, const char *id);
} pm_strategy;

typedef struct pm_plugin {
  uint64_t magic; /* PM_MAGIC */
  uint32_t struct_size;
  uint16_t abi_major, abi_minor;
  const char *id;       /* [a-z0-9_]+ : "reference" */
  const char *version;
  const char *build_id; /* any text that tells two builds apart, or "" */
  uint32_t strategy_count;
  uint32_t reserved0;
  const pm_strategy *(*strategy)(uint32_t index); /* index < strategy_count */
} pm_plugin;

/* The one export. No allocation, thread, file or environment access. */
#define PM_ENTRY_SYMBOL "pressmark_plugin_v1"
typedef const pm_plugin *(*pm_entry_fn)(void);
PM_EXPORT const pm_plugin *pressmark_plugin_v1(void);

/* 6. Interfaces
 * -------------
 * Order of calls on a fresh instance: first `load` or `prime`, if at all; then one
 * encode, one decode, or one begin..finish. The host makes a fresh instance for
 * each encode and each decode, and decodes in another process. */

/* pressmark.codec/1: bytes in, bytes out. */
#define PM_CODEC_1 "pressmark.codec/1"
typedef struct pm_codec {
  uint32_t struct_size, reserved0;
  /* Writes to sink all that decode will need, apart from the decoded length. */
  pm_status (*encode)(pm_instance *instance, pm_bytes input, pm_sink *sink);
  /* Writes the original bytes. decoded_len is how many they are: the archive's header
   * holds it (and it is counted there), so an encoder need not store it. It comes from
   * the archive: do not allocate by it alone. Writing more is PM_ERR_SINK. */
  pm_status (*decode)(pm_instance *instance, pm_bytes archive, uint64_t decoded_len, pm_sink *sink);
  /* An upper bound on what encode writes for input_len bytes. May be null. */
  uint64_t (*bound)(pm_instance *instance, uint64_t input_len);
} pm_codec;

/* pressmark.stream/1: the same, piece by piece, for inputs larger than memory. The
 * bytes need not equal those of the codec; each side decodes its own. */
#define PM_STREAM_1 "pressmark.stream/1"
#define PM_STREAM_ENCODE 1
#define PM_STREAM_DECODE 2
typedef struct pm_stream {
  uint32_t struct_size, reserved0;
  /* direction: PM_STREAM_... The sink is valid until finish has returned. total_len: the
   * uncompressed length, or UINT64_MAX where it is not known. */
  pm_status (*begin)(pm_instance *instance, int32_t direction, uint64_t total_len, pm_sink *sink);
  pm_status (*push)(pm_instance *instance, pm_bytes piece);
  pm_status (*finish)(pm_instance *instance);
} pm_stream;

/* pressmark.prime/1: both sides are given the same text before the first byte. Without
 * this interface the host primes by difference: it encodes prime + input, has that
 * decoded, and subtracts the size of the encoded prime. */
#define PM_PRIME_1 "pressmark.prime/1"
typedef struct pm_prime {
  uint32_t struct_size, reserved0;
  pm_status (*prime)(pm_instance *instance, const pm_bytes *samples, uint64_t count);
} pm_prime;

/* pressmark.trainable/1: training text becomes model bytes, which are counted. */
#define PM_TRAINABLE_1 "pressmark.trainable/1"
typedef struct pm_trainable {
  uint32_t struct_size, reserved0;
  pm_status (*train)(pm_instance *instance, const pm_bytes *samples, uint64_t count, pm_sink *model);
  pm_status (*load)(pm_instance *instance, pm_bytes model);
} pm_trainable;

/* pressmark.model/1: what the model behind a code would cost, were coding perfect. */
#define PM_MODEL_1 "pressmark.model/1"
typedef struct pm_model {
  uint32_t struct_size, reserved0;
  /* Sum of -log2 p, in bits, over everything the last encode of this instance coded. */
  pm_status (*code_length)(pm_instance *instance, double *bits);
  /* On a fresh instance: bits[i] is what input byte i costs (the cost of a symbol of
   * several bytes is spread evenly over them). bits has input.len entries. */
  pm_status (*symbol_costs)(pm_instance *instance, pm_bytes input, double *bits);
} pm_model;

/* pressmark.compact/1: a shorter document that keeps what matters. Lossy. */
#define PM_COMPACT_1 "pressmark.compact/1"
#define PM_BUDGET_BYTES 1
#define PM_BUDGET_TOKENS 2 /* one token: four Unicode scalar values, rounded up; of bytes that
                            * are no UTF-8, all but 10xxxxxx count as a value */
typedef struct pm_compact {
  uint32_t struct_size, reserved0;
  /* Writes at most `budget` units (UINT64_MAX: the strategy's own choice) to sink and
   * adds to kept, in order and without overlap, the spans of the document it kept. */
  pm_status (*compact)(pm_instance *instance, pm_bytes document, uint64_t budget,
                       int32_t budget_unit, pm_sink *sink, pm_list *kept);
} pm_compact;

/* pressmark.cache/1: which pages stay. The host replays the trace, keeps its own set
 * of resident keys from what is reported here, and audits the capacity. */
#define PM_CACHE_1 "pressmark.cache/1"
#define PM_ACCESS_READ 0
#define PM_ACCESS_WRITE 1
#define PM_ACCESS_TOOL 2 /* a tool call; key names the tool, nothing is looked up */
typedef struct pm_access {
  uint64_t key;
  uint64_t size; /* in the trace's unit; 1 where pages are alike */
  uint64_t turn;
  uint32_t kind; /* PM_ACCESS_... */
  uint32_t reserved0;
} pm_access;

typedef struct pm_cache {
  uint32_t struct_size, reserved0;
  /* Empties the cache; capacity in the trace's unit, at least 1. */
  pm_status (*reset)(pm_instance *instance, uint64_t capacity);
  /* A turn begins; keys fetched ahead go to prefetched, what they displace to evicted. */
  pm_status (*begin_turn)(pm_instance *instance, uint64_t turn, pm_list *evicted, pm_list *prefetched);
  /* One access: *hit is 1 if the key was resident, else 0. A missed key is resident
   * afterwards unless it is itself in `evicted`. */
  pm_status (*access)(pm_instance *instance, const pm_access *access, uint8_t *hit,
                      pm_list *evicted, pm_list *prefetched);
  /* The same for count accesses of one turn in order; hits has count entries. Keys of
   * the whole batch go to the lists in order. May be null. */
  pm_status (*access_batch)(pm_instance *instance, const pm_access *accesses, uint64_t count,
                            uint8_t *hits, pm_list *evicted, pm_list *prefetched);
} pm_cache;

/* 7. Drafts
 * ---------
 * Ids that begin with "pressmark.draft." may change with any release; an id is kept,
 * without "draft.", when it becomes stable. */

/* pressmark.draft.explain: how the strategy sees an input, as UTF-8 text for a person. */
#define PM_DRAFT_EXPLAIN "pressmark.draft.explain"
typedef struct pm_explain {
  uint32_t struct_size, reserved0;
  pm_status (*explain)(pm_instance *instance, pm_bytes input, pm_sink *sink);
} pm_explain;

/* pressmark.draft.pack/1: what of a session so far goes into the context of one answer. */
#define PM_DRAFT_PACK_1 "pressmark.draft.pack/1"
#define PM_PACK_STRICT 1  /* rules of use, a list of what was left out, and the pages */
#define PM_PACK_RELAXED 2 /* the same with short rules */
#define PM_PACK_PASSIVE 3 /* the pages alone: the reader cannot ask for more */
/* One page of a session: a turn, a call of a tool, or its result. */
typedef struct pm_page {
  pm_bytes text;
  pm_str role;     /* "system", "user", "assistant", "tool", or a speaker's name */
  pm_str tool;     /* the tool that is called (assistant) or that answers (tool); else "" */
  uint64_t turn;
  uint64_t tokens; /* of text, as PM_BUDGET_TOKENS counts them */
} pm_page;
typedef struct pm_pack {
  uint32_t struct_size, reserved0;
  /* Writes at most `budget` tokens to sink, and adds to chosen, by add_key with index 0, the
   * number of each page of which something is in there: each once, in any order. A page counts
   * as chosen when a run of eight of its words, or all of fewer, stands in the output; the host
   * checks that. An instance serves one session: calls come in its order, and the pages of a
   * call are those of the call before it and later ones. mode: PM_PACK_... */
  pm_status (*pack)(pm_instance *instance, pm_bytes question, const pm_page *pages, uint64_t count,
                    uint64_t budget, int32_t mode, pm_sink *sink, pm_list *chosen);
} pm_pack;

#ifdef __cplusplus
}
#endif

#endif /* PRESSMARK_H */
