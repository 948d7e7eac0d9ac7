import Ledger
import Limiter
import Yams

extension Pipeline {
    enum Key: String, CaseIterable {
        case ledger, spool, inbox, scrub, retry, grace, bytes, hosts, schedule, ca, jail, tell, stages
    }
    enum SpoolKey: String, CaseIterable { case dir, limit }
    enum InboxKey: String, CaseIterable { case dir, still }
    enum RetryKey: String, CaseIterable { case attempts, base, cap }
    enum HostKey: String, CaseIterable { case parallel, rate, bytes, segments }
    enum PeriodKey: String, CaseIterable { case bytes, hosts }

    private static let maximumStages = 100

    /// Reads what can be read; a mistake is noted, and leaves the default value in its place.
    init(_ node: Node, path: String, _ mistakes: Mistakes) {
        let fields = Fields<Key>(node, "the pipeline", mistakes)
        self.init(path: path)
        ledger = fields.path(.ledger) ?? ledger
        if let spool = fields.fields(.spool, SpoolKey.self) {
            self.spool = spool.path(.dir) ?? self.spool
            spoolLimit = spool.quantity(.limit, as: ByteCount.self)?.bytes
        }
        if fields[.inbox]?.mapping == nil {
            inbox = fields.path(.inbox)
        } else if let inbox = fields.fields(.inbox, InboxKey.self) {
            self.inbox = inbox.path(.dir)
            if inbox[.dir] == nil { inbox.note("there is no dir; try: inbox: {dir: Inbox, still: 1m}") }
            inboxStillness = inbox.positive(.still) ?? inboxStillness
        }
        scrub = fields.positive(.scrub)
        retry = fields.fields(.retry, RetryKey.self).map { Backoff($0, standard: retry) } ?? retry
        grace = fields.quantity(.grace, as: TimeSpan.self)?.seconds ?? grace
        hosts = Self.limits(fields[.hosts], fields.quantity(.bytes, as: ByteSpeed.self), mistakes)
        schedule = fields[.schedule].map { Self.schedule($0, mistakes) } ?? []
        ca = fields.path(.ca)
        jail = fields.jailUse(.jail) ?? jail
        recipients = fields[.tell].map { Self.recipients($0, mistakes) } ?? []
        stages = fields[.stages].map { stages($0, mistakes) } ?? []
        if node.mapping != nil, fields[.stages] == nil {
            mistakes.add("the pipeline: there are no stages; try: stages: [{name: fetch, run: [fetch]}]", at: node)
        }
    }

    private func stages(_ node: Node, _ mistakes: Mistakes) -> [Stage] {
        guard let nodes = node.sequence, 1...Self.maximumStages ~= nodes.count else {
            mistakes.add("stages must be a list of 1 to \(Self.maximumStages) stages", at: node)
            return []
        }
        var lines: [String: Int] = [:]
        return nodes.enumerated().compactMap { index, node in
            guard let stage = Stage(node, number: index + 1, retry: retry, mistakes) else { return nil }
            if let line = lines[stage.name], !stage.name.isEmpty {
                mistakes.add("stage \(stage.name): the stage in line \(line) has the same name", at: node)
            }
            lines[stage.name] = stage.line
            return stage
        }
    }

    private static func schedule(_ node: Node, _ mistakes: Mistakes) -> [LimitPeriod] {
        guard let mapping = node.mapping else {
            mistakes.add("schedule must be a mapping; try: schedule: {\"23:00-07:00\": {bytes: unlimited}}", at: node)
            return []
        }
        var periods: [LimitPeriod] = []
        for (key, value) in mapping where !mistakes.areEnough {
            let fields = Fields<PeriodKey>(value, "schedule", mistakes)
            guard let time = key.scalar.flatMap({ ClockPeriod($0.string) }) else {
                mistakes.add("schedule: \(key.excerpt) is not a time of the day such as \"23:00-07:00\"", at: key)
                continue
            }
            let limits = limits(fields[.hosts], fields.quantity(.bytes, as: ByteSpeed.self), mistakes)
            if limits.isEmpty { fields.note("there is neither bytes nor a host", at: value) }
            periods.append(LimitPeriod(start: time.start, end: time.end, limits: limits))
        }
        return periods
    }

    /// The limits of hosts, and of all of them together.
    private static func limits(_ node: Node?, _ together: ByteSpeed?, _ mistakes: Mistakes) -> [HostLimit] {
        let limits = node.map { hosts($0, mistakes) } ?? []
        return limits + (together.map { [HostLimit(host: HostLimit.together, bytes: $0.bytesPerSecond)] } ?? [])
    }

    private static func hosts(_ node: Node, _ mistakes: Mistakes) -> [HostLimit] {
        guard let mapping = node.mapping else {
            mistakes.add("hosts must be a mapping; try: hosts: {\"*\": {parallel: 8}}", at: node)
            return []
        }
        var limits: [HostLimit] = []
        for (key, value) in mapping where !mistakes.areEnough {
            let limit = HostLimit(key, value, mistakes)
            if limits.contains(where: { $0.host.utf8.elementsEqual(limit.host.utf8) }) {
                mistakes.add("hosts: \(limit.host) is listed twice; upper and lower case are the same", at: key)
            }
            limits.append(limit)
        }
        return limits
    }
}

extension HostLimit {
    private static let maximumParallel = 1024

    fileprivate init(_ key: Node, _ value: Node, _ mistakes: Mistakes) {
        let name = key.scalar?.string ?? ""
        let isWhole = !name.isEmpty && name.utf8.allSatisfy { $0 > 32 && !"/*+@?#".utf8.contains($0) }
        if name != "*", !isWhole {
            mistakes.add(
                "hosts: \(key.excerpt) is neither a host's name nor \"*\"; give only the name",
                at: key)
        }
        let fields = Fields<Pipeline.HostKey>(value, "host \(name)", mistakes)
        self.init(
            host: name.lowercased(), parallel: fields.integer(.parallel, in: 1...Self.maximumParallel),
            rate: fields.quantity(.rate, as: Rate.self)?.perSecond,
            bytes: fields.quantity(.bytes, as: ByteSpeed.self)?.bytesPerSecond,
            segments: fields.integer(.segments, in: Self.segmentsRange))
        if value.mapping?.isEmpty == true { fields.note("there is no parallel, rate, bytes or segments", at: value) }
    }
}

extension Backoff {
    private static let maximumAttempts = 1000

    init(_ fields: Fields<Pipeline.RetryKey>, standard: Backoff) {
        self.init(
            attempts: fields.integer(.attempts, in: 1...Self.maximumAttempts) ?? standard.attempts,
            base: fields.quantity(.base, as: TimeSpan.self)?.seconds ?? standard.base,
            cap: fields.quantity(.cap, as: TimeSpan.self)?.seconds ?? standard.cap)
        if cap < base {
            fields.note("cap must not be less than base; set both", at: fields[.cap] ?? fields[.base])
        }
    }
}

extension Fields {
    /// The path of a file or a folder.
    func path(_ key: Key) -> String? {
        guard let path = text(key) else { return nil }
        if path.isEmpty { note("\(key.rawValue) must name a path, not \"\"", at: self[key]) }
        return path
    }
}
