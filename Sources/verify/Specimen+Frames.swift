import Files
import Tags
import Wire

extension Specimen {
    /// MP3: frames without gaps from the tags at the start to those at the end, as many as the first frame says. Files joined
    /// from several have tags between their parts, and only give the number of the first part's frames.
    ///
    /// The sound in a frame has no checksum, or one of a few bits at its start, which encoders seldom write.
    func examineFrames() throws(Failure) -> Double? {
        let end = try soundEnd()
        guard let frames = MPEGFrames(path) else { throw damage("it has no frame") }
        // Bytes in front that players skip were checked when the format was detected.
        if Magic.format(of: try bytes(0..<64)) == .mp3 { try checkStart(frames) }
        var isOne = true
        while frames.position < end {
            try pass(frames.position)
            if frames.walk(to: end) { continue }
            guard let length = tagLength(from: try bytes(frames.position..<frames.position + 10)) else {
                throw damage("there is no frame at \(frames.position) of \(bytes) bytes, where the one before it ends")
            }
            frames.skip(length)
            isOne = false
        }
        guard frames.position == end else {
            let missing = frames.position - end
            throw damage("the last frame, at \(frames.last) of \(bytes) bytes, is \(missing) bytes short")
        }
        if isOne { try checkCount(frames) }
        return frames.duration
    }

    private func checkStart(_ frames: MPEGFrames) throws(Failure) {
        var position = min(frames.tagsEnd, frames.first)
        // Some programs leave room after their tag.
        while position < frames.first {
            let gap = try bytes(position..<min(frames.first, position + 65_536))
            guard !gap.isEmpty, gap.allSatisfy({ $0 == 0 }) else {
                throw damage("the first frame begins at \(frames.first) of \(bytes) bytes, not at \(frames.tagsEnd)")
            }
            position += gap.count
        }
    }

    /// Allows for one frame more or less, since some encoders count the frame that holds the number.
    private func checkCount(_ frames: MPEGFrames) throws(Failure) {
        guard let announced = frames.announced, abs(announced - frames.sounding) > 1 else { return }
        let what = "it has \(frames.sounding) frames, not \(announced) as the first one says"
        guard isFromList else { throw damage(what) }
        // Programs that insert something into an episode seldom update the number.
        note(what)
    }
}
