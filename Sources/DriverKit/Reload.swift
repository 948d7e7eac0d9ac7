import PipelineFiles

/// What a pipeline file that was changed means for a driver that runs: what can change without touching a record holds from
/// then on, and the rest takes a restart.
package struct Reload {
    /// The pipeline as it holds from then on.
    package let pipeline: Pipeline
    /// The keys whose new values hold.
    package let taken: [String]
    /// The keys whose new values wait for a restart.
    package let left: [String]

    package init(of old: Pipeline, from new: Pipeline) {
        var (next, taken, left) = (old, [String](), [String]())
        func take<Value: Equatable>(_ name: String, _ key: WritableKeyPath<Pipeline, Value>) {
            guard old[keyPath: key] != new[keyPath: key] else { return }
            next[keyPath: key] = new[keyPath: key]
            taken.append(name)
        }
        func leave<Value: Equatable>(_ name: String, _ key: KeyPath<Pipeline, Value>) {
            if old[keyPath: key] != new[keyPath: key] { left.append(name) }
        }
        take("hosts", \.hosts)
        take("schedule", \.schedule)
        take("grace", \.grace)
        take("scrub", \.scrub)
        leave("ledger", \.ledger)
        leave("spool", \.spool)
        leave("spool.limit", \.spoolLimit)
        leave("inbox", \.inbox)
        leave("inbox.still", \.inboxStillness)
        leave("ca", \.ca)
        leave("tell", \.recipients)
        leave("jail", \.jail)
        if old.stages.map(\.name) == new.stages.map(\.name) {
            for (index, (before, after)) in zip(old.stages, new.stages).enumerated() {
                if before.retry != after.retry {
                    next.stages[index].retry = after.retry
                    taken.append("\(after.name).retry")
                }
                if let replicas = after.replicas, replicas != before.replicas {
                    next.stages[index].replicas = replicas
                    taken.append("\(after.name).replicas")
                }
                // How many there are without the key is for the program to say when it is started.
                var kept = after
                (kept.retry, kept.replicas, kept.line) = (before.retry, after.replicas ?? before.replicas, before.line)
                var same = before
                same.replicas = after.replicas ?? before.replicas
                if kept != same || after.replicas == nil && before.replicas != nil { left.append(after.name) }
            }
        } else {
            left.append("stages")
        }
        next.retry = new.retry
        (pipeline, self.taken, self.left) = (next, taken, left)
    }

    /// What to say of it.
    package var line: String {
        if taken.isEmpty, left.isEmpty { return "the pipeline file has nothing new" }
        let news = taken.isEmpty ? [] : ["now in force: \(taken.joined(separator: ", "))"]
        let rest = left.isEmpty ? [] : ["after a restart: \(left.joined(separator: ", "))"]
        return "the pipeline file was read again; " + (news + rest).joined(separator: "; ")
    }
}
