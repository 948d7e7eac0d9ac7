import Files
import Glibc
import Web
import Wire

/// One track's bytes on their way into the spool: checked as they come, and kept for a resume when they break off.
final class Transfer {
    private let media: Media
    private let place: Place
    private let pace: Pace
    private let progress: (_ bytes: Int, _ total: Int?) -> Void

    init(media: Media, place: Place, pace: Pace, progress: @escaping (Int, Int?) -> Void) {
        (self.media, self.place, self.pace, self.progress) = (media, place, pace, progress)
    }

    /// Fetches the file, from where an earlier try ended if the server proves that it is the same.
    func run(with client: Client) throws(Failure) -> Fetched {
        let file = try PartialFile(at: place.partial, keeping: true)
        do throws(Failure) {
            do throws(Failure) {
                return try attempt(file, client, from: try resumable(file))
            } catch where Self.startsOver.contains(error.code) {
                return try attempt(file, client, from: nil)
            }
        } catch {
            if !Self.keepsBytes(error) { drop(file) }
            throw error
        }
    }

    /// Answers to a range that only say that it was the wrong one.
    private static let startsOver: Set<Failure.Code> = [.http(416), "wrong_range"]

    /// What came before a cut is good; what came with a wrong answer is not. A refusal says nothing about it.
    private static func keepsBytes(_ failure: Failure) -> Bool {
        !["wrong_length", "wrong_digest", "wrong_type", "not_audio", "empty"].contains(failure.code)
    }

    /// What the bytes that are there belong to, when they can be gone on with.
    private func resumable(_ file: PartialFile) throws(Failure) -> State? {
        guard let state = State(at: place.state), state.fits(media), state.etag != nil, file.bytes > 0,
            file.bytes < state.total ?? .max
        else { return nil }
        return state
    }

    private func attempt(_ file: PartialFile, _ client: Client, from state: State?) throws(Failure) -> Fetched {
        let intake = try Intake(file: file, media: media, resuming: state, progress: progress)
        var request = Request(url: media.url)
        (request.isMedia, request.auth) = (true, media.auth)
        (request.stall, request.maximumRate) = (pace.stall, pace.maximumRate)
        request.headers = ["Want-Repr-Digest: sha-256=10"]
        if let etag = state?.etag { request.headers += ["Range: bytes=\(intake.received)-", "If-Range: \(etag)"] }
        let stateFile = place.state
        try client.transfer(request) { head throws(Failure) in
            try intake.begin(head).write(to: stateFile)
        } onBody: { piece throws(Failure) in
            try intake.take(piece)
        }
        return try finish(file, intake)
    }

    private func finish(_ file: PartialFile, _ intake: Intake) throws(Failure) -> Fetched {
        var state = intake.state
        let sha256 = try intake.finish()
        (state.total, state.sha256) = (intake.received, sha256)
        try file.rename(to: place.media)
        try state.write(to: place.state)
        return Fetched(path: place.media, bytes: intake.received, sha256: sha256)
    }

    private func drop(_ file: PartialFile) {
        file.discard()
        unlink(place.state)
    }
}
