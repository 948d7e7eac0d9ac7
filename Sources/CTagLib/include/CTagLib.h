#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "CMPEG.h"

#ifdef __cplusplus
extern "C" {
#endif

/// An audio file that is open for its tags. No call throws; texts are UTF-8.
typedef struct tags_file tags_file;

typedef enum { tags_flac, tags_mp3, tags_ogg, tags_opus, tags_m4a, tags_wav } tags_container;

/// NULL when the file cannot be opened or holds no audio of this container.
tags_file *_Nullable tags_open(const char *_Nonnull path, tags_container container);
/// The same for an open FLAC or MP3, which `tags_save` leaves as it is; the descriptor must stay open until the close.
tags_file *_Nullable tags_open_aside(int descriptor, tags_container container);
void tags_close(tags_file *_Nonnull file);

/// Milliseconds; 0 when unknown.
int64_t tags_duration(tags_file *_Nonnull file);

/// How many values a property has, by TagLib's common names such as `TITLE`.
size_t tags_count(tags_file *_Nonnull file, const char *_Nonnull name);
/// One of them, good until the next call.
const char *_Nullable tags_value(tags_file *_Nonnull file, const char *_Nonnull name, size_t index);
void tags_clear(tags_file *_Nonnull file, const char *_Nonnull name);
void tags_add(tags_file *_Nonnull file, const char *_Nonnull name, const char *_Nonnull value);

/// Sets a freeform atom of an MP4 file, `name` as it is written after `----:com.apple.iTunes:`; nothing in other files.
void tags_set_atom(tags_file *_Nonnull file, const char *_Nonnull name, const char *_Nonnull value);
/// What an MP4 file has in such an atom, good until the next call.
const char *_Nullable tags_atom(tags_file *_Nonnull file, const char *_Nonnull name);
/// Sets the advisory mark of an MP4 file: 0 none, 1 explicit, 2 clean; nothing in other files.
void tags_set_advisory(tags_file *_Nonnull file, int advisory);
/// That mark, or -1 when there is none.
int tags_advisory(tags_file *_Nonnull file);

/// Sets the plain lyrics: in ID3 a USLT frame with no description, which is the one that readers look for.
void tags_set_lyrics(tags_file *_Nonnull file, const char *_Nonnull text);
/// Begins and adds to synchronised lyrics, each line at a time in milliseconds; only ID3 has a place for them.
void tags_clear_synced_lyrics(tags_file *_Nonnull file);
void tags_add_synced_lyrics(tags_file *_Nonnull file, unsigned milliseconds, const char *_Nonnull text);
/// Whether those that were begun are what the file has, or have no place in it.
bool tags_has_synced_lyrics(tags_file *_Nonnull file);

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

/// The changed file: these bytes, and after them those of the open one from one offset to another.
typedef struct {
    const uint8_t *_Nonnull bytes;
    size_t count;
    int64_t from, to;
} tags_beginning;

/// What `tags_save` made of a file that was opened aside, good until the next call.
tags_beginning tags_saved_aside(tags_file *_Nonnull file);

#ifdef __cplusplus
}
#endif
