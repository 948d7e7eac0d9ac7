import Ledger
import Processes
import Wire
import Yams

extension Pipeline.Stage {
    enum Key: String, CaseIterable {
        case name, run, mode, replicas, window, timeout, stall, retry, kinds, writes, describe, needs
    }
    enum NeedsKey: String, CaseIterable { case read, write, network, env }

    private static let maximumNameBytes = 64

    /// Reads the stage in a mapping, leaving out what is wrong; nil for what is not a mapping.
    init?(_ node: Node, number: Int, retry: Backoff, _ mistakes: Mistakes) {
        let called = node.mapping?["name"]?.scalar?.string ?? ""
        let fields = Fields<Key>(node, "stage \(Self.isName(called) ? called : "\(number)")", mistakes)
        guard node.mapping != nil else { return nil }
        let (name, run) = (Self.name(fields, .name), Self.run(fields, .run))
        self.init(name: name ?? called, run: run ?? [], line: node.mark?.line ?? 1)
        mode = Self.mode(fields) ?? mode
        replicas = fields.integer(.replicas, in: parallelRange)
        window = fields.integer(.window, in: windowRange)
        timeout = fields.positive(.timeout) ?? timeout
        stall = fields.positive(.stall)
        self.retry = fields.fields(.retry, Pipeline.RetryKey.self).map { Backoff($0, standard: retry) } ?? retry
        kinds = fields.words(.kinds, example: "[track]")
        writes = fields.words(.writes, example: "[media]")
        describes = fields.flag(.describe) ?? describes
        needs = fields.fields(.needs, NeedsKey.self).map { Self.needs($0) }
    }

    /// What a mapping grants; the network where it says nothing of it if `hasNetwork`.
    static func needs(_ fields: Fields<NeedsKey>, hasNetwork: Bool = false) -> Needs {
        func paths(_ key: NeedsKey) -> [String] {
            let paths = fields.words(key, example: "[genres.csv]") ?? []
            if paths.contains(where: { $0.isEmpty || $0.utf8.contains(0) }) {
                fields.note("\(key.rawValue) must name paths", at: fields[key])
            }
            return paths
        }
        return Needs(
            reads: paths(.read), writes: paths(.write), variables: fields.words(.env, example: "[HOME]") ?? [],
            hasNetwork: fields.flag(.network) ?? hasNetwork)
    }

    static func name<Name>(_ fields: Fields<Name>, _ key: Name) -> String? {
        guard fields[key] != nil else {
            fields.note("there is no name; try: name: fetch")
            return nil
        }
        guard let name = fields.text(key) else { return nil }
        if isName(name) { return name }
        fields.note("name must be 1 to \(maximumNameBytes) letters, digits, - and _", at: fields[key])
        return nil
    }

    private static func isName(_ text: String) -> Bool {
        1...maximumNameBytes ~= text.utf8.count
            && text.utf8.allSatisfy { byte in
                switch byte {
                case UInt8(ascii: "a")...UInt8(ascii: "z"), UInt8(ascii: "A")...UInt8(ascii: "Z"): true
                case UInt8(ascii: "0")...UInt8(ascii: "9"), UInt8(ascii: "-"), UInt8(ascii: "_"): true
                default: false
                }
            }
    }

    static func run<Name>(_ fields: Fields<Name>, _ key: Name) -> [String]? {
        guard let node = fields[key] else {
            fields.note("there is nothing to run; try: run: [PROGRAM, ARGUMENT]")
            return nil
        }
        guard let words = fields.words(key, example: "[PROGRAM, ARGUMENT]") else { return nil }
        if words.first.map(\.isEmpty) ?? true { fields.note("run must name a program; try: run: [PROGRAM]", at: node) }
        if words.contains(where: { $0.utf8.contains(0) }) { fields.note("run must not contain NUL", at: node) }
        return words
    }

    private static func mode(_ fields: Fields<Key>) -> Description.Mode? {
        guard let text = fields.text(.mode) else { return nil }
        let names = Description.Mode.allCases.map(\.rawValue)
        if let mode = Description.Mode(rawValue: text) { return mode }
        let hint = nearest(to: text, of: names).map { "; did you mean \($0)?" } ?? ""
        fields.note("mode must be one of \(names.joined(separator: ", ")), not \"\(text)\"\(hint)", at: fields[.mode])
        return nil
    }
}
