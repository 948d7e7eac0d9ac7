import Display
import Files
import Ledger
import PipelineFiles
import Server
import Wire

extension API {
    func follows() throws(Failure) -> HTTPResponse {
        var object = JSONObject()
        object["follows"] = .array(try reading.follows().map(\.json.value))
        return .json(object.value)
    }

    /// One followed list, with the first tracks that were new and that had left at its last change.
    func follow(_ id: String) throws(Failure) -> HTTPResponse {
        guard let follow = try reading.follow(id) else { throw Self.notFollowed(id) }
        var object = follow.json
        let changes = try reading.changes(ofFollowed: id, limit: Self.mostTracks)
        for (name, tracks) in [("new_tracks", changes.gained), ("left_tracks", changes.lost)] {
            object[name] = .array(
                tracks.map { track in
                    var entry = JSONObject()
                    entry["id"] = .string(track.id)
                    entry["title"] = track.title.map(JSON.string)
                    return entry.value
                })
        }
        return .json(object.value)
    }

    private static let mostTracks = 100

    private static func notFollowed(_ id: String) -> Failure { .permanent("no_follow", "\(id) is not followed") }

    /// Follows a list, or changes how one is followed.
    func follow(_ request: HTTPRequest) throws(Failure) -> HTTPResponse {
        let body = try Body(request)
        guard let ref = try body.string("ref") else { throw .permanent("bad_ref", "the body needs ref, a reference") }
        let terms = try FollowTerms(
            every: try body.string("every") ?? "6h", mirrors: try body.boolean("mirror") ?? false,
            mostTrashed: try body.integer("max_trash", in: 0...1 << 31), keep: try body.integer("keep", in: 1...1 << 31)
        )
        guard !terms.mirrors || plan.hasLibrary else {
            throw .permanent("no_stage", "no stage of the pipeline works with a library that has a trash")
        }
        let list = try self.request(ref, false)
        try list.check(for: terms)
        var told: [JSON] = []
        try list.keepPasswords { told.append(.string($0)) }
        try writing.change(now: millisecondsSince1970(), route: plan.route) { _ = try $0.follow(list.record, terms) }
        guard let follow = try reading.follow(list.record.id) else { throw Self.notFollowed(list.record.id) }
        var object = follow.json
        if !told.isEmpty { object["told"] = .array(told) }
        return .json(object.value, status: 201)
    }

    func unfollow(_ id: String) throws(Failure) -> HTTPResponse {
        guard try writing.change(now: millisecondsSince1970(), { try $0.unfollow(id) }) else {
            throw Self.notFollowed(id)
        }
        return Self.count(1)
    }

    /// Makes a followed list due now.
    func poll(_ id: String) throws(Failure) -> HTTPResponse {
        guard try writing.change(now: millisecondsSince1970(), { try $0.pollNow(id) }) else {
            throw Self.notFollowed(id)
        }
        return try follow(id)
    }
}
