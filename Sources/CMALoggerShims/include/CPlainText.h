// Copies the texts of log lines. Swift does not compile comparisons of 16 bytes at once to vector instructions.
#ifndef CPLAINTEXT_H
#define CPLAINTEXT_H

#include <stddef.h>
#include <stdint.h>

/// Returns 0 if none of the 16 bytes at `bytes` can begin a character that a JSON string escapes: a control character,
/// a quote, a backslash, U+007F, or the first byte of U+0080 to U+00BF or of U+2000 to U+2FFF. On x86-64, a bit of the
/// result stands for each byte, the lowest for the first one.
__attribute__((always_inline)) static inline uint64_t malogc_escapes_in(const void *bytes) {
    typedef unsigned char vector __attribute__((vector_size(16)));
    vector text;
    __builtin_memcpy(&text, bytes, sizeof text);
    __typeof__(text == text) found = (text < 0x20) | (text == '"') | (text == '\\') | (text == 0x7F) |
                                     (text == 0xC2) | (text == 0xE2);
#if defined(__SSE2__)
    typedef char signed_vector __attribute__((vector_size(16)));
    return (unsigned)__builtin_ia32_pmovmskb128((signed_vector)found);
#else
    uint64_t halves[2];
    __builtin_memcpy(halves, &found, sizeof halves);
    return halves[0] | halves[1];
#endif
}

/// Whether one of the 16 bytes at `bytes` may begin a character that a JSON string escapes.
static inline int malogc_may_need_escape(const void *bytes) { return malogc_escapes_in(bytes) != 0; }

/// Copies `count` bytes of UTF-8 and returns 1, if a JSON string can hold them as they are. Returns 0 if one of them
/// may begin a character that must be escaped. The bytes at `to` are then undefined.
__attribute__((always_inline)) static inline int malogc_copy_plain(uint8_t *to, const uint8_t *from, size_t count) {
    if (count >= 16) {
        // The last 16 bytes overlap those before them.
        size_t last = count - 16;
        for (size_t index = 0; index < last; index += 16) {
            if (__builtin_expect(malogc_may_need_escape(from + index), 0)) return 0;
            __builtin_memcpy(to + index, from + index, 16);
        }
        if (__builtin_expect(malogc_may_need_escape(from + last), 0)) return 0;
        __builtin_memcpy(to + last, from + last, 16);
        return 1;
    }
    // Two parts that may overlap.
    uint64_t parts[2];
    if (count >= 8) {
        __builtin_memcpy(parts, from, 8);
        __builtin_memcpy(parts + 1, from + count - 8, 8);
        if (__builtin_expect(malogc_may_need_escape(parts), 0)) return 0;
        __builtin_memcpy(to, parts, 8);
        __builtin_memcpy(to + count - 8, parts + 1, 8);
        return 1;
    }
    if (count >= 4) {
        uint32_t first, second;
        __builtin_memcpy(&first, from, 4);
        __builtin_memcpy(&second, from + count - 4, 4);
        parts[0] = parts[1] = (uint64_t)second << 32 | first;
        if (__builtin_expect(malogc_may_need_escape(parts), 0)) return 0;
        __builtin_memcpy(to, &first, 4);
        __builtin_memcpy(to + count - 4, &second, 4);
        return 1;
    }
    if (count == 0) return 1;
    uint8_t first = from[0], middle = from[count >> 1], final = from[count - 1];
    // Blanks in the rest.
    parts[0] = parts[1] = 0x2020202020000000u | (uint64_t)first | (uint64_t)middle << 8 | (uint64_t)final << 16;
    if (__builtin_expect(malogc_may_need_escape(parts), 0)) return 0;
    to[0] = first;
    to[count >> 1] = middle;
    to[count - 1] = final;
    return 1;
}

