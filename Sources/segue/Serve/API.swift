import Display
import DriverKit
import Files
import Ledger
import Limiter
import PipelineFiles
import Server
import Synchronization
import Wire

/// The REST interface, as described in `Page/openapi.json`.
final class API: Site {
    let pipeline: Pipeline
    let plan: DriverPlan
    let feed: EventFeed
    let found: [FoundStage]
    let catalogs: KnownCatalogs
    /// A connection of its own for reading, so that a long search blocks no command.
    let reading: Ledger
    let writing: Ledger
    /// The pictures that searches named, by the names under which they can be asked for.
    let hitPictures = Mutex<[String: HitPicture]>([:])
    private let startedAt = secondsSince1970()

    init(pipeline: Pipeline, plan: DriverPlan, found: [FoundStage], feed: EventFeed) throws(Failure) {
        (self.pipeline, self.plan, self.found, self.feed) = (pipeline, plan, found, feed)
        catalogs = KnownCatalogs(found)
        (reading, writing) = (try Ledger(path: plan.ledger), try Ledger(path: plan.ledger))
    }

    /// The body limit for lists of references and playlist files, in bytes.
    private static let largeBody = 16 << 20
    private static let smallBody = 1 << 20

    func bodyLimit(path: [String]) -> Int {
        path == ["v1", "items"] || path == ["v1", "lists"] ? Self.largeBody : Self.smallBody
    }

    func errand(path: [String]) -> ErrandKind? {
        if path.starts(with: ["v1", "pictures"]) { return .beside }
        return path == ["v1", "search"] || path == ["v1", "plan"] ? .single : nil
    }

    func answer(_ request: HTTPRequest) -> HTTPResponse {
        do throws(Failure) {
            let method = request.method == "HEAD" ? "GET" : request.method
            let routes = Self.known.filter { $0.matches(request.path) }
            if let route = routes.first(where: { $0.method == method }) {
                return try route.answer(self, request, route.names(in: request.path))
            }
            guard !routes.isEmpty else { return .problem(404, "no_resource", "there is nothing at this path") }
            let methods = routes.flatMap { $0.method == "GET" ? ["GET", "HEAD"] : [$0.method] }
            var refusal = HTTPResponse.problem(
                405, "no_method", "only \(methods.joined(separator: ", ")) may be asked here")
            refusal.headers.append(("Allow", methods.joined(separator: ", ")))
            return refusal
        } catch {
            return Self.problem(error)
        }
    }

    private static func problem(_ failure: Failure) -> HTTPResponse {
        let status =
            switch failure.code {
            case "no_item", "no_stage", "no_cover", "no_follow", "no_role", "no_plan": 404
            case "bad_json": 400
            case "not_json": 415
            case "superseded": 409
            case "busy", "busy_ledger": 503
            case "bad_pipeline": 422
            default: failure.class == .permanent ? 422 : 503
            }
        return .problem(status, failure.code.rawValue, failure.message)
    }

    private static let scripts = [
        ("page", PackageResources.page_js), ("tools", PackageResources.tools_js), ("queue", PackageResources.queue_js),
        ("header", PackageResources.header_js), ("steering", PackageResources.steering_js),
        ("finding", PackageResources.finding_js), ("followed", PackageResources.followed_js),
        ("damage", PackageResources.damage_js),
        ("history", PackageResources.history_js), ("settings", PackageResources.settings_js)
    ].map { name, bytes in
        Route("GET", "/\(name).js") { _, _, _ in .page(bytes, "text/javascript; charset=utf-8") }
    }

