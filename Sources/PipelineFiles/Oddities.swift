extension [FoundStage] {
    /// What is allowed, but probably not intended.
    package var oddities: [Mistake] {
        let last = last?.stage.line ?? 1
        var found = flatMap(\.oddities)
        if !contains(where: \.writesMedia) {
            found.append(Mistake(line: last, text: "no stage writes media, so stale media is not renewed"))
        }
        if allSatisfy({ $0.kinds?.contains("request") == false }) {
            found.append(Mistake(line: last, text: "no stage works on requests, so references stay as they are"))
        }
        return found
    }
}

extension FoundStage {
    fileprivate var oddities: [Mistake] {
        var found: [String] = []
        if stage.mode == .expand, description?.mode == .map {
            found.append("mode is expand, but \(stage.run[0]) answers each record with exactly one")
        }
        if stage.mode == .batch, executable.isNative {
            found.append("mode is batch, but \(stage.run[0]) answers each record at once and need not be restarted")
        }
        if let stall = stage.stall, stall >= stage.timeout {
            found.append("stall is not shorter than timeout, so it has no effect")
        }
        return found.map { Mistake(line: stage.line, text: "stage \(stage.name): \($0)") }
    }
}
