import Wire

/// Limits of bytes a second, which all processes that share the folder keep together.
extension Hosts {
    /// How many bytes of an answer to ask for at a time, those of a fiftieth of a second, so that waits are short and
    /// little is in hand; nil where no limit holds.
    ///
    /// - Throws: `no_host_file` or `bad_limits` (`config`) where the shared folder cannot be used.
    package func bytesAtOnce(from host: String) throws(Failure) -> Int? {
        let rates = [try bytes(of: host), try bytes(of: HostLimit.together)].compactMap(\.self)
        return rates.min().map { min(Self.mostBytes, max(Self.leastBytes, $0 / 50)) }
    }

    private static let (leastBytes, mostBytes) = (1024, 1 << 18)

    /// Waits until the limits, the host's own and that of all hosts together, allow so many further bytes from it; who
    /// asks first is first.
    ///
    /// - Throws: what `wait` throws, and `no_host_file` or `bad_limits` (`config`) where the shared folder cannot be used.
    package func ask(for bytes: Int, from host: String) throws(Failure) {
        var marks: [(name: String, mark: Double)] = []
        do throws(Failure) {
            for name in [host, HostLimit.together] {
                guard let rate = try self.bytes(of: name) else { continue }
                let mark = try change(name) { $0.ask(for: bytes, rate: rate, now: $1) }
                if let mark { marks.append((name, mark)) }
            }
            for (name, mark) in marks { try waitOut(mark, of: name) }
        } catch {
            for (name, _) in marks { giveBack(bytes, toBudgetOf: name) }
            throw error
        }
    }

    /// Leaves to others what was asked for from a host and did not come. Where that cannot be written, it is lost.
    package func giveBack(_ bytes: Int, to host: String) {
        for name in [host, HostLimit.together] { giveBack(bytes, toBudgetOf: name) }
    }

    private func giveBack(_ bytes: Int, toBudgetOf name: String) {
        guard let rate = try? self.bytes(of: name) else { return }
        _ = try? change(name) { $0.giveBack(bytes, rate: rate, now: $1) }
    }

    private func waitOut(_ mark: Double, of name: String) throws(Failure) {
        // The limit may change meanwhile.
        while let rate = try self.bytes(of: name) {
            let left = try change(name) { $0.left(until: mark, rate: rate, now: $1) } ?? 0
            guard left > 0 else { return }
            try wait(min(left, 1))
        }
    }

    /// Nil where it cannot be kept: on a full disk, the bytes are free.
    private func change<Result>(
        _ name: String, _ body: (inout ByteBudget, Double) -> Result
    ) throws(Failure) -> Result? {
        guard let folder else { return nil }
        do throws(Failure) {
            let file = try HostFile(at: "\(folder)/bytes-\(HostName.fileName(name))")
            // Behind the lock, which may have taken a while.
            guard let now = Uptime.now else { return nil }
            var budget = ByteBudget(text: try file.read(), boot: now.start)
            let result = body(&budget, now.seconds)
            try file.write(budget.text(boot: now.start))
            return result
        } catch let error where error.code == "disk_full" {
            return nil
        }
    }
}