    static let routes = [
        Route("GET", "/") { _, _, _ in .page(PackageResources.page_html, "text/html; charset=utf-8") },
        Route("GET", "/page.css") { _, _, _ in .page(PackageResources.page_css, "text/css; charset=utf-8") },
        Route("GET", "/icon.svg") { _, _, _ in .page(PackageResources.icon_svg, "image/svg+xml") },
        Route("GET", "/healthz") { api, _, _ throws(Failure) in try api.health() },
        Route("GET", "/metrics") { api, _, _ throws(Failure) in try api.metrics() },
        Route("GET", "/v1/openapi.json") { _, _, _ in .page(PackageResources.openapi_json, "application/json") },
        Route("GET", "/v1/events.schema.json") { _, _, _ in
            .page(PackageResources.events_schema_json, "application/schema+json")
        },
        Route("GET", "/v1/events") { _, _, _ in
            var refusal = HTTPResponse.problem(426, "no_websocket", "events are told over WebSocket")
            refusal.headers += [("Upgrade", "websocket")]
            return refusal
        },
        Route("GET", "/v1/stats") { api, _, _ throws(Failure) in .json(try api.statistics().value) },
        Route("GET", "/v1/items") { api, request, _ throws(Failure) in try api.list(request) },
        Route("POST", "/v1/items") { api, request, _ throws(Failure) in try api.add(request) },
        Route("POST", "/v1/lists") { api, request, _ throws(Failure) in try api.addList(request) },
        Route("GET", "/v1/items/{id}") { api, _, names throws(Failure) in try api.show(names[0]) },
        Route("PATCH", "/v1/items/{id}") { api, request, names throws(Failure) in try api.move(names[0], request) },
        Route("DELETE", "/v1/items/{id}") { api, _, names throws(Failure) in try api.remove(names[0]) },
        Route("GET", "/v1/items/{id}/cover") { api, _, names throws(Failure) in try api.cover(of: names[0]) },
        Route("POST", "/v1/items/{id}/pause") { api, _, names throws(Failure) in try api.steer(names[0], .pause) },
        Route("POST", "/v1/items/{id}/resume") { api, _, names throws(Failure) in try api.steer(names[0], .resume) },
        Route("POST", "/v1/items/{id}/retry") { api, _, names throws(Failure) in try api.steer(names[0], .retry) },
        Route("POST", "/v1/pause") { api, request, _ throws(Failure) in try api.steer(request, .pause) },
        Route("POST", "/v1/resume") { api, request, _ throws(Failure) in try api.steer(request, .resume) },
        Route("POST", "/v1/retry") { api, request, _ throws(Failure) in try api.steer(request, .retry) },
        Route("POST", "/v1/cancel") { api, request, _ throws(Failure) in try api.steer(request, .cancel) },
        Route("POST", "/v1/clear") { api, request, _ throws(Failure) in try api.clear(request) },
        Route("GET", "/v1/follows") { api, _, _ throws(Failure) in try api.follows() },
        Route("POST", "/v1/follows") { api, request, _ throws(Failure) in try api.follow(request) },
        Route("GET", "/v1/follows/{id}") { api, _, names throws(Failure) in try api.follow(names[0]) },
        Route("DELETE", "/v1/follows/{id}") { api, _, names throws(Failure) in try api.unfollow(names[0]) },
        Route("POST", "/v1/follows/{id}/poll") { api, _, names throws(Failure) in try api.poll(names[0]) },
        Route("GET", "/v1/stages") { api, _, _ throws(Failure) in try api.stages() },
        Route("PATCH", "/v1/stages/{name}") { api, request, names throws(Failure) in try api.scale(names[0], request) },
        Route("POST", "/v1/stages/{name}/restart") { api, _, names throws(Failure) in try api.restart(names[0]) },
        Route("GET", "/v1/sources") { api, _, _ in api.sources() },
        Route("GET", "/v1/search") { api, request, _ throws(Failure) in try api.search(request) },
        Route("GET", "/v1/pictures/{name}") { api, request, names throws(Failure) in
            try api.picture(names[0], request)
        },
        Route("POST", "/v1/plan") { api, request, _ throws(Failure) in try api.plan(request) },
        Route("GET", "/v1/history") { api, request, _ throws(Failure) in try api.history(request) },
        Route("GET", "/v1/failures") { api, _, _ throws(Failure) in try api.failures() },
        Route("POST", "/v1/reload") { api, _, _ throws(Failure) in try api.reload() },
        Route("GET", "/v1/hosts") { api, _, _ throws(Failure) in try api.hosts() },
        Route("PUT", "/v1/hosts/{host}") { api, request, names throws(Failure) in try api.limit(names[0], request) },
        Route("DELETE", "/v1/hosts/{host}") { api, _, names throws(Failure) in try api.limit(names[0], nil) },
        Route("GET", "/v1/schedule") { api, _, _ throws(Failure) in try api.schedule() },
        Route("PUT", "/v1/schedule") { api, request, _ throws(Failure) in try api.schedule(request) }
    ]

