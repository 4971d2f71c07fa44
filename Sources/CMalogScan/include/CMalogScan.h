// The inner loops of malog's line reader, which need instructions that Swift cannot name.
#ifndef CMALOG_SCAN_H
#define CMALOG_SCAN_H

#include <stddef.h>
#include <stdint.h>

#if defined(__SSE2__)
#include <emmintrin.h>
#elif defined(__ARM_NEON) && defined(__aarch64__)
#include <arm_neon.h>
#endif

/// Returns the last line feed of the bytes, or NULL.
const uint8_t *cmalog_last_line_feed(const uint8_t *bytes, size_t count);

/// Returns the first place of `text` in the bytes, or NULL.
const uint8_t *cmalog_find(const uint8_t *text, size_t length, const uint8_t *bytes, size_t count);

/// Returns the first byte from `bytes` on that cannot stand in a JSON string as it is, or that is not ASCII: a quote, a
/// backslash, a control character or a byte over 127.
///
/// The caller makes sure that there is such a byte, and that the 16 bytes from it on can be read.
static inline const uint8_t *cmalog_end_of_plain(const uint8_t *bytes) {
#if defined(__SSE2__)
    const __m128i quote = _mm_set1_epi8('"'), backslash = _mm_set1_epi8('\\'), blank = _mm_set1_epi8(0x20);
    for (;; bytes += 16) {
        const __m128i chunk = _mm_loadu_si128((const __m128i *)(const void *)bytes);
        // As signed numbers, control characters and bytes over 127 are less than the blank.
        const __m128i found = _mm_or_si128(
            _mm_or_si128(_mm_cmpeq_epi8(chunk, quote), _mm_cmpeq_epi8(chunk, backslash)), _mm_cmplt_epi8(chunk, blank));
        const int mask = _mm_movemask_epi8(found);
        if (mask != 0) return bytes + __builtin_ctz((unsigned)mask);
    }
#elif defined(__ARM_NEON) && defined(__aarch64__)
    const int8x16_t quote = vdupq_n_s8('"'), backslash = vdupq_n_s8('\\'), blank = vdupq_n_s8(0x20);
    for (;; bytes += 16) {
        const int8x16_t chunk = vld1q_s8((const int8_t *)bytes);
        const uint8x16_t found =
            vorrq_u8(vorrq_u8(vceqq_s8(chunk, quote), vceqq_s8(chunk, backslash)), vcltq_s8(chunk, blank));
        const uint64_t mask = vget_lane_u64(vreinterpret_u64_u8(vshrn_n_u16(vreinterpretq_u16_u8(found), 4)), 0);
        if (mask != 0) return bytes + (__builtin_ctzll(mask) >> 2);
    }
#else
    while (*bytes >= 0x20 && *bytes < 0x80 && *bytes != '"' && *bytes != '\\') bytes++;
    return bytes;
#endif
}

/// Whether the 16 bytes from `bytes` on are hex digits in lower case.
static inline int cmalog_is_hex16(const uint8_t *bytes) {
#if defined(__SSE2__)
    const __m128i chunk = _mm_loadu_si128((const __m128i *)(const void *)bytes);
    const __m128i digits = _mm_and_si128(_mm_cmpgt_epi8(chunk, _mm_set1_epi8('0' - 1)),
                                         _mm_cmplt_epi8(chunk, _mm_set1_epi8('9' + 1)));
    const __m128i letters = _mm_and_si128(_mm_cmpgt_epi8(chunk, _mm_set1_epi8('a' - 1)),
                                          _mm_cmplt_epi8(chunk, _mm_set1_epi8('f' + 1)));
    return _mm_movemask_epi8(_mm_or_si128(digits, letters)) == 0xffff;
#else
    for (int i = 0; i < 16; i++) {
        if (!((bytes[i] >= '0' && bytes[i] <= '9') || (bytes[i] >= 'a' && bytes[i] <= 'f'))) return 0;
    }
    return 1;
#endif
}

#endif
