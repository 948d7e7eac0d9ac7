import Files
import Wire

/// Limits of bytes a second, which all processes that share the folder keep together.
extension Hosts {
    /// How many bytes of an answer may come before ``rest(after:from:)`` is told of them, so that rests are short; nil
    /// where no limit holds.
    ///
    /// - Throws: `no_host_file` or `bad_limits` (`config`) where the shared folder cannot be used.
    package func bytesAtOnce(from host: String) throws(Failure) -> Int? {
        let rates = [try bytes(of: host), try bytes(of: HostLimit.together)].compactMap(\.self)
        return rates.min().map { min(Self.mostBytes, max(Self.leastBytes, $0 / 10)) }
    }

    private static let (leastBytes, mostBytes) = (4096, 1 << 18)

    /// Waits until the limits, the host's own and that of all hosts together, allow the bytes that have come from it.
    ///
    /// - Throws: what `wait` throws, and `no_host_file` or `bad_limits` (`config`) where the shared folder cannot be used.
    package func rest(after bytes: Int, from host: String) throws(Failure) {
        var marks: [(name: String, mark: Double)] = []
        for name in [host, HostLimit.together] where try self.bytes(of: name) != nil {
            if let mark = try change(name, { $0.take(bytes) }) { marks.append((name, mark)) }
        }
        for (name, mark) in marks {
            // The limit may change meanwhile.
            while let rate = try self.bytes(of: name) {
                let now = Uptime.now?.seconds ?? 0
                let left = try change(name) { $0.left(until: mark, rate: rate, now: now) } ?? 0
                guard left > 0 else { break }
                try wait(min(left, 1))
            }
        }
    }

    /// Nil where it cannot be kept: on a full disk, the bytes are free.
    private func change(_ name: String, _ body: (inout ByteBudget) -> Double) throws(Failure) -> Double? {
        guard let folder, let boot = bootID else { return nil }
        do throws(Failure) {
            let file = try HostFile(at: "\(folder)/bytes-\(HostName.fileName(name))")
            var budget = ByteBudget(text: try file.read(), boot: boot)
            let result = body(&budget)
            try file.write(budget.text(boot: boot))
            return result
        } catch let error where error.code == "disk_full" {
            return nil
        }
    }
}
