import Files
import Tags
import Wire

extension Specimen {
    /// MP3: frames from the tags in front to the tags behind with nothing between, as many as the first one tells of. Files
    /// that were put together have tags between their parts, and tell the number of the first part alone.
    ///
    /// The sound in a frame has no checksum, or one over some bits at its start that encoders seldom write.
    func examineFrames() throws(Failure) -> Double? {
        let end = try soundEnd()
        guard let frames = MPEGFrames(path) else { throw damage("no frame is in it") }
        // What players pass over in front was looked at to know the format.
        if Magic.format(of: try bytes(0..<64)) == .mp3 { try checkStart(frames) }
        var isOne = true
        while frames.position < end {
            try pass(frames.position)
            if frames.walk(to: end) { continue }
            guard let length = tagLength(from: try bytes(frames.position..<frames.position + 10)) else {
                throw damage("no frame begins at \(frames.position) of \(bytes) bytes, where the one before it ends")
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
        // Some programs leave room behind their tag.
        while position < frames.first {
            let gap = try bytes(position..<min(frames.first, position + 65_536))
            guard !gap.isEmpty, gap.allSatisfy({ $0 == 0 }) else {
                throw damage("the first frame begins at \(frames.first) of \(bytes) bytes, not at \(frames.tagsEnd)")
            }
            position += gap.count
        }
    }

    /// One more or less is how encoders count, some with the frame that tells the number.
    private func checkCount(_ frames: MPEGFrames) throws(Failure) {
        guard let announced = frames.announced, abs(announced - frames.sounding) > 1 else { return }
        let what = "it has \(frames.sounding) frames, not \(announced) as its first one says"
        guard isFromList else { throw damage(what) }
        // Whoever puts something into an episode seldom counts anew.
        note(what)
    }
}
