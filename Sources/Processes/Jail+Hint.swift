import Glibc
import Wire

extension Jail {
    /// The words that a program said last, with the jail named if it may be why.
    package func explained(_ words: String) -> String { hint(for: words).map { "\(words) (\($0))" } ?? words }

    /// What a program of the user's seems to lack that a trap ended which says nothing, as that of Dispatch does.
    package func hint(for ending: Child.Ending, _ words: String?) -> String? {
        let isTrapped = ending == .signalled(SIGILL) || ending == .signalled(SIGTRAP)
        guard isTrapped, !isNative, words?.contains("Fatal error") != true, !needs.reads.contains(Needs.threads) else {
            return nil
        }
        return Self.grant("read: [\(Needs.threads)]") + ", if it is written in Swift"
    }

    /// What a program of the user's seems to lack by its words, and how the pipeline file grants it; nil if they are about
    /// something else.
    package func hint(for words: String) -> String? {
        guard runsOthers else { return nil }
        if let name = withheld(in: words) { return Self.grant("env: [\(name)]") }
        if !needs.hasNetwork, Self.ofNetwork.contains(where: words.contains) { return Self.grant("network: true") }
        if Self.ofFiles.contains(where: words.contains) { return Self.grant("read: [FILE]", or: "write: [FILE]") }
        guard !isNative else { return nil }
        if Self.ofLength.contains(where: words.contains) {
            return "the stage is confined to files of at most \(Self.mostBytes / 1_000_000_000) GB"
        }
        guard Self.ofProcesses.contains(where: words.contains) else { return nil }
        return "the stage is confined: it adds at most \(Self.mostProcesses) processes to those that there are"
    }

    private static func grant(_ needs: String, or others: String? = nil) -> String {
        let ways = [needs, others].compactMap { $0 }.map { "needs: {\($0)}" }
        return
            "the stage is confined, which may be why: in the pipeline file, \(ways.joined(separator: " or ")) grants it that"
    }

    /// A variable of ours that they name and that the program does not get.
    private func withheld(in words: String) -> String? {
        let names = Set(words.split { !($0 == "_" || $0.isASCII && ($0.isLetter || $0.isNumber)) }.map(String.init))
        let ours = Environment.ofThisProcess.filter { names.contains($0.key) && $0.key.utf8.count > 2 }
        return Set(ours.keys).subtracting(reduced(ours).keys).min()
    }

    private static let ofNetwork = [
        "Network is unreachable", "ENETUNREACH", "name resolution", "resolve host", "Name or service not known",
        "EAI_AGAIN", "Failed to connect", "ouldn't connect", "ould not connect"
    ]
    private static let ofFiles = ["Permission denied", "PermissionError", "not permitted", "EACCES", "EPERM"]
    private static let ofLength = ["File too large", "EFBIG", "File size limit exceeded"]
    private static let ofProcesses = ["annot fork", "fork: ", "BlockingIOError"]
}
