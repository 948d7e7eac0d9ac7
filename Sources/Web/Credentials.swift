import Files
import Wire

/// Secrets by name, each for one host: contract, section 4.
package struct Credentials: Sendable {
    private var entries: [Entry] = []

    private struct Entry {
        let name: String
        let host: SecretHost
        let secret: Secret
    }

    package init() {}

    /// Reads `NAME HOST SCHEME ARGS` from each line.
    ///
    /// - Throws: `bad_credentials` (`config`), which names a wrong line by its number, never by its text.
    package init(text: [UInt8], of file: String = "the credentials") throws(Failure) {
        let text = text.starts(with: [0xEF, 0xBB, 0xBF]) ? text.dropFirst(3) : text[...]
        for (index, line) in text.split(separator: 10, omittingEmptySubsequences: false).enumerated() {
            do throws(Words.Mistake) {
                if let entry = try Self.entry(line) { entries.append(entry) }
            } catch {
                throw .config("bad_credentials", "line \(index + 1) of \(file): \(error.message)")
            }
        }
    }

    /// The entry in a line; nil for an empty line or a comment.
    private static func entry(_ line: ArraySlice<UInt8>) throws(Words.Mistake) -> Entry? {
        guard let first = line.first(where: { ![9, 13, 32].contains($0) }), first != UInt8(ascii: "#") else {
            return nil
        }
        let words = try Words.parsed(line)
        let texts = words.compactMap { word in
            word.contains { $0 < 0x20 || $0 == 0x7F } ? nil : String(validating: word, as: UTF8.self)
        }
        guard texts.count == words.count else {
            throw Words.Mistake(message: "it is not valid UTF-8, or contains a control character")
        }
        guard texts.count > 2 else { throw Words.Mistake(message: "it is not NAME HOST SCHEME ARGS") }
        guard let host = SecretHost(texts[1]) else {
            throw Words.Mistake(
                message: "HOST is a host, perhaps with a port, or an origin as https://example.org:8443")
        }
        return Entry(name: texts[0], host: host, secret: try Secret(Array(texts[2...])))
    }

    func has(_ name: String) -> Bool { entries.contains { $0.name.utf8.elementsEqual(name.utf8) } }

    /// The secret that a record or a catalog names, if it is for this target.
    ///
    /// - Throws: `no_credential`: `permanent` for an unknown name, which is the fault of the record that has it, and
    ///   `config` where a catalog must have one for its host.
    func secret(_ auth: Auth, for target: Target) throws(Failure) -> Secret? {
        switch auth {
        case .link: return secret(forLinksTo: target)
        case .named(let name):
            if has(name) { return secret(called: name, for: target) }
            throw .permanent("no_credential", missing(name, target), host: target.host)
        case .own(let name, let isNeeded):
            if let secret = secret(called: name, for: target) { return secret }
            if isNeeded { throw .config("no_credential", missing(name, target), host: target.host) }
            return nil
        case .host: return entries.first { $0.host.holds(target) && $0.secret.isOfRequests }?.secret
        }
    }

    /// The secrets that what is sent to a target is signed with, in the order of their lines.
    func signingKeys(for target: Target) -> [[UInt8]] {
        entries.compactMap { entry in
            guard case .webhook(let key) = entry.secret, entry.host.holds(target) else { return nil }
            return key
        }
    }

    /// The first password that there is for MPD at a target.
    func mpdPassword(for target: Target) -> String? {
        entries.lazy.compactMap { entry in
            guard case .mpd(let password) = entry.secret, entry.host.holds(target) else { return nil }
            return password
        }.first
    }

    /// The programs that give secrets, as commands for a shell, in the order of their lines.
    var commands: [String] {
        entries.compactMap { entry in if case .asked(let command) = entry.secret { command } else { nil } }
    }

    /// What to do when no secret of that name is for a target.
    func missing(_ name: String, _ target: Target) -> String {
        let named = entries.filter { $0.name.utf8.elementsEqual(name.utf8) }
        let hosts = Set(named.map(\.host.text)).sorted().joined(separator: ", ")
        return named.isEmpty
            ? "no credential is called \(name): add it to the file of --credentials"
            : "the credential \(name) is for \(hosts) and not for \(target.host): add one that is"
    }

    /// The secret of that name, if it is for this target.
    func secret(called name: String, for target: Target) -> Secret? {
        entries.first { $0.name.utf8.elementsEqual(name.utf8) && $0.host.holds(target) }?.secret
    }

    /// The first secret, of any name, that may be sent to a link's target without being named.
    func secret(forLinksTo target: Target) -> Secret? {
        entries.first { $0.host.holdsForLinks(target) && $0.secret.isOfHeader }?.secret
    }

    /// Whether there is a secret for the host of a link that may not be sent over plain http.
    func isWithheld(from target: Target) -> Bool {
        entries.contains { $0.host.holds(target) && !$0.host.holdsForLinks(target) && $0.secret.isOfHeader }
    }

    /// The last secret that may be sent to a link's target without being named.
    func last(forLinksTo target: Target) -> Secret? {
        entries.last { $0.host.holdsForLinks(target) && $0.secret.isOfHeader }?.secret
    }

}

/// Where a secret may be sent.
private struct SecretHost {
    /// In lower case: an origin, or a host, which without a port stands for every port.
    let text: String

    /// Nil for a text with more than that.
    init?(_ text: String) {
        let text = text.lowercased()
        guard text.contains("/") else {
            self.text = text
            return
        }
        guard let origin = WebLink.origin(of: text), text.split(separator: "/").count == 2,
            !text.contains(where: { "@?#".contains($0) })
        else { return nil }
        self.text = origin
    }

    private var isOrigin: Bool { text.contains("/") }

    func holds(_ target: Target) -> Bool {
        isOrigin ? text == target.origin : text == target.host || text == target.name
    }

    /// Whether it may be sent to a link's target without being named: over plain http only if its line allows that, or
    /// to this machine.
    func holdsForLinks(_ target: Target) -> Bool {
        holds(target) && (isOrigin || target.isEncrypted || target.isLoopback)
    }
}
