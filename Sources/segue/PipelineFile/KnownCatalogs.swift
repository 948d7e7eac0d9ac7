import Wire

/// The catalogs of a pipeline's resolve stages, so that what names another one is refused before it is in the queue.
struct KnownCatalogs {
    /// Nil where a program that did not come with segue may know others.
    private let names: [String]?
    /// The one that a reference without a name is for.
    private let standard: String?

    private static let unnamed = "catalog"
    private static let option = "--catalog"

    init(_ pipeline: Pipeline) {
        let stages = pipeline.stages.map { ($0, isResolve: Self.isResolve($0)) }
        let resolvers = stages.filter(\.isResolve).map { Self.catalogs(in: $0.0.run) }
        let strangers = stages.prefix { !$0.isResolve }.filter { $0.0.kinds?.contains("request") ?? true }
        let expands = stages.contains { !$0.isResolve && $0.0.mode == .expand }
        names = resolvers.isEmpty || !strangers.isEmpty || expands ? nil : Array(resolvers.joined())
        let first = resolvers.first { !$0.isEmpty } ?? []
        standard = first.count == 1 ? first[0] : first.first { $0 == Self.unnamed }
    }

    /// The same of whoever is at this machine: a list has to be there, and passwords in links are kept, which `tell` hears of.
    func request(_ text: [UInt8], first: Bool, tell: (String) -> Void) throws(Failure) -> Request {
        let request = try request(text, first: first)
        try request.checkFile()
        try request.keepPasswords(tell: tell)
        return request
    }

    /// A reference or a record as a request; throws `no_catalog` for one that no stage could resolve.
    func request(_ text: [UInt8], first: Bool) throws(Failure) -> Request {
        let request = try Request(text, first: first)
        guard let names, request.record.kind == "request", let ref = try request.record.ref,
            let reference = CatalogReference(ref)
        else { return request }
        let known = names.isEmpty ? "this pipeline has none" : "this pipeline has: \(names.joined(separator: ", "))"
        guard let name = reference.catalog else {
            guard standard == nil else { return request }
            let way = names.first.map { "write \($0):\(ref)" } ?? "give its resolve stage --catalog URL"
            throw .permanent("no_catalog", "\(ref) names no catalog, and \(known); \(way)")
        }
        guard !names.contains(where: { $0.utf8.elementsEqual(name.utf8) }) else { return request }
        let hint = nearest(to: name, of: names).map { "; did you mean \($0)?" } ?? ""
        throw .permanent("no_catalog", "\(ref) is of a catalog called \(name), and \(known)\(hint)")
    }

    private static func isResolve(_ stage: Pipeline.Stage) -> Bool {
        stage.run.first == "resolve" && (try? Executable(stage.run))?.isNative == true
    }

    /// The names in `--catalog NAME=URL` and `--catalog=URL`, as resolve reads them.
    static func catalogs(in command: [String]) -> [String] {
        let separate = zip(command, command.dropFirst()).filter { $0.0 == option }.map(\.1)
        let joined = command.filter { $0.hasPrefix("\(option)=") }.map { String($0.dropFirst(option.count + 1)) }
        return (separate + joined).map { value in
            let name = value.prefix { $0 != "=" }
            return name.count < value.count && !name.contains("/") ? String(name) : unnamed
        }
    }
}
