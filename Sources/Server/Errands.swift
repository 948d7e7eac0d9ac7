import NIOPosix
import Synchronization

/// The requests that run programs: on threads of their own, few at once, and one at a time for each client.
final class Errands: Sendable {
    let threads = NIOThreadPool(numberOfThreads: 4)
    private let current = Mutex<[String: Errand]>([:])

    init() { threads.start() }

    /// Begins an errand of a client, and ends the one before it.
    func begin(for client: String) -> Errand {
        let errand = Errand()
        current.withLock { current in
            current[client]?.end()
            current[client] = errand
        }
        return errand
    }

    /// Forgets an errand that has ended.
    func forget(_ errand: Errand) {
        current.withLock { current in
            if let client = current.first(where: { $0.value === errand })?.key { current[client] = nil }
        }
    }

    /// Ends all, and waits until they have noticed.
    func stop() {
        current.withLock { for errand in $0.values { errand.end() } }
        try? threads.syncShutdownGracefully()
    }
}

/// One request that runs programs, for as long as its client waits for the answer.
package final class Errand: Sendable {
    private let isEnded = Atomic(false)

    /// False once the client has gone or asked for something else: the programs are to be ended.
    package var isWanted: Bool { !isEnded.load(ordering: .relaxed) }

    func end() { isEnded.store(true, ordering: .relaxed) }
}
