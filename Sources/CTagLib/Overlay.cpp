#include "Overlay.hpp"

#include <algorithm>
#include <sys/stat.h>
#include <unistd.h>

using TagLib::ByteVector;

namespace {

constexpr int64_t headBytes = 65536;

}  // namespace

Overlay::Overlay(int descriptor) : descriptor(descriptor) {
    struct stat status;
    isOpened = fstat(descriptor, &status) == 0;
    if (!isOpened) return;
    to = status.st_size;
    append(head, 0, std::min(to, headBytes));
}

Place Overlay::length() { return beginning.size() + to - from; }

ByteVector Overlay::readBlock(Count length) {
    const ByteVector block = read(position, static_cast<int64_t>(std::min<Count>(length, INT32_MAX)));
    position += block.size();
    return block;
}

/// Fewer bytes at the end.
ByteVector Overlay::read(int64_t place, int64_t count) const {
    const int64_t changed = beginning.size();
    const int64_t end = std::min(place + count, changed + to - from);
    ByteVector block;
    if (place < 0 || place >= end) return block;
    if (place < changed) block = beginning.mid(place, std::min(end, changed) - place);
    const int64_t first = std::max(place, changed);
    if (first < end) append(block, from + first - changed, end - first);
    return block;
}

/// Appends bytes of the file, as far as they can be read.
void Overlay::append(ByteVector &block, int64_t offset, int64_t count) const {
    if (offset + count <= static_cast<int64_t>(head.size())) {
        block.append(ByteVector(head.data() + offset, count));
        return;
    }
    ByteVector bytes(count, 0);
    int64_t filled = 0;
    while (filled < count) {
        const ssize_t got = pread(descriptor, bytes.data() + filled, count - filled, offset + filled);
        if (got <= 0) break;
        filled += got;
    }
    bytes.resize(filled);
    block.append(bytes);
}

void Overlay::insert(const ByteVector &data, Start start, Count replace) {
    const int64_t end = std::min<int64_t>(start + replace, length());
    const ByteVector before = read(0, start);
    const ByteVector after = end < static_cast<int64_t>(beginning.size()) ? beginning.mid(end) : ByteVector();
    from = std::max(from, from + end - static_cast<int64_t>(beginning.size()));
    beginning = before;
    beginning.append(data);
    beginning.append(after);
}

void Overlay::removeBlock(Start start, Count length) {
    if (static_cast<int64_t>(start + length) >= this->length()) truncate(start);
    else insert(ByteVector(), start, length);
}

void Overlay::writeBlock(const ByteVector &data) {
    insert(data, position, data.size());
    position += data.size();
}

void Overlay::seek(Place offset, Position origin) {
    position = (origin == Beginning ? 0 : origin == Current ? position : length()) + offset;
}

void Overlay::truncate(Place length) {
    const int64_t changed = beginning.size();
    if (length >= changed) {
        to = from + length - changed;
    } else {
        beginning.resize(length);
        to = from;
    }
}
