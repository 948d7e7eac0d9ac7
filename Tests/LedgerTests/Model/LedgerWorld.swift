import Wire

@testable import Ledger

/// What there is around a ledger: drivers with records in hand, lists that change, and the model beside it.
struct LedgerWorld {
    var model: LedgerModel
    /// What the driver has in hand, and what earlier ones had.
    var hand: [Job] = []
    var dead: [Job] = []
    /// What each list holds at present, and how many members of one that is being expanded were named.
    var lists: [String: [String]] = [:]
    var named: [String: Int] = [:]
    var token: Int64 = 0
    var lanes: [Int64]
    /// Marks answers and requests.
    var mark = 0

    static let tracks = (1...6).map { "c:track:\($0)" }
    static let playlists = (1...3).map { "c:playlist:\($0)" }
    static let all = tracks + playlists

    init(_ route: Route) {
        model = LedgerModel(route)
        lanes = route.stops.map { _ in -1 }
    }

    mutating func newMark() -> Int {
        mark += 1
        return mark
    }

    /// Another process lists other members from now on.
    mutating func changeList(_ draw: inout Draw) {
        guard let list = draw.one(of: Self.playlists) else { return }
        lists[list] = (0..<draw.number(0...4)).compactMap { _ in draw.one(of: Self.tracks) }
    }

    /// The routes that are walked: as pipelines are, with two catalogs, with stages that say nothing of kinds, and without a
    /// stage that hears of ends.
    static let routes: [[Route.Stop]] = {
        let backoff = Backoff(attempts: 3, base: 0)
        let expand = Route.Stop(name: "expand", kinds: ["request"], backoff: backoff)
        func resolve(_ name: String) -> Route.Stop {
            Route.Stop(name: name, kinds: ["request", "track"], writesMedia: true, wantsTries: true, backoff: backoff)
        }
        let fetch = Route.Stop(name: "fetch", kinds: ["track"], wantsTries: true, backoff: backoff)
        let record = Route.Stop(name: "record", kinds: ["track", "skip", "error", "done"], backoff: backoff)
        return [
            [expand, resolve("resolve"), fetch, record],
            [expand, resolve("resolve"), resolve("other"), fetch, record],
            [expand, resolve("resolve"), fetch, record].map { stop in
                Route.Stop(name: stop.name, writesMedia: stop.writesMedia, backoff: backoff)
            },
            [expand, resolve("resolve"), fetch]
        ]
    }()
}
