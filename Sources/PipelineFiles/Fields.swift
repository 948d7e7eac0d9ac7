import Yams

/// The members of a YAML mapping, each read as one type; what is wrong with them is added to the mistakes.
struct Fields<Key: CaseIterable & RawRepresentable<String>> {
    /// What messages call the mapping.
    let what: String
    let mistakes: Mistakes
    private let node: Node
    private var values: [String: Node] = [:]

    init(_ node: Node, _ what: String, _ mistakes: Mistakes) {
        (self.node, self.what, self.mistakes) = (node, what, mistakes)
        guard let mapping = node.mapping else {
            note("must be a mapping of names to values, not \(node.excerpt)")
            return
        }
        let names = Key.allCases.map(\.rawValue)
        for (key, value) in mapping where !mistakes.areEnough {
            let name = key.scalar.map { $0.string.utf8.count > 64 ? "(too long)" : $0.string } ?? "(not a word)"
            if names.contains(where: { $0.utf8.elementsEqual(name.utf8) }) {
                values[name] = value
            } else {
                let hint = nearest(to: name, of: names).map { "did you mean \($0)?" }
                note("unknown key \(name); \(hint ?? "the keys are \(names.joined(separator: ", "))")", at: key)
            }
        }
    }

    subscript(key: Key) -> Node? { values[key.rawValue] }

    func text(_ key: Key) -> String? {
        guard let node = self[key] else { return nil }
        if node.isText { return node.scalar?.string }
        let hint = node.word == nil ? "" : "; put it in quotes"
        note("\(key.rawValue) must be a string, not \(node.excerpt)\(hint)", at: node)
        return nil
    }

    /// Words, which may look like numbers.
    func words(_ key: Key, example: String) -> [String]? {
        guard let node = self[key] else { return nil }
        guard let nodes = node.sequence else {
            note("\(key.rawValue) must be a list; try: \(key.rawValue): \(node.asList ?? example)", at: node)
            return nil
        }
        return nodes.map { node in
            if node.word == nil {
                note("\(key.rawValue) must be a list of words, but one is \(node.excerpt)", at: node)
            }
            return node.word ?? ""
        }
    }

    func integer(_ key: Key, in range: ClosedRange<Int>) -> Int? {
        read(key, as: "a whole number from \(range.lowerBound) to \(range.upperBound)") { node in
            guard let text = node.scalar?.string, let number = Int(text), range.contains(number) else { return nil }
            return node.isInteger && "\(number)".utf8.elementsEqual(text.utf8) ? number : nil
        }
    }

    func flag(_ key: Key) -> Bool? { read(key, as: "true or false", \.bool) }

    /// YAML takes `on` and `off` for `true` and `false`.
    func jailUse(_ key: Key) -> JailUse? {
        read(key, as: "on, require or off") { node in
            node.bool.map { $0 ? .on : .off }
                ?? (node.isText ? node.scalar.flatMap { JailUse(rawValue: $0.string) } : nil)
        }
    }

    func quantity<Value: Quantity>(_ key: Key, as type: Value.Type) -> Value? {
        read(key, as: Value.form) { $0.scalar.flatMap { Value($0.string) } }
    }

    /// A time span in seconds, longer than 0.
    func positive(_ key: Key) -> Double? {
        guard let seconds = quantity(key, as: TimeSpan.self)?.seconds else { return nil }
        if seconds > 0 { return seconds }
        note("\(key.rawValue) must be longer than 0", at: self[key])
        return nil
    }

    func fields<Inner>(_ key: Key, _ type: Inner.Type) -> Fields<Inner>? {
        self[key].map { Fields<Inner>($0, key.rawValue, mistakes) }
    }

    func note(_ text: String, at node: Node? = nil) { mistakes.add("\(what): \(text)", at: node ?? self.node) }

    private func read<Value>(_ key: Key, as form: String, _ convert: (Node) -> Value?) -> Value? {
        guard let node = self[key] else { return nil }
        if let value = convert(node) { return value }
        note("\(key.rawValue) must be \(form), not \(node.excerpt)", at: node)
        return nil
    }
}
