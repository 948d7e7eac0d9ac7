import Foundation
import Glibc

/// The running processes of a group.
enum ProcessGroup {
    /// Their names, from `/proc`; zombies do not count.
    static func names(_ group: pid_t) -> [String] {
        let entries = (try? FileManager.default.contentsOfDirectory(atPath: "/proc")) ?? []
        return entries.compactMap { Int32($0) }.compactMap { name(of: $0, in: group) }
    }

    private static func name(of process: pid_t, in group: pid_t) -> String? {
        guard let data = FileManager.default.contents(atPath: "/proc/\(process)/stat") else { return nil }
        let text = String(decoding: data, as: UTF8.self)
        // PID (NAME) STATE PARENT GROUP ..., where NAME may contain anything.
        guard let start = text.firstIndex(of: "("), let end = text.lastIndex(of: ")") else { return nil }
        let fields = text[text.index(after: end)...].split(separator: " ")
        guard fields.count > 2, fields[0] != "Z", fields[0] != "X", Int32(fields[2]) == group else { return nil }
        return String(text[text.index(after: start)..<end])
    }
}
