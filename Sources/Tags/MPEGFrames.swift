import CTagLib
import Wire

/// The frames of an MPEG audio file, one behind the other, as far as they were walked.
package final class MPEGFrames {
    private let handle: OpaquePointer
    /// How many were walked over, the one without sound included.
    package private(set) var count = 0

    /// Nil when no frame is found in the file.
    package init?(_ path: String) {
        guard let handle = mpeg_open(path) else { return nil }
        self.handle = handle
    }

    deinit { mpeg_close(handle) }

    /// The offset in bytes at which the ID3v2 tags in front end.
    package var tagsEnd: Int { Int(mpeg_tags_end(handle)) }
    /// The offset in bytes of the first frame.
    package var first: Int { Int(mpeg_first(handle)) }
    /// The offset in bytes of the last frame that was walked over.
    package var last: Int { Int(mpeg_last(handle)) }
    /// The offset in bytes at which it ends, or what was skipped behind it does.
    package var position: Int { Int(mpeg_position(handle)) }

    /// Frames of sound among those that were walked over: a first one with a Xing, Info or VBRI header holds none.
    package var sounding: Int { max(0, count - Int(mpeg_has_header(handle))) }
    /// Frames of sound that such a header tells of.
    package var announced: Int? { mpeg_announced(handle) > 0 ? Int(mpeg_announced(handle)) : nil }
    /// Seconds of sound that were walked over.
    package var duration: Double {
        Double(sounding) * Double(mpeg_samples_per_frame(handle)) / Double(mpeg_sample_rate(handle))
    }

    /// Goes on so many bytes further.
    package func skip(_ bytes: Int) { mpeg_skip(handle, Int64(bytes)) }

    /// Walks over some more that begin before `end`; false when none begins where the last one ends.
    package func walk(to end: Int) -> Bool {
        let walked = Int(mpeg_walk(handle, 4096, Int64(end)))
        count += walked
        return walked > 0
    }
}