    private static let known = scripts + routes

    var uptime: Double { secondsSince1970() - startedAt }
    var startTime: Double { startedAt }

    /// The driver's latest statistics, with the current counts by state.
    func statistics() throws(Failure) -> JSONObject {
        var object = feed.statistics ?? JSONObject()
        var sums: [State: Int] = [:]
        for count in try reading.counts() { sums[count.state, default: 0] += count.count }
        object.set(sums)
        object["seq"] = .integer(feed.last)
        return object
    }

    private func health() throws(Failure) -> HTTPResponse {
        _ = try reading.version()
        var object = JSONObject()
        object["status"] = .string("ok")
        object["version"] = .string(Version.project)
        object["uptime_s"] = .integer(Int(uptime))
        let (troubles, held) = (try reading.troubles(), try reading.held())
        object["held_up"] = .strings(
            plan.stages.map(\.name).filter { name in
                troubles.contains { $0.stage == name } || held.contains { $0.stage == name }
            })
        if !troubles.isEmpty { object["troubles"] = .array(troubles.map(\.json)) }
        let notices = try reading.waitingNotices()
        if !notices.isEmpty { object["notices"] = .array(notices.map(\.json)) }
        return .json(object.value)
    }
}

/// A method and a path, in which `{name}` stands for any segment.
struct Route: Sendable {
    typealias Answer = @Sendable (API, HTTPRequest, [String]) throws(Failure) -> HTTPResponse

    let method: String
    let path: String
    let answer: Answer
    private let segments: [Substring]

    init(_ method: String, _ path: String, answer: @escaping Answer) {
        (self.method, self.path, self.answer, segments) = (method, path, answer, path.split(separator: "/"))
    }

    func matches(_ path: [String]) -> Bool {
        path.count == segments.count && zip(segments, path).allSatisfy { $0.first == "{" || $0 == $1 }
    }

    func names(in path: [String]) -> [String] {
        zip(segments, path).filter { $0.0.first == "{" }.map(\.1)
    }
}

extension HTTPResponse {
    static func page(_ bytes: [UInt8], _ type: String) -> HTTPResponse {
        HTTPResponse(status: 200, type: type, body: bytes)
    }
}

extension HTTPRequest {
    func number(_ name: String, in range: ClosedRange<Int>) throws(Failure) -> Int? {
        guard let text = query[name] else { return nil }
        guard let number = Int(text), range ~= number else {
            throw .permanent("bad_parameter", "\(name) takes a number from \(range.lowerBound) to \(range.upperBound)")
        }
        return number
    }

    func state(_ name: String) throws(Failure) -> State? {
        guard let text = query[name] else { return nil }
        guard let state = State(rawValue: text) else {
            let names = State.allCases.map(\.rawValue).joined(separator: ", ")
            throw .permanent("bad_parameter", "\(name) is one of \(names)")
        }
        return state
    }

    func boolean(_ name: String) throws(Failure) -> Bool {
        guard let text = query[name] else { return false }
        guard let value = Bool(text) else { throw .permanent("bad_parameter", "\(name) takes true or false") }
        return value
    }
}
