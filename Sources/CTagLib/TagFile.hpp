#pragma once

#include <cstdio>
#include <cstdlib>
#include <memory>
#include <mutex>
#include <new>
#include <string>
#include <vector>

#include <taglib/flacfile.h>
#include <taglib/id3v2tag.h>
#include <taglib/mp4tag.h>
#include <taglib/tpropertymap.h>
#include <taglib/xiphcomment.h>

#include "CTagLib.h"
#include "Overlay.hpp"

/// One of the three kinds of tag is set: the one that the container is meant to have.
struct tags_file {
    /// Set where the file on the disk is to stay as it is; outlives what reads from it.
    std::unique_ptr<Overlay> overlay;
    std::unique_ptr<TagLib::File> file;
    TagLib::ID3v2::Tag *id3 = nullptr;
    TagLib::Ogg::XiphComment *xiph = nullptr;
    TagLib::MP4::Tag *mp4 = nullptr;
    /// Pictures of FLAC lie beside its tag.
    TagLib::FLAC::File *flac = nullptr;

    /// What the file says in any of its tags, with the changes.
    TagLib::PropertyMap properties;
    bool (*save)(tags_file &) = nullptr;
    /// Frames of an ID3 tag that TagLib's property map would write otherwise than readers expect; put in at the end.
    std::vector<std::unique_ptr<TagLib::ID3v2::Frame>> frames;

    std::string text;
    TagLib::ByteVector bytes;
};

/// Puts the waiting frames into the ID3 tag, each in place of those of its kind that have no description either.
void putFrames(tags_file &self);

/// TagLib 1 fills tables of its own when they are first asked for, so one thread at a time is let in.
inline std::mutex entrance;

/// Runs `body` and answers `otherwise` should it throw: nothing may throw into C or Swift. Lack of memory ends the program, since
/// a tag would be left out.
template <typename Result, typename Body>
Result guarded(Result otherwise, Body body) noexcept {
    try {
        const std::lock_guard<std::mutex> alone(entrance);
        return body();
    } catch (const std::bad_alloc &) {
        std::fputs("there is no memory left\n", stderr);
        std::abort();
    } catch (...) {
        return otherwise;
    }
}

/// The same for what reads a file, which may ask for more memory than there is: one that does so twice, while there is some, is at
/// fault itself.
template <typename Result, typename Body>
Result guardedReading(Result otherwise, Body body) noexcept {
    for (int turn = 0; turn < 2; turn++) {
        try {
            const std::lock_guard<std::mutex> alone(entrance);
            return body();
        } catch (const std::bad_alloc &) {
        } catch (...) {
            return otherwise;
        }
    }
    return guarded(otherwise, [&] {
        const std::vector<char> some(1 << 24);
        return otherwise;
    });
}
