#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#ifdef __cplusplus
extern "C" {
#endif

/// An audio file that is open for its tags. No call throws; texts are UTF-8.
typedef struct tags_file tags_file;

typedef enum { tags_flac, tags_mp3, tags_ogg, tags_opus, tags_m4a, tags_wav } tags_container;

/// NULL when the file cannot be opened or holds no audio of this container.
tags_file *_Nullable tags_open(const char *_Nonnull path, tags_container container);
void tags_close(tags_file *_Nonnull file);

/// Milliseconds; 0 when unknown.
int64_t tags_duration(tags_file *_Nonnull file);

/// How many values a property has, by TagLib's common names such as `TITLE`.
size_t tags_count(tags_file *_Nonnull file, const char *_Nonnull name);
/// One of them, good until the next call.
const char *_Nullable tags_value(tags_file *_Nonnull file, const char *_Nonnull name, size_t index);
void tags_clear(tags_file *_Nonnull file, const char *_Nonnull name);
void tags_add(tags_file *_Nonnull file, const char *_Nonnull name, const char *_Nonnull value);

typedef struct {
    const uint8_t *_Nullable bytes;
    size_t count;
    const char *_Nullable mime;
    /// Pixels, and bits per pixel; 0 when unknown.
    int width, height, depth;
} tags_picture;

/// The front cover, or else the first picture, good until the next call; `bytes` is NULL when there is none.
tags_picture tags_cover(tags_file *_Nonnull file);
/// Puts a picture in place of the front cover; others stay where the container can tell them apart.
void tags_set_cover(tags_file *_Nonnull file, tags_picture picture);

/// Changes the file in place; false when that failed, and the file may be damaged then.
bool tags_save(tags_file *_Nonnull file);

#ifdef __cplusplus
}
#endif
