#pragma once

#include <cstdint>

#include <taglib/taglib.h>
#include <taglib/tiostream.h>

#if TAGLIB_MAJOR_VERSION >= 2
using Place = TagLib::offset_t;
using Start = TagLib::offset_t;
using Count = size_t;
#else
using Place = long;
using Start = unsigned long;
using Count = unsigned long;
#endif

/// A file that can be changed while the one on the disk stays as it is: memory holds its beginning, as far as something was
/// changed, and the rest is a range of the open file.
///
/// A change far behind the beginning brings everything before it into memory.
class Overlay : public TagLib::IOStream {
public:
    /// The descriptor stays the caller's, and open.
    explicit Overlay(int descriptor);

    TagLib::FileName name() const override { return ""; }
    TagLib::ByteVector readBlock(Count length) override;
    void writeBlock(const TagLib::ByteVector &data) override;
    void insert(const TagLib::ByteVector &data, Start start, Count replace) override;
    void removeBlock(Start start, Count length) override;
    bool readOnly() const override { return false; }
    bool isOpen() const override { return isOpened; }
    void seek(Place offset, Position from) override;
    Place tell() const override { return position; }
    Place length() override;
    void truncate(Place length) override;

    /// What was changed, and the range of the file that follows it.
    TagLib::ByteVector beginning;
    int64_t from = 0, to = 0;

private:
    TagLib::ByteVector read(int64_t place, int64_t count) const;
    void append(TagLib::ByteVector &block, int64_t offset, int64_t count) const;

    int descriptor;
    bool isOpened;
    Place position = 0;
    /// The first bytes of the file, which are read most.
    TagLib::ByteVector head;
};
