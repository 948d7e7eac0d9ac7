#include <taglib/attachedpictureframe.h>
#include <taglib/mp4coverart.h>
#include <taglib/mp4item.h>

#include "TagFile.hpp"

using namespace TagLib;

namespace {

constexpr auto frontCover = FLAC::Picture::FrontCover;
using ID3v2::AttachedPictureFrame;

tags_picture keep(tags_file &self, const ByteVector &bytes, const std::string &mime) {
    self.bytes = bytes;
    self.text = mime;
    auto *data = reinterpret_cast<const uint8_t *>(self.bytes.data());
    return {data, self.bytes.size(), self.text.c_str(), 0, 0, 0};
}

/// FLAC's blocks, or what Ogg keeps of them in its comment.
List<FLAC::Picture *> blocks(tags_file &self) {
    return self.flac ? self.flac->pictureList() : self.xiph->pictureList();
}

tags_picture blockCover(tags_file &self) {
    const FLAC::Picture *found = nullptr;
    for (const auto *picture : blocks(self))
        if (!found || (picture->type() == frontCover && found->type() != frontCover)) found = picture;
    return found ? keep(self, found->data(), found->mimeType().to8Bit(true)) : tags_picture{};
}

void setBlockCover(tags_file &self, const tags_picture &cover, const ByteVector &bytes) {
    for (auto *picture : blocks(self)) {
        if (picture->type() != frontCover) continue;
        self.flac ? self.flac->removePicture(picture) : self.xiph->removePicture(picture);
    }
    auto *picture = new FLAC::Picture();
    picture->setType(frontCover);
    picture->setMimeType(cover.mime);
    picture->setWidth(cover.width);
    picture->setHeight(cover.height);
    picture->setColorDepth(cover.depth);
    picture->setData(bytes);
    self.flac ? self.flac->addPicture(picture) : self.xiph->addPicture(picture);
}

tags_picture frameCover(tags_file &self) {
    const AttachedPictureFrame *found = nullptr;
    for (auto *frame : self.id3->frameList("APIC")) {
        auto *picture = dynamic_cast<AttachedPictureFrame *>(frame);
        if (!picture) continue;
        const bool isFront = picture->type() == AttachedPictureFrame::FrontCover;
        if (!found || (isFront && found->type() != AttachedPictureFrame::FrontCover)) found = picture;
    }
    return found ? keep(self, found->picture(), found->mimeType().to8Bit(true)) : tags_picture{};
}

void setFrameCover(tags_file &self, const tags_picture &cover, const ByteVector &bytes) {
    const auto frames = self.id3->frameList("APIC");
    for (auto *frame : frames) {
        auto *picture = dynamic_cast<AttachedPictureFrame *>(frame);
        if (picture && picture->type() == AttachedPictureFrame::FrontCover) self.id3->removeFrame(frame);
    }
    auto *picture = new AttachedPictureFrame();
    picture->setType(AttachedPictureFrame::FrontCover);
    picture->setMimeType(cover.mime);
    picture->setPicture(bytes);
    self.id3->addFrame(picture);
}

tags_picture atomCover(tags_file &self) {
    if (!self.mp4->contains("covr")) return {};
    const auto covers = self.mp4->item("covr").toCoverArtList();
    if (covers.isEmpty()) return {};
    const bool isPNG = covers.front().format() == MP4::CoverArt::PNG;
    return keep(self, covers.front().data(), isPNG ? "image/png" : "image/jpeg");
}

void setAtomCover(tags_file &self, const tags_picture &cover, const ByteVector &bytes) {
    const bool isPNG = std::string(cover.mime) == "image/png";
    MP4::CoverArtList covers;
    covers.append(MP4::CoverArt(isPNG ? MP4::CoverArt::PNG : MP4::CoverArt::JPEG, bytes));
    self.mp4->setItem("covr", covers);
}

}  // namespace

tags_picture tags_cover(tags_file *self) {
    return guarded(tags_picture{}, [&] {
        if (self->id3) return frameCover(*self);
        return self->mp4 ? atomCover(*self) : blockCover(*self);
    });
}

void tags_set_cover(tags_file *self, tags_picture cover) {
    guarded(false, [&] {
        const ByteVector bytes(reinterpret_cast<const char *>(cover.bytes), static_cast<unsigned int>(cover.count));
        if (self->id3) setFrameCover(*self, cover, bytes);
        else if (self->mp4) setAtomCover(*self, cover, bytes);
        else setBlockCover(*self, cover, bytes);
        return true;
    });
}
