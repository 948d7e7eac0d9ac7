#include <taglib/mp4item.h>

#include "TagFile.hpp"

using namespace TagLib;

namespace {

constexpr auto advisory = "rtng";

String named(const char *name) { return String("----:com.apple.iTunes:") + String(name, String::UTF8); }

}  // namespace

void tags_set_atom(tags_file *self, const char *name, const char *value) {
    guarded(false, [&] {
        if (self->mp4) self->mp4->setItem(named(name), StringList(String(value, String::UTF8)));
        return true;
    });
}

const char *tags_atom(tags_file *self, const char *name) {
    return guarded<const char *>(nullptr, [&]() -> const char * {
        if (!self->mp4 || !self->mp4->contains(named(name))) return nullptr;
        self->text = self->mp4->item(named(name)).toStringList().toString().to8Bit(true);
        return self->text.c_str();
    });
}

void tags_set_advisory(tags_file *self, int mark) {
    guarded(false, [&] {
        if (self->mp4) self->mp4->setItem(advisory, MP4::Item(static_cast<unsigned char>(mark)));
        return true;
    });
}

int tags_advisory(tags_file *self) {
    return guarded(-1, [&] {
        return self->mp4 && self->mp4->contains(advisory) ? static_cast<int>(self->mp4->item(advisory).toByte()) : -1;
    });
}
