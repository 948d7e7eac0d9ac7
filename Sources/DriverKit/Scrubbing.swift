import Dispatch
import Ledger
import Processes
import Wire

/// Has a thread of its own read a library again while a driver works.
final class Scrubbing {
    private let scrub: Scrub
    private let ledger: Ledger
    private let route: Route
    private let disk = DispatchQueue(label: "scrub", qos: .utility)
    private let work = DispatchGroup()
    private let steps: Mailbox<Swift.Result<Scrub.Step, Failure>>
    /// When the next step may be made, in monotonic nanoseconds.
    private var next: Int64 = 0
    private var suspect: String?
    private var (read, mended) = (0, 0)
    private var lastWords: String?

    /// Bytes that are read in a second at most.
    private static let speed = 10_000_000.0
    /// Where more than a tenth of so many files or more are damaged, it is the disk that is.
    private static let fewest = 10

    init(_ scrub: Scrub, _ ledger: Ledger, _ route: Route) throws(Failure) {
        (self.scrub, self.ledger, self.route) = (scrub, ledger, route)
        steps = try Mailbox()
    }

    /// Begins the next step when it is due, `now` in monotonic nanoseconds; returns what there is to say of the last ones, and
    /// the ids of what they put back in the queue.
    func look(now: Int64) -> [(line: String, id: String?)] {
        guard work.wait(timeout: .now()) == .success else { return [] }
        let news = steps.drain().compactMap { take($0, now) }
        guard now >= next, !isHopeless else { return news }
        disk.async(group: work) { [scrub, ledger, route, suspect, steps] in
            steps.put(
                Swift.Result { () throws(Failure) in
                    try scrub.step(in: ledger, route, now: millisecondsSince1970(), suspect: suspect)
                })
        }
        return news
    }

    private var isHopeless: Bool { mended >= Self.fewest && mended * 10 > read }

    private func take(_ result: Swift.Result<Scrub.Step, Failure>, _ now: Int64) -> (line: String, id: String?)? {
        suspect = nil
        rest(seconds: min(5, scrub.period / 1000), now)
        switch result {
        case .success(.waited): return nil
        case .success(.passed(let bytes)):
            read += 1
            rest(seconds: min(1, scrub.period / 1000) + Double(bytes) / Self.speed, now)
            return nil
        case .success(.suspected(let id)):
            suspect = id
            return nil
        case .success(.mended(let id, let damage)):
            (read, mended) = (read + 1, mended + 1)
            let line = "\(damage.sentence): it is in the queue again" + (isHopeless ? Self.advice : "")
            return (line, id)
        case .success(.damaged(let damage)):
            read += 1
            return ("\(damage.sentence), and has no source that could bring it again", nil)
        case .failure(let failure):
            rest(seconds: 60, now)
            defer { lastWords = failure.message }
            return lastWords == failure.message
                ? nil : ("the library is not read again for now: \(failure.message)", nil)
        }
    }

    private static let advice =
        "; so much is damaged that nothing more is read again by this driver: look at the disk, and let segue verify tell all"

    private func rest(seconds: Double, _ now: Int64) { next = now + Int64(seconds * 1e9) }
}

extension Driver {
    /// Has the library read again, and tells what was found.
    func scrubNowAndThen(_ now: Int64) {
        guard let scrubbing, !stopping.isAsked else { return }
        let found = scrubbing.look(now: now)
        guard !found.isEmpty else { return }
        for news in found {
            say(news.line)
            guard let id = news.id else { continue }
            note(.added(id: id))
            claims.isDue = true
        }
        try? tellDamaged()
    }

    /// Tells of files that were found damaged, here or by another process; what cannot be read now is told later.
    func tellDamaged() throws(Failure) {
        for file in try ledger.damagedFiles(after: watch.damage) {
            watch.damage = file.number
            note(.damaged(file))
        }
    }
}
