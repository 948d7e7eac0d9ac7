#pragma once

#include <stdint.h>

#ifdef __cplusplus
extern "C" {
#endif

/// The frames of an MPEG audio file, walked from the first on. No call throws; offsets are in bytes.
typedef struct mpeg_frames mpeg_frames;

/// NULL when the file cannot be opened or no frame is found in it.
mpeg_frames *_Nullable mpeg_open(const char *_Nonnull path);
void mpeg_close(mpeg_frames *_Nonnull frames);

/// Where the ID3v2 tags in front end, and where the first frame begins.
int64_t mpeg_tags_end(mpeg_frames *_Nonnull frames);
int64_t mpeg_first(mpeg_frames *_Nonnull frames);
int mpeg_sample_rate(mpeg_frames *_Nonnull frames);
int mpeg_samples_per_frame(mpeg_frames *_Nonnull frames);

/// Whether the first frame holds a Xing, Info or VBRI header in place of sound, and the frames it tells of, 0 for none.
int mpeg_has_header(mpeg_frames *_Nonnull frames);
int64_t mpeg_announced(mpeg_frames *_Nonnull frames);

/// Walks over at most `most` frames of the first one's kind, while they begin before `end`, and returns how many: fewer
/// when none begins where the last one ends.
int64_t mpeg_walk(mpeg_frames *_Nonnull frames, int64_t most, int64_t end);

/// Goes on so many bytes further.
void mpeg_skip(mpeg_frames *_Nonnull frames, int64_t bytes);

/// Where the last frame that was walked over begins, and where the walk goes on: at its end, or behind what was skipped.
int64_t mpeg_last(mpeg_frames *_Nonnull frames);
int64_t mpeg_position(mpeg_frames *_Nonnull frames);

#ifdef __cplusplus
}
#endif
