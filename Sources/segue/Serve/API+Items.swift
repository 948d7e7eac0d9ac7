import Files
import Glibc
import Ledger
import PipelineFiles
import Server
import Wire

extension API {
    func list(_ request: HTTPRequest) throws(Failure) -> HTTPResponse {
        var query = ItemQuery()
        query.state = try request.state("state")
        query.otherState = try request.state("not")
        query.parent = request.query["parent"]
        query.isTop = try request.boolean("top")
        query.text = request.query["q"]
        query.isNewestFirst = try request.boolean("newest")
        if let code = request.query["code"] {
            query.state = .failed
            query.reason = FailureReason(stage: request.query["stage"] ?? "", code: code, host: request.query["host"])
        }
        query.after = request.query["after"]
        query.offset = try request.number("offset", in: 0...1_000_000_000) ?? 0
        query.limit = try request.number("limit", in: 1...1000) ?? 100
        let items = try reading.list(query)
        var object = JSONObject()
        object["items"] = .array(items.map(\.json))
        if items.count == query.limit { object["next"] = items.last.map { .string($0.id) } }
        if query.isTop, query.state == nil, query.text == nil {
            object["total"] = .integer(try reading.countOfTop(but: query.otherState))
        }
        object["seq"] = .integer(feed.last)
        return .json(object.value)
    }

    func show(_ id: String) throws(Failure) -> HTTPResponse {
        guard let found = try reading.show(id) else { throw Self.noItem(id) }
        let collections = try reading.collections(of: id)
        return .json(found.item.json(failures: found.failures, collections: collections, line: found.line))
    }

    static func noItem(_ id: String) -> Failure { .permanent("no_item", "there is no item \(id)") }

    /// Adds references from JSON, or from text, one per line. One to an unknown catalog is listed as refused, and the
    /// others are added. So is a line of text that is not a reference; in JSON, such a member fails the request.
    func add(_ request: HTTPRequest) throws(Failure) -> HTTPResponse {
        let isFirst = try request.boolean("first")
        guard request.contentType == "text/plain" else {
            let body = try Body(request)
            let (ref, refs) = (try body.string("ref"), try body.strings("refs"))
            guard ref != nil || refs != nil, refs?.isEmpty != true else {
                throw .permanent("bad_ref", "the body needs ref, a reference, or refs, a list of them")
            }
            return try add(
                (ref.map { [$0] } ?? []) + (refs ?? []), try body.boolean("first") ?? isFirst, isStrict: true)
        }
        guard let text = String(validating: request.body, as: UTF8.self) else {
            throw .permanent("bad_ref", "the body is not valid UTF-8")
        }
        let lines = text.split(whereSeparator: \.isNewline).map(String.init)
        return try add(lines.filter { $0.contains { !$0.isWhitespace } }, isFirst)
    }

    private func add(_ texts: [String], _ isFirst: Bool, isStrict: Bool = false) throws(Failure) -> HTTPResponse {
        var (requests, refused, told) = ([(text: String, request: ItemRequest)](), [JSON](), [JSON]())
        var first: Failure?
        for text in texts {
            do throws(Failure) {
                let request = try self.request(text, isFirst)
                try request.keepPasswords { told.append(.string($0)) }
                requests.append((WebLink.divided(text).plain, request))
            } catch let error where !isStrict || error.code == "no_catalog" {
                first = first ?? error
                var object = JSONObject()
                object["ref"] = .string(String(WebLink.divided(text).plain.prefix(500)))
                object["code"] = .string(error.code.rawValue)
                object["detail"] = .string(error.message)
                refused.append(object.value)
            }
        }
        guard !requests.isEmpty else {
            throw first ?? .permanent("bad_ref", "there is no reference")
        }
        return try add(requests, refused, told)
    }

    /// The request that a client's reference makes.
    func request(_ text: String, _ isFirst: Bool) throws(Failure) -> ItemRequest {
        let request = try catalogs.request(Array(text.utf8), first: isFirst)
        // A client must not be able to read the files of this machine.
        guard let ref = try request.record.ref, text.utf8.first(where: { $0 > 32 }) != UInt8(ascii: "{"),
            WebLink.isOne(ref) || !ref.hasPrefix("/") && FolderPath.path(of: ref) == nil
        else {
            throw .permanent(
                "local_path",
                "\(WebLink.shown(text).prefix(80)) is a file of this machine; POST /v1/lists takes a list itself")
        }
        return request
    }

    private func add(
        _ requests: [(text: String, request: ItemRequest)], _ refused: [JSON] = [], _ told: [JSON] = []
    ) throws(Failure) -> HTTPResponse {
        let additions = try writing.change(now: millisecondsSince1970(), route: plan.route) { change in
            try requests.map { _, request in try change.add(request) }
        }
        var object = JSONObject()
        for addition in [Change.Addition.added, .again, .known] {
            object[addition.rawValue] = .integer(additions.count { $0 == addition })
        }
        object["items"] = .array(
            zip(requests, additions).map { pair, addition in
                var item = JSONObject()
                item["ref"] = .string(pair.text)
                item["id"] = .string(pair.request.record.id)
                item["result"] = .string(addition.rawValue)
                return item.value
            })
        if !refused.isEmpty { object["refused"] = .array(refused) }
        if !told.isEmpty { object["told"] = .array(told) }
        return .json(object.value, status: 202)
    }

    /// Adds the playlist file in the body; it is kept beside the ledger, where the stages read it.
    func addList(_ request: HTTPRequest) throws(Failure) -> HTTPResponse {
        let name = request.query["name"] ?? ""
        let ending = name.split(separator: ".").last.map { $0.lowercased() } ?? ""
        guard !name.contains("/"), ListPath.isOne("." + ending), name.contains(".") else {
            throw .permanent(
                "bad_list", "name has to be a file's, and to end as a playlist's does: x.m3u8, x.xspf, x.csv")
        }
        guard !request.body.isEmpty else { throw .permanent("bad_list", "the list is empty") }
        let folder = plan.ledger + ".lists"
        if access(folder, F_OK) != 0 { try makeFolder(folder) }
        // Links in lists may contain passwords.
        chmod(folder, 0o700)
        let stem = FileName.segment(String(name.dropLast(ending.count + 1)), reserving: 32)
        let path = "\(absolute(folder))/\(SHA256.of(request.body).prefix(16))/\(stem).\(ending)"
        if access(Files.folder(of: path), F_OK) != 0 { try makeFolder(Files.folder(of: path)) }
        let file = try PartialFile(at: path + ".part", keeping: false)
        do throws(Failure) {
            try file.write(request.body)
            try file.rename(to: path)
        } catch {
            file.discard()
            throw error
        }
        return try add([(name, try ItemRequest(Array(path.utf8), first: try request.boolean("first")))])
    }
}
