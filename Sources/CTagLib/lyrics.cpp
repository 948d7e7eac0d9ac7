#include <taglib/synchronizedlyricsframe.h>
#include <taglib/unsynchronizedlyricsframe.h>

#include "TagFile.hpp"

using namespace TagLib;

namespace {

using ID3v2::SynchronizedLyricsFrame;
using ID3v2::UnsynchronizedLyricsFrame;

/// ID3's word for a language that is not known.
const ByteVector unknownLanguage = "XXX";

SynchronizedLyricsFrame *begun(tags_file &self) {
    for (auto &frame : self.frames)
        if (auto *lyrics = dynamic_cast<SynchronizedLyricsFrame *>(frame.get())) return lyrics;
    return nullptr;
}

bool hasDescription(const ID3v2::Frame *frame) {
    if (auto *lyrics = dynamic_cast<const UnsynchronizedLyricsFrame *>(frame)) return !lyrics->description().isEmpty();
    if (auto *lyrics = dynamic_cast<const SynchronizedLyricsFrame *>(frame)) return !lyrics->description().isEmpty();
    return false;
}

}  // namespace

void putFrames(tags_file &self) {
    for (auto &frame : self.frames) {
        const auto others = self.id3->frameList(frame->frameID());
        for (auto *other : others)
            if (!hasDescription(other)) self.id3->removeFrame(other);
        self.id3->addFrame(frame.release());
    }
    self.frames.clear();
}

void tags_set_lyrics(tags_file *self, const char *text) {
    guarded(false, [&] {
        const String lyrics(text, String::UTF8);
        if (!self->id3) return self->properties.replace("LYRICS", StringList(lyrics)), true;
        auto frame = std::make_unique<UnsynchronizedLyricsFrame>(String::UTF8);
        frame->setLanguage(unknownLanguage);
        frame->setText(lyrics);
        self->properties.erase("LYRICS");
        self->frames.push_back(std::move(frame));
        return true;
    });
}

void tags_clear_synced_lyrics(tags_file *self) {
    guarded(false, [&] {
        if (!self->id3) return false;
        auto frame = std::make_unique<SynchronizedLyricsFrame>(String::UTF8);
        frame->setLanguage(unknownLanguage);
        frame->setTimestampFormat(SynchronizedLyricsFrame::AbsoluteMilliseconds);
        frame->setType(SynchronizedLyricsFrame::Lyrics);
        self->frames.push_back(std::move(frame));
        return true;
    });
}

bool tags_has_synced_lyrics(tags_file *self) {
    return guarded(true, [&] {
        const auto *lyrics = begun(*self);
        if (!lyrics) return true;
        for (const auto *frame : self->id3->frameList("SYLT"))
            if (!hasDescription(frame) && frame->render() == lyrics->render()) return true;
        return false;
    });
}

void tags_add_synced_lyrics(tags_file *self, unsigned milliseconds, const char *text) {
    guarded(false, [&] {
        auto *frame = begun(*self);
        if (!frame) return false;
        auto lines = frame->synchedText();
        lines.append(SynchronizedLyricsFrame::SynchedText(milliseconds, String(text, String::UTF8)));
        frame->setSynchedText(lines);
        return true;
    });
}
