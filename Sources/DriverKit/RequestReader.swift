import Glibc
import PipelineFiles
import Processes
import Wire

/// Requests from stdin, as they arrive.
package final class RequestReader: RequestInput {
    private var lines = LineReader()
    private var requests: [ItemRequest] = []
    private let isFirst: Bool
    private let catalogs: KnownCatalogs
    /// Reports a line that is no request.
    private let tell: (String) -> Void
    /// Whether more may come.
    package private(set) var isOpen = true

    /// Whether any line was no request.
    package private(set) var hasRefused = false

    private static let maximumWaiting = 2000

    package init(first: Bool, _ catalogs: KnownCatalogs, tell: @escaping (String) -> Void = complain) {
        (isFirst, self.catalogs, self.tell) = (first, catalogs, tell)
    }

    var wantsMore: Bool { isOpen }
    var hasSome: Bool { !requests.isEmpty }

    /// The requests read so far; once they are taken, more are read.
    package func drain() -> [ItemRequest] {
        defer { requests = [] }
        return requests
    }

    /// Takes what has been read; with `mayRead`, set when stdin is readable, it reads once. A line that is no request
    /// is reported, and the next one is tried.
    package func read(mayRead: Bool = true) {
        var mayRead = mayRead
        while requests.count < Self.maximumWaiting,
            let line = lines.next(fill: { buffer in
                guard mayRead else { return .interrupted }
                mayRead = false
                let count = Glibc.read(0, buffer.baseAddress, buffer.count)
                if count == 0 { isOpen = false }
                return count > 0 ? .bytes(count) : count == 0 ? .end : .interrupted
            })
        { handle(line) }
    }

    private func handle(_ line: LineReader.Line) {
        guard case .text(let text) = line else { return refuse("it is too long for a request") }
        guard text.contains(where: { $0 > 32 }) else { return }
        do throws(Failure) {
            requests.append(try catalogs.request(text, first: isFirst, tell: tell))
        } catch {
            refuse(error.message)
        }
    }

    private func refuse(_ why: String) {
        hasRefused = true
        tell("line \(lines.number): \(why)")
    }
}
