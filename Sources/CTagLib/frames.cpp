#include <taglib/id3v2framefactory.h>
#include <taglib/id3v2header.h>
#include <taglib/mpegfile.h>
#include <taglib/tfilestream.h>
#include <taglib/xingheader.h>

#include "CMPEG.h"
#include "TagFile.hpp"

using namespace TagLib;

struct mpeg_frames {
    FileStream stream;
    MPEG::File file;
    std::unique_ptr<MPEG::Header> first;
    long start = -1;
    long last = -1;
    long position = -1;
    bool hasHeader = false;
    unsigned int announced = 0;

    explicit mpeg_frames(const char *path)
        : stream(path, true), file(&stream, ID3v2::FrameFactory::instance(), false) {}
};

namespace {

/// TagLib leaves a layer I frame's length uncut; its slots are four bytes.
long length(const MPEG::Header &header) {
    return header.layer() == 1 ? header.frameLength() & ~3 : header.frameLength();
}

bool isAlike(const MPEG::Header &one, const MPEG::Header &other) {
    return one.version() == other.version() && one.layer() == other.layer() && one.sampleRate() == other.sampleRate();
}

void readHeader(mpeg_frames &self) {
    self.file.seek(self.start);
    const MPEG::XingHeader header(self.file.readBlock(length(*self.first)));
    self.hasHeader = header.isValid();
    self.announced = header.isValid() ? header.totalFrames() : 0;
}

}  // namespace

mpeg_frames *mpeg_open(const char *path) {
    return guardedReading<mpeg_frames *>(nullptr, [&]() -> mpeg_frames * {
        auto self = std::make_unique<mpeg_frames>(path);
        if (!self->file.isOpen()) return nullptr;
        self->start = self->position = self->file.firstFrameOffset();
        if (self->start < 0) return nullptr;
        self->first = std::make_unique<MPEG::Header>(&self->file, self->start, false);
        if (!self->first->isValid() || self->first->sampleRate() <= 0) return nullptr;
        readHeader(*self);
        return self.release();
    });
}

void mpeg_close(mpeg_frames *self) { delete self; }

int64_t mpeg_tags_end(mpeg_frames *self) {
    return guarded<int64_t>(0, [&]() -> int64_t {
        return self->file.hasID3v2Tag() ? self->file.ID3v2Tag()->header()->completeTagSize() : 0;
    });
}

int64_t mpeg_walk(mpeg_frames *self, int64_t most, int64_t end) {
    return guarded<int64_t>(0, [&] {
        int64_t count = 0;
        for (; count < most && self->position < end; count++) {
            const MPEG::Header header(&self->file, self->position, false);
            if (!header.isValid() || length(header) <= 0 || !isAlike(header, *self->first)) break;
            self->last = self->position;
            self->position += length(header);
        }
        return count;
    });
}

void mpeg_skip(mpeg_frames *self, int64_t bytes) { self->position += bytes; }

int64_t mpeg_first(mpeg_frames *self) { return self->start; }
int64_t mpeg_last(mpeg_frames *self) { return self->last; }
int64_t mpeg_position(mpeg_frames *self) { return self->position; }
int64_t mpeg_announced(mpeg_frames *self) { return self->announced; }
int mpeg_has_header(mpeg_frames *self) { return self->hasHeader; }
int mpeg_sample_rate(mpeg_frames *self) { return self->first->sampleRate(); }
int mpeg_samples_per_frame(mpeg_frames *self) { return self->first->samplesPerFrame(); }
