import Wire

/// Secrets by name, each for one host: contract, section 4.
package struct Credentials {
    private var entries: [Entry] = []

    private struct Entry {
        let name: String
        /// In lower case; without a port it stands for every port.
        let host: String
        let secret: Secret
    }

    package init() {}

    /// Reads `NAME HOST SCHEME ARGS` from each line; a line that is wrong is named by its number, never by its text.
    package init(text: [UInt8]) throws(Failure) {
        for (index, line) in text.split(separator: 10, omittingEmptySubsequences: false).enumerated() {
            let words = line.split { [9, 13, 32].contains($0) }
            guard let first = words.first, first.first != UInt8(ascii: "#") else { continue }
            guard let entry = Self.entry(words) else {
                throw .config("bad_credentials", "line \(index + 1) of the credentials is not NAME HOST SCHEME ARGS")
            }
            entries.append(entry)
        }
    }

    private static func entry(_ words: [ArraySlice<UInt8>]) -> Entry? {
        let texts = words.compactMap { word in
            word.contains { $0 < 0x20 || $0 == 0x7F } ? nil : String(validating: word, as: UTF8.self)
        }
        guard texts.count == words.count, texts.count > 2, let secret = Secret(Array(texts[2...])) else { return nil }
        return Entry(name: texts[0], host: texts[1].lowercased(), secret: secret)
    }

    func has(_ name: String) -> Bool { entries.contains { $0.name.utf8.elementsEqual(name.utf8) } }

    /// The secret of that name if it is for this target.
    ///
    /// Throws for a name that is nowhere, which is the fault of the record that says it, and where a catalog must have
    /// one for its host.
    func secret(_ auth: Auth, for target: Target) throws(Failure) -> Secret? {
        let named = entries.filter { $0.name.utf8.elementsEqual(auth.name.utf8) }
        if let entry = named.first(where: { $0.host == target.host || $0.host == target.name }) { return entry.secret }
        let hosts = Set(named.map(\.host)).sorted().joined(separator: ", ")
        let missing =
            named.isEmpty
            ? "no credential is called \(auth.name): add it to the file of --credentials"
            : "the credential \(auth.name) is for \(hosts) and not for \(target.host): add one that is"
        switch auth {
        case .named where named.isEmpty: throw .permanent("no_credential", missing, host: target.host)
        case .own(_, isNeeded: true): throw .config("no_credential", missing, host: target.host)
        case .named, .own: return nil
        }
    }
}
