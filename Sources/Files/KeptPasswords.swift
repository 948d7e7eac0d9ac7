import Glibc
import Wire

/// The passwords that came in links, kept for later requests of these links in a credentials file that only the user
/// can read. Each is valid for the origin of its link, and is named by the id of what the link leads to.
package enum KeptPasswords {
    /// `$XDG_STATE_HOME/segue/passwords`; nil where neither that variable nor `HOME` is set.
    package static var path: String? {
        if let state = variable("XDG_STATE_HOME") { return "\(state)/segue/passwords" }
        return variable("HOME").map { "\($0)/.local/state/segue/passwords" }
    }

    private static let heading = "# Passwords that came in links. Delete a line, and that one is forgotten."

    /// Keeps a password under the first name that has no other for this origin, or else in place of the last name's.
    ///
    /// Returns what to tell people about it; nil where it was kept before.
    ///
    /// - Throws: `permanent`, for this link alone: `no_folder`, `bad_url`, or the code of what went wrong with the
    ///   file.
    package static func keep(_ userInfo: UserInfo, under names: [String]) throws(Failure) -> String? {
        guard let path else {
            throw failure(userInfo, "no_folder", "neither XDG_STATE_HOME nor HOME names a folder")
        }
        guard
            !(userInfo.user + userInfo.password).unicodeScalars.contains(where: {
                $0.properties.generalCategory == .control
            })
        else {
            throw .permanent(
                "bad_url", "the user or the password in a link to \(userInfo.origin) has a control character in it")
        }
        do throws(Failure) {
            // Others make it too, and not durably.
            try makeFolder(folder(of: folder(of: path)))
            try makeFolderOfPassingThings(folder(of: path))
            try synchroniseFolder(of: folder(of: path))
            let isNew = try locking(folder(of: path)) { () throws(Failure) in try keep(userInfo, names, in: path) }
            return isNew
                ? "kept the password for \(userInfo.origin) in \(path), so that later requests have it; delete its line there to forget it"
                : nil
        } catch {
            throw failure(userInfo, error.code, error.message)
        }
    }

    private static func keep(_ userInfo: UserInfo, _ names: [String], in path: String) throws(Failure) -> Bool {
        let text = access(path, F_OK) == 0 ? try secret(inFile: path) : Array((heading + "\n").utf8)
        var lines = text.split(separator: 10).map { Array($0) }
        for name in names {
            let start = Array("\(name) \(userInfo.origin) ".utf8)
            let line = start + "basic \(Words.written(userInfo.user)) \(Words.written(userInfo.password))".utf8
            let known = lines.firstIndex { $0.starts(with: start) }
            if known.map({ lines[$0] == line }) == true { return false }
            if known != nil, name != names.last { continue }
            if let known { lines.remove(at: known) }
            try writeSecret((lines + [line]).flatMap { $0 + [10] }, to: path)
            return true
        }
        return false
    }

    /// Permanent, since it concerns this link alone: the machine is fine for all others.
    private static func failure(_ userInfo: UserInfo, _ code: Failure.Code, _ why: String) -> Failure {
        .permanent(
            code,
            "cannot keep the password in a link to \(userInfo.origin): \(why); add a line for \(userInfo.origin) to the file of --credentials, and give the link without it"
        )
    }

    /// The variable's absolute path; nil when it is unset or relative.
    private static func variable(_ name: String) -> String? {
        getenv(name).map { String(cString: $0) }.flatMap { $0.hasPrefix("/") ? $0 : nil }
    }
}
