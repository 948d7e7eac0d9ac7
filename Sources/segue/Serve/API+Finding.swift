import Display
import Files
import Ledger
import PipelineFiles
import Processes
import Server
import Wire

/// What can be found out before anything is queued. It runs programs, for as long as the client waits.
extension API {
    /// How long a search and a plan may take, in seconds.
    private static let patience: (search: Int64, plan: Int64) = (30, 120)
    /// How many lines of a plan are told; the sums are of all.
    private static let mostLines = 1000
    /// How many damaged files are told.
    private static let mostDamaged = 100

    /// The catalogs and sources by name, and whether they can be searched and plans made.
    func sources() -> HTTPResponse {
        var object = JSONObject()
        object["catalogs"] = .strings(
            found.flatMap { $0.catalogs ?? [] }.reduce(into: []) { names, name in
                if !names.contains(name) { names.append(name) }
            })
        object["search"] = .boolean(found.contains { $0.has(.search) })
        object["plan"] = .boolean((try? PlannedRoad(found)) != nil)
        return .json(object.value)
    }

    /// What a text finds in all catalogs and sources, of one kind or of each.
    func search(_ request: HTTPRequest) throws(Failure) -> HTTPResponse {
        // A program would take a text that begins so for an option.
        let text = String((request.query["q"] ?? "").drop { $0 == "-" || $0.isWhitespace })
        guard !text.isEmpty, text.utf8.count <= 500 else {
            throw .permanent("bad_parameter", "q takes a text, of 500 bytes at most")
        }
        let kinds =
            try request.query["type"].map { word throws(Failure) in
                guard let kind = Reference.Kind.allCases.first(where: { $0.rawValue == word }) else {
                    let words = Reference.Kind.allCases.map(\.rawValue).joined(separator: ", ")
                    throw Failure.permanent("bad_parameter", "type is one of \(words)")
                }
                return [kind]
            } ?? Reference.Kind.allCases
        let limit = try request.number("limit", in: 1...100) ?? 10
        let stage = try pipeline.stage(.search, in: found)
        let (environment, isWanted) = (pipeline.stageEnvironment, wish(of: request, Self.patience.search))
        let answers = sideBySide(kinds, jobs: kinds.count) { kind in
            Result { () throws(Failure) in
                try stage.search(text, kind, limit: limit, environment: environment, while: isWanted)
            }
        }
        try check(request)
        let failures = answers.compactMap { if case .failure(let failure) = $0 { failure } else { nil } }
        if failures.count == kinds.count { throw failures[0] }
        var results: [JSON] = []
        for (kind, answer) in zip(kinds, answers) {
            for record in ((try? answer.get()) ?? nil) ?? [] { results.append(try result(record, kind)) }
        }
        var object = JSONObject()
        object["results"] = .array(results)
        object["notes"] = .strings(failures.map(\.message))
        return .json(object.value)
    }

    private func result(_ record: Record, _ kind: Reference.Kind) throws(Failure) -> JSON {
        let (track, collection) = (record["track"]?.object, record["collection"]?.object)
        var object = JSONObject()
        object["ref"] = record["ref"]
        object["id"] = .string(record.id)
        object["type"] = .string(kind.rawValue)
        object["title"] = track?["title"] ?? collection?["title"]
        object["artist"] = track?["artist"] ?? collection?["creator"]
        object["album"] = track?["album"]
        object["picture"] = pictureName(of: record).map(JSON.string)
        object["state"] = (try reading.show(record.id)?.item.state.rawValue).map(JSON.string)
        return object.value
    }

    /// What adding a reference would fetch, without fetching it.
    func plan(_ request: HTTPRequest) throws(Failure) -> HTTPResponse {
        guard let ref = try Body(request).string("ref") else {
            throw .permanent("bad_ref", "the body needs ref, a reference")
        }
        let asked = try self.request(ref, false)
        try asked.keepPasswords { _ in }
        let pipe = try PlannedRoad(found).pipe(for: [asked.record], environment: pipeline.stageEnvironment)
        var (forecast, lines) = (Forecast(), [JSON]())
        let isWhole = try pipe.run([asked.record], while: wish(of: request, Self.patience.plan)) { line in
            guard let prospect = forecast.add(line), lines.count < Self.mostLines else { return }
            lines.append(prospect.json)
        }
        try check(request)
        var object = forecast.json.object ?? JSONObject()
        object["plan"] = nil
        object["whole"] = .boolean(isWhole)
        object["lines"] = .array(lines)
        return .json(object.value)
    }

    func wish(of request: HTTPRequest, _ seconds: Int64) -> @Sendable () -> Bool {
        let (errand, end) = (request.errand, monotonicNanoseconds() + seconds * 1_000_000_000)
        return { errand?.isWanted ?? false && monotonicNanoseconds() < end }
    }

    private func check(_ request: HTTPRequest) throws(Failure) {
        guard request.errand?.isWanted != true else { return }
        throw .transient("superseded", "the client asked for something else meanwhile")
    }

    /// What ended on each of the last days, and which files were found damaged.
    func history(_ request: HTTPRequest) throws(Failure) -> HTTPResponse {
        let (days, now) = (try request.number("days", in: PastDays.range) ?? 30, millisecondsSince1970())
        var object = JSONObject()
        object["days"] = .array(try reading.history(days: days, now: now).map(\.json))
        let damaged = try reading.damagedFiles(inLast: days, now: now, limit: Self.mostDamaged)
        object["damaged"] = .array(damaged.map(\.json))
        return .json(object.value)
    }

    /// Why items failed, the most frequent reason first.
    func failures() throws(Failure) -> HTTPResponse {
        var object = JSONObject()
        object["failures"] = .array(try reading.failureGroups().map(\.json))
        return .json(object.value)
    }
}
