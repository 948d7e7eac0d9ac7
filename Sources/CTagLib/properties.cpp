#include "TagFile.hpp"

using namespace TagLib;

namespace {

String utf8(const char *text) { return String(text, String::UTF8); }

}  // namespace

size_t tags_count(tags_file *self, const char *name) {
    return guarded<size_t>(0, [&] { return self->properties.contains(name) ? self->properties[name].size() : 0; });
}

const char *tags_value(tags_file *self, const char *name, size_t index) {
    return guarded<const char *>(nullptr, [&] {
        self->text = self->properties[name][static_cast<unsigned int>(index)].to8Bit(true);
        return self->text.c_str();
    });
}

void tags_clear(tags_file *self, const char *name) {
    guarded(false, [&] { return self->properties.erase(name), true; });
}

void tags_add(tags_file *self, const char *name, const char *value) {
    guarded(false, [&] { return self->properties.insert(name, StringList(utf8(value))); });
}
