import Files
import Processes
import Wire

/// The catalogs that a pipeline's stages report: a reference to any other is refused before it is queued.
package struct KnownCatalogs {
    /// Nil if a program that does not report its catalogs may know others.
    private let names: [String]?
    /// The names of those that may have lists of kinds of their own.
    private let sources: [String]
    /// The catalog that a reference without a name means.
    private let standard: String?
    /// Whether a stage may take in folders of this machine.
    private let takesFolders: Bool

    package init(_ stages: [FoundStage], isWhole: Bool = true) {
        let told = stages.compactMap(\.catalogs)
        let strangers = stages.prefix { $0.catalogs == nil }.filter { $0.kinds?.contains("request") ?? true }
        let expands = stages.contains { $0.catalogs == nil && $0.expands }
        sources = stages.flatMap(\.sources)
        let all = told.joined().reduce(into: [String]()) { all, name in
            if !all.contains(where: { $0.utf8.elementsEqual(name.utf8) }) { all.append(name) }
        }
        names = told.isEmpty || !strangers.isEmpty || expands || !isWhole ? nil : all
        takesFolders = !isWhole || stages.contains { $0.has(.intake) || $0.description == nil && $0.expands }
        let first = told.first { !$0.isEmpty } ?? []
        standard = first.count == 1 ? first[0] : first.first { $0 == Reference.unnamedCatalog }
    }

    /// The catalogs of the stages whose programs are found.
    package init(_ pipeline: Pipeline) {
        let (stages, mistakes) = pipeline.search()
        self.init(stages, isWhole: mistakes.isEmpty)
    }

    /// A request from a user of this machine: a list must exist, and passwords in links are stored, which `tell` hears.
    ///
    /// - Throws: `no_catalog` or `bad_ref` (`permanent`), `no_file` if the list does not exist, and what
    ///   ``KeptPasswords`` throws.
    package func request(_ text: [UInt8], first: Bool, tell: (String) -> Void) throws(Failure) -> ItemRequest {
        let request = try request(text, first: first)
        try request.checkFile()
        try request.keepPasswords(tell: tell)
        return request
    }

    /// The request that a reference or a record makes.
    ///
    /// - Throws: `no_catalog`, or `bad_ref` for a folder (`permanent`), if no stage could resolve it, and what
    ///   ``unchecked(_:first:)`` throws.
    package func request(_ text: [UInt8], first: Bool) throws(Failure) -> ItemRequest {
        let request = try unchecked(text, first: first)
        if !takesFolders, let ref = try request.record.ref, FolderPath.path(of: ref) != nil {
            throw .permanent("bad_ref", "\(ref): \(Self.noIntake)")
        }
        guard let names, request.record.kind == "request", let ref = try request.record.ref,
            let reference = Reference(ref)
        else { return request }
        let known = names.isEmpty ? "this pipeline has none" : "this pipeline has: \(names.joined(separator: ", "))"
        guard let name = reference.catalog else {
            guard standard == nil else { return request }
            let way = names.first.map { "write \($0):\(ref)" } ?? "give its resolve stage --catalog URL"
            throw .permanent("no_catalog", "\(ref) names no catalog, and \(known); \(way)")
        }
        guard !names.contains(where: { $0.utf8.elementsEqual(name.utf8) }) else {
            try check(reference.kind, of: name)
            return request
        }
        let hint = nearest(to: name, of: names).map { "; did you mean \($0)?" } ?? ""
        throw .permanent("no_catalog", "\(ref) names the catalog \(name), but \(known)\(hint)")
    }

    /// Why a pipeline cannot take in folders.
    package static let noIntake = "no stage takes in folders; put {name: intake, run: [intake]} before verify or place"

    /// Throws for a kind that a catalog does not have; which kinds a source has only the source knows.
    private func check(_ kind: Reference.Kind, of name: String) throws(Failure) {
        guard case .own(let word) = kind, !sources.contains(where: { $0.utf8.elementsEqual(name.utf8) }) else { return }
        let hint = nearest(to: word, of: Reference.Kind.allCases.map(\.rawValue)).map { "; did you mean \($0)?" } ?? ""
        throw .permanent("bad_ref", "the catalog \(name) has nothing of the kind \(word)\(hint)")
    }

    /// The request, whatever catalog it names.
    ///
    /// - Throws: `bad_ref` (`permanent`), and what ``Record`` throws for one.
    package func unchecked(_ text: [UInt8], first: Bool) throws(Failure) -> ItemRequest {
        try ItemRequest(text, first: first, catalog: standard ?? Reference.unnamedCatalog)
    }

    /// The ids that an item added with this text may have; none if the text is not a reference.
    package func ids(of text: String) -> [String] {
        guard let request = try? unchecked(Array(text.utf8), first: false) else { return [] }
        return [request.record.id] + [request.formerID].compactMap(\.self)
    }
}
