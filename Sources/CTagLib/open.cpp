#include <taglib/apetag.h>
#include <taglib/id3v1tag.h>
#include <taglib/id3v2framefactory.h>
#include <taglib/infotag.h>
#include <taglib/mp4file.h>
#include <taglib/mpegfile.h>
#include <taglib/oggpageheader.h>
#include <taglib/opusfile.h>
#include <taglib/textidentificationframe.h>
#include <taglib/vorbisfile.h>
#include <taglib/wavfile.h>

#include "TagFile.hpp"

using namespace TagLib;

namespace {

/// Takes over what only a tag of another kind says.
///
/// For each kind anew, since `properties` is not virtual in TagLib 1.
template <typename Kind>
void absorb(PropertyMap &properties, const Kind *other) {
    if (!other) return;
    for (const auto &entry : other->properties())
        if (!properties.contains(entry.first)) properties.insert(entry.first, entry.second);
}

/// NULL when the file is not what it should be; TagLib has no tags for such a file.
template <typename Container>
Container *keep(tags_file &self, std::unique_ptr<Container> file) {
    if (!file->isOpen() || !file->isValid()) return nullptr;
    auto *opened = file.get();
    self.file = std::move(file);
    return opened;
}

template <typename Container>
Container *openAs(tags_file &self, const char *path) {
    return keep(self, std::make_unique<Container>(path));
}

/// The same for containers that begin with their tags: those of an open file, or one of a path.
template <typename Container>
Container *openAsEither(tags_file &self, const char *path) {
    if (!self.overlay) return openAs<Container>(self, path);
    return keep(self, std::make_unique<Container>(self.overlay.get(), ID3v2::FrameFactory::instance()));
}

void openFLAC(tags_file &self, const char *path) {
    auto *file = openAsEither<FLAC::File>(self, path);
    if (!file) return;
    self.flac = file;
    self.xiph = file->xiphComment(true);
    self.properties = self.xiph->properties();
    absorb(self.properties, file->ID3v2Tag());
    absorb(self.properties, file->ID3v1Tag());
    self.save = [](tags_file &self) {
        self.xiph->setProperties(self.properties);
        self.flac->strip(FLAC::File::ID3v1 | FLAC::File::ID3v2);
        return self.flac->save();
    };
}

/// TagLib writes these names in capitals, and others compare them letter by letter.
void spellNames(ID3v2::Tag &tag) {
    for (auto *frame : tag.frameList("TXXX")) {
        auto *text = dynamic_cast<ID3v2::UserTextIdentificationFrame *>(frame);
        if (!text) continue;
        for (const String name : {"MusicBrainz Album Id", "MusicBrainz Artist Id", "MusicBrainz Album Artist Id"})
            if (text->description().upper() == name.upper()) text->setDescription(name);
    }
}

void openMP3(tags_file &self, const char *path) {
    auto *file = openAsEither<MPEG::File>(self, path);
    if (!file) return;
    self.id3 = file->ID3v2Tag(true);
    self.properties = self.id3->properties();
    absorb(self.properties, file->APETag());
    absorb(self.properties, file->ID3v1Tag());
    self.save = [](tags_file &self) {
        self.id3->setProperties(self.properties);
        spellNames(*self.id3);
        putFrames(self);
        auto &file = static_cast<MPEG::File &>(*self.file);
        return file.save(MPEG::File::ID3v2, File::StripOthers, ID3v2::v4, File::DoNotDuplicate);
    };
}

void openWAV(tags_file &self, const char *path) {
    auto *file = openAs<RIFF::WAV::File>(self, path);
    if (!file) return;
    self.id3 = file->ID3v2Tag();
    self.properties = self.id3->properties();
    absorb(self.properties, file->InfoTag());
    self.save = [](tags_file &self) {
        self.id3->setProperties(self.properties);
        spellNames(*self.id3);
        putFrames(self);
        auto &file = static_cast<RIFF::WAV::File &>(*self.file);
        if (file.hasInfoTag()) file.InfoTag()->setProperties(self.properties);
        return file.save(RIFF::WAV::File::AllTags, File::StripNone, ID3v2::v4);
    };
}

template <typename Container>
void openOgg(tags_file &self, const char *path) {
    auto *file = openAs<Container>(self, path);
    if (!file) return;
    self.xiph = file->tag();
    self.properties = self.xiph->properties();
    self.save = [](tags_file &self) {
        self.xiph->setProperties(self.properties);
        return self.file->save();
    };
}

void openM4A(tags_file &self, const char *path) {
    auto *file = openAs<MP4::File>(self, path);
    if (!file) return;
    self.mp4 = file->tag();
    self.properties = self.mp4->properties();
    self.save = [](tags_file &self) {
        self.mp4->setProperties(self.properties);
        return self.file->save();
    };
}

void open(tags_file &self, const char *path, tags_container container) {
    switch (container) {
    case tags_flac: return openFLAC(self, path);
    case tags_mp3: return openMP3(self, path);
    case tags_ogg: return openOgg<Ogg::Vorbis::File>(self, path);
    case tags_opus: return openOgg<Ogg::Opus::File>(self, path);
    case tags_m4a: return openM4A(self, path);
    case tags_wav: return openWAV(self, path);
    }
}

/// Whether a file of these that is whole as far as its headers go has anything behind them.
bool hasSound(tags_file &self, tags_container container) {
    switch (container) {
    case tags_flac: {
        auto block = self.file->find("fLaC") + 4;
        for (bool isLast = false; !isLast;) {
            self.file->seek(block);
            const ByteVector head = self.file->readBlock(4);
            if (head.size() < 4) return false;
            isLast = head[0] & 0x80;
            block += 4 + head.toUInt(1, 3, true);
        }
        return block < self.file->length();
    }
    case tags_ogg:
    case tags_opus: {
        // Pages of headers are at position 0.
        const auto *last = static_cast<Ogg::File &>(*self.file).lastPageHeader();
        return last && last->absoluteGranularPosition() != 0;
    }
    case tags_m4a: return self.file->find("mdat") >= 0;
    default: return true;
    }
}

/// TagLib takes any bytes for an MP3; one without a frame has no sample rate.
bool holdsAudio(tags_file &self, tags_container container) {
    const auto *audio = self.file ? self.file->audioProperties() : nullptr;
    return audio && audio->sampleRate() > 0 && hasSound(self, container);
}

}  // namespace

tags_file *tags_open(const char *path, tags_container container) {
    return guardedReading<tags_file *>(nullptr, [&]() -> tags_file * {
        auto self = std::make_unique<tags_file>();
        open(*self, path, container);
        return holdsAudio(*self, container) ? self.release() : nullptr;
    });
}

tags_file *tags_open_aside(int descriptor, tags_container container) {
    return guardedReading<tags_file *>(nullptr, [&]() -> tags_file * {
        auto self = std::make_unique<tags_file>();
        self->overlay = std::make_unique<Overlay>(descriptor);
        open(*self, "", container);
        return holdsAudio(*self, container) ? self.release() : nullptr;
    });
}

tags_beginning tags_saved_aside(tags_file *self) {
    const auto &overlay = *self->overlay;
    return {
        reinterpret_cast<const uint8_t *>(overlay.beginning.data()), overlay.beginning.size(), overlay.from, overlay.to};
}

void tags_close(tags_file *self) { delete self; }

int64_t tags_duration(tags_file *self) {
    return guarded<int64_t>(0, [&] { return self->file->audioProperties()->lengthInMilliseconds(); });
}

bool tags_save(tags_file *self) {
    return guarded(false, [&] { return self->save(*self); });
}
