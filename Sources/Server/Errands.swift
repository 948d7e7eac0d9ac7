import NIOPosix
import Synchronization

/// What a request that runs programs is to others of its client.
package enum ErrandKind: Sendable {
    /// A client has one at a time.
    case single
    /// A client may have several.
    case beside
}

/// The requests that run programs: on threads of their own, few at once.
final class Errands: Sendable {
    private let pools = (single: NIOThreadPool(numberOfThreads: 4), beside: NIOThreadPool(numberOfThreads: 4))
    private let current = Mutex<[String: Errand]>([:])

    init() {
        pools.single.start()
        pools.beside.start()
    }

    func threads(for kind: ErrandKind) -> NIOThreadPool { kind == .single ? pools.single : pools.beside }

    /// Begins an errand of a client; a single one ends the one before it.
    func begin(_ kind: ErrandKind, for client: String) -> Errand {
        let errand = Errand()
        let name = kind == .single ? client : "\(client) \(ObjectIdentifier(errand))"
        current.withLock { current in
            current[name]?.end()
            current[name] = errand
        }
        return errand
    }

    /// Forgets an errand that has ended.
    func forget(_ errand: Errand) {
        current.withLock { current in
            if let name = current.first(where: { $0.value === errand })?.key { current[name] = nil }
        }
    }

    /// Ends all, and waits until they have noticed.
    func stop() {
        current.withLock { for errand in $0.values { errand.end() } }
        try? pools.single.syncShutdownGracefully()
        try? pools.beside.syncShutdownGracefully()
    }
}

/// One request that runs programs, for as long as its client waits for the answer.
package final class Errand: Sendable {
    private let isEnded = Atomic(false)

    /// False once the client has gone or asked for something else: the programs are to be ended.
    package var isWanted: Bool { !isEnded.load(ordering: .relaxed) }

    func end() { isEnded.store(true, ordering: .relaxed) }
}
