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
        for name in [host, HostLimit.together] {
            guard let rate = try self.bytes(of: name) else { continue }
            let mark = try change(name) { $0.take(bytes, rate: rate, now: $1) }
            if let mark { marks.append((name, mark)) }
        }
        for (name, mark) in marks {
            // The limit may change meanwhile.
            while let rate = try self.bytes(of: name) {
                let left = try change(name) { $0.left(until: mark, rate: rate, now: $1) } ?? 0
                guard left > 0 else { break }
                try wait(min(left, 1))
            }
        }
    }

    /// Nil where it cannot be kept: on a full disk, the bytes are free.
    private func change(_ name: String, _ body: (inout ByteBudget, Double) -> Double) throws(Failure) -> Double? {
        guard let folder, let now = Uptime.now else { return nil }
        do throws(Failure) {
            let file = try HostFile(at: "\(folder)/bytes-\(HostName.fileName(name))")
            var budget = ByteBudget(text: try file.read(), boot: now.start)
            let result = body(&budget, now.seconds)
            try file.write(budget.text(boot: now.start))
            return result
        } catch let error where error.code == "disk_full" {
            return nil
        }
    }
}