/// Copies the bytes of a Swift string of up to 15 bytes into two words. Bytes after them may be copied, too.
///
/// Swift stores such a string as two words just before this call. See ``malogc_copy_plain_string``.
__attribute__((always_inline)) static inline void malogc_copy_short(uint64_t *to, const uint8_t *from, size_t count) {
    // In a string of another kind, the words may be in a page of memory that is not there.
    if (__builtin_expect(((uintptr_t)from & 4095) <= 4080, 1)) {
        uint64_t first, second;
        __builtin_memcpy(&first, from, 8);
        __builtin_memcpy(&second, from + 8, 8);
        to[0] = first;
        to[1] = second;
    } else {
        __builtin_memcpy(to, from, count);
    }
}

/// Does the same as ``malogc_copy_plain`` for the bytes of a whole Swift string. It may write up to 16 bytes at `to`,
/// even if `count` is less.
///
/// Swift has stored a string of up to 15 bytes as two words, just before this call, or in a block of memory with room
/// for 16 bytes. A processor waits if bytes that were just stored are read in other parts, so this reads both words.
__attribute__((always_inline)) static inline int malogc_copy_plain_string(uint8_t *to, const uint8_t *from,
                                                                          size_t count) {
#if defined(__SSE2__)
    // In a string of another kind, the words may be in a page of memory that is not there.
    if (count < 16 && __builtin_expect(((uintptr_t)from & 4095) <= 4080, 1)) {
        typedef long long vector __attribute__((vector_size(16)));
        uint64_t first, second;
        __builtin_memcpy(&first, from, 8);
        __builtin_memcpy(&second, from + 8, 8);
        // The compiler must not make one load of these two.
        __asm__("" : "+r"(first), "+r"(second));
        vector text = {(long long)first, (long long)second};
        unsigned found = (unsigned)malogc_escapes_in(&text);
        if (__builtin_expect((found & ((1u << count) - 1)) != 0, 0)) return 0;
        __builtin_memcpy(to, &text, 16);
        return 1;
    }
#endif
    return malogc_copy_plain(to, from, count);
}

/// The two words of a name; see `LogFieldName`.
typedef struct {
    uint64_t low, high;
} malogc_name;

/// Returns `,"name":` in two words, if the name has at most 12 bytes, all of printable ASCII without a quote and a
/// backslash. Otherwise it returns the words 0.
///
/// The bytes are those of a whole Swift string; see ``malogc_copy_plain_string``.
static inline malogc_name malogc_pack_name(const uint8_t *from, size_t count) {
    const malogc_name none = {0, 0};
    if (count > 12) return none;
    uint64_t words[2] = {0, 0};
    malogc_copy_short(words, from, count);
    // The bits of the name's bytes, of which the second word may have none.
    uint64_t own = count < 8 ? ((uint64_t)1 << 8 * count) - 1 : ~(uint64_t)0;
    uint64_t rest = count <= 8 ? 0 : ((uint64_t)1 << 8 * (count - 8)) - 1;
#if defined(__SSE2__)
    typedef char signed_vector __attribute__((vector_size(16)));
    typedef long long vector __attribute__((vector_size(16)));
    vector text = {(long long)words[0], (long long)words[1]};
    unsigned found = (unsigned)malogc_escapes_in(&text) | (unsigned)__builtin_ia32_pmovmskb128((signed_vector)text);
    if (found & ((1u << count) - 1)) return none;
#else
    // Letters in place of the bytes after the name.
    const uint64_t ones = 0x0101010101010101;
    uint64_t texts[2] = {(words[0] & own) | (~own & ones * 'x'), (words[1] & rest) | (~rest & ones * 'x')};
    if (malogc_may_need_escape(texts) || ((texts[0] | texts[1]) & ones * 0x80)) return none;
#endif
    // The closing `":` is behind the name, and may be in both words.
    unsigned __int128 name = (unsigned __int128)(words[1] & rest) << 64 | (words[0] & own);
    name = name << 16 | 0x222C | (unsigned __int128)0x3A22 << 8 * (count + 2);
    return (malogc_name){(uint64_t)name, (uint64_t)(name >> 64)};
}

#endif
