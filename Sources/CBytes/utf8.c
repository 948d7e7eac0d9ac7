#include "CBytes.h"

static bool is_ascii(bytes_block bytes) { return bytes_first((bytes_block)(bytes >= 0x80)) == 16; }

static bool are_ascii(const uint8_t *text) {
    return is_ascii(bytes_load(text) | bytes_load(text + 16) | bytes_load(text + 32) | bytes_load(text + 48));
}

/// Flags what cannot stand where it does in the sixteen bytes at `text`, which has three more before it.
static bytes_block misplaced(const uint8_t *text) {
    bytes_block byte = bytes_load(text), last = bytes_load(text - 1);
    bytes_block second = bytes_load(text - 2), third = bytes_load(text - 3);
    bytes_block continues = (bytes_block)((byte >= 0x80) & (byte < 0xC0));
    bytes_block expected = (bytes_block)((last >= 0xC0) | (second >= 0xE0) | (third >= 0xF0));
    bytes_block never = (bytes_block)(((byte & 0xFE) == 0xC0) | (byte >= 0xF5));
    bytes_block overlong = (bytes_block)(((last == 0xE0) & (byte < 0xA0)) | ((last == 0xF0) & (byte < 0x90)));
    bytes_block outside = (bytes_block)(((last == 0xED) & (byte >= 0xA0)) | ((last == 0xF4) & (byte >= 0x90)));
    return (continues ^ expected) | never | overlong | outside;
}

bool bytes_are_utf8(const uint8_t *text, long count) {
    // The beginning, which nothing comes before, and the end, which nothing follows, are checked between zeros.
    uint8_t edge[3 + 16] = {0};
    long place = count < 16 ? count : 16;
    if (place > 0) memcpy(edge + 3, text, (size_t)place);
    bytes_block flaws = misplaced(edge + 3);
    if (place == 16) {
        for (; count - place >= 16; place += 16) {
            flaws |= misplaced(text + place);
            // Nothing is misplaced in ASCII that follows ASCII.
            if (!is_ascii(bytes_load(text + place))) continue;
            while (count - place >= 16 + 64 && are_ascii(text + place + 16)) place += 64;
        }
        memset(edge, 0, sizeof edge);
        memcpy(edge, text + place - 3, (size_t)(count - place) + 3);
        flaws |= misplaced(edge + 3);
    }
    return bytes_first(flaws) == 16;
}
