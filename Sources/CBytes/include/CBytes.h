#pragma once

#include <stdbool.h>
#include <stdint.h>
#include <string.h>

#if defined(__SSE2__)
#include <emmintrin.h>
#elif defined(__aarch64__)
#include <arm_neon.h>
#endif

/// Sixteen bytes; where a machine has no such registers, the compiler takes them apart.
typedef uint8_t bytes_block __attribute__((vector_size(16)));

static inline bytes_block bytes_load(const uint8_t *text) {
    bytes_block block;
    memcpy(&block, text, sizeof block);
    return block;
}

/// The index of the first byte that is not 0 in a block of bytes that are 0 or 255; 16 where all are 0.
static inline int bytes_first(bytes_block flags) {
#if defined(__SSE2__)
    return __builtin_ctz((unsigned)_mm_movemask_epi8((__m128i)flags) | 1u << 16);
#elif defined(__aarch64__) && !defined(__AARCH64EB__)
    // Four bits for each byte.
    uint64_t found = vget_lane_u64(vreinterpret_u64_u8(vshrn_n_u16(vreinterpretq_u16_u8((uint8x16_t)flags), 4)), 0);
    return found ? __builtin_ctzll(found) >> 2 : 16;
#else
    int index = 0;
    while (index < 16 && !flags[index]) index++;
    return index;
#endif
}

/// The index of the first of sixteen bytes that is a quote, a backslash or a control character; 16 where none is.
static inline int bytes_plain_count(const uint8_t *text) {
    bytes_block block = bytes_load(text);
    return bytes_first((bytes_block)((block == '"') | (block == '\\') | (block < 0x20)));
}

/// The place behind the closing quote of a JSON string whose text begins at `place`; 0 for one with an escape or a fault in
/// it, and for one that ends within sixteen bytes of `end`.
__attribute__((always_inline)) static inline long bytes_plain_string_end(const uint8_t *text, long place, long end) {
    for (; end - place >= 16; place += 16) {
        int count = bytes_plain_count(text + place);
        if (count < 16) return text[place + count] == '"' ? place + count + 1 : 0;
    }
    return 0;
}

/// Where the plain text of a JSON string ends, from `place` on: at a quote, a backslash, a control character, or `end`.
static inline long bytes_plain_end(const uint8_t *text, long place, long end) {
    for (; end - place >= 16; place += 16) {
        int count = bytes_plain_count(text + place);
        if (count < 16) return place + count;
    }
    while (place < end && text[place] != '"' && text[place] != '\\' && text[place] >= 0x20) place++;
    return place;
}

/// Whether the text is UTF-8: no overlong form, no surrogate, nothing above U+10FFFF, no sequence cut short.
bool bytes_are_utf8(const uint8_t *text, long count);
