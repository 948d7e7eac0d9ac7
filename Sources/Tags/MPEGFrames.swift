import CTagLib
import Wire

/// The consecutive frames of an MPEG audio file, as far as they were walked.
package final class MPEGFrames {
    private let handle: OpaquePointer
    /// The count of frames walked, including one without sound.
    package private(set) var count = 0

    /// Nil when no frame is found in the file.
    package init?(_ path: String) {
        guard let handle = mpeg_open(path) else { return nil }
        self.handle = handle
    }

    deinit { mpeg_close(handle) }

    /// The offset in bytes at which the leading ID3v2 tags end.
    package var tagsEnd: Int { Int(mpeg_tags_end(handle)) }
    /// The offset in bytes of the first frame.
    package var first: Int { Int(mpeg_first(handle)) }
    /// The offset in bytes of the last frame that was walked.
    package var last: Int { Int(mpeg_last(handle)) }
    /// The offset in bytes at which that frame ends, or the end of what was skipped after it.
    package var position: Int { Int(mpeg_position(handle)) }

    /// The count of walked frames that have sound: a first one with a Xing, Info or VBRI header has none.
    package var sounding: Int { max(0, count - Int(mpeg_has_header(handle))) }
    /// The count of frames with sound that such a header announces.
    package var announced: Int? { mpeg_announced(handle) > 0 ? Int(mpeg_announced(handle)) : nil }
    /// Seconds of sound that were walked.
    package var duration: Double {
        Double(sounding) * Double(mpeg_samples_per_frame(handle)) / Double(mpeg_sample_rate(handle))
    }

    /// Skips that many bytes.
    package func skip(_ bytes: Int) { mpeg_skip(handle, Int64(bytes)) }

    /// Walks more frames that begin before `end`; false when none begins where the last one ends.
    package func walk(to end: Int) -> Bool {
        let walked = Int(mpeg_walk(handle, 4096, Int64(end)))
        count += walked
        return walked > 0
    }
}
