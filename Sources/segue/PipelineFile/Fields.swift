import Wire
import Yams

/// The members of a mapping in a YAML file, each of which must be known and of the right type.
struct Fields {
    private let file: String
    private let what: String
    private let node: Node
    private let mapping: Node.Mapping

    /// `what` names the mapping in messages.
    init(_ node: Node, in file: String, what: String, keys: [String]? = nil) throws(Failure) {
        (self.file, self.what, self.node) = (file, what, node)
        guard let mapping = node.mapping else {
            throw Self.failure("\(what) must be a mapping of names to values", at: node, in: file)
        }
        self.mapping = mapping
        var seen: Set<String> = []
        for (key, _) in mapping {
            let name = key.string ?? ""
            guard seen.insert(name).inserted else { throw failure("\(name) stands there twice", at: key) }
            guard let keys, !keys.contains(name) else { continue }
            let near = keys.min { Self.distance($0, name) < Self.distance($1, name) }
            let hint = near.flatMap { Self.distance($0, name) <= 2 ? "; did you mean \($0)?" : nil }
            throw failure("it knows no \(name)\(hint ?? ", only: \(keys.joined(separator: ", "))")", at: key)
        }
    }

    func failure(_ message: String, at node: Node? = nil) -> Failure {
        Self.failure("\(what): \(message)", at: node ?? self.node, in: file)
    }

    func text(_ key: String) throws(Failure) -> String? {
        guard let value = mapping[key] else { return nil }
        guard let text = value.string, text != "" else { throw failure("\(key) must be a text", at: value) }
        return text
    }

    func texts(_ key: String) throws(Failure) -> [String]? {
        guard let value = mapping[key] else { return nil }
        guard let nodes = value.sequence else {
            throw failure("\(key) must be a list, such as [fetch, --stall, 30]", at: value)
        }
        var texts: [String] = []
        for node in nodes {
            guard let text = node.string else { throw failure("\(key) must be a list of texts", at: node) }
            texts.append(text)
        }
        return texts
    }

    func list(_ key: String) throws(Failure) -> [Node]? {
        guard let value = mapping[key] else { return nil }
        guard let nodes = value.sequence else { throw failure("\(key) must be a list", at: value) }
        return Array(nodes)
    }

    func integer(_ key: String, in range: ClosedRange<Int>) throws(Failure) -> Int? {
        guard let value = mapping[key] else { return nil }
        guard let number = value.string.flatMap({ Int($0) }), range.contains(number) else {
            throw failure(
                "\(key) must be a whole number from \(range.lowerBound) to \(range.upperBound)", at: value)
        }
        return number
    }

    func quantity<Value: Quantity>(_ key: String, as type: Value.Type) throws(Failure) -> Value? {
        guard let value = mapping[key] else { return nil }
        guard let quantity = value.string.flatMap({ Value($0) }) else {
            throw failure("\(key) must be \(Value.form), not \(value.string ?? "a list")", at: value)
        }
        return quantity
    }

    func fields(_ key: String, keys: [String]) throws(Failure) -> Fields? {
        guard let value = mapping[key] else { return nil }
        return try Fields(value, in: file, what: key, keys: keys)
    }

    /// The members of a mapping whose names are the user's own.
    func entries(_ key: String) throws(Failure) -> [(String, Node)] {
        guard let value = mapping[key] else { return [] }
        return try Fields(value, in: file, what: key).mapping.map { ($0.key.string ?? "", $0.value) }
    }

    private static func failure(_ message: String, at node: Node, in file: String) -> Failure {
        .config("bad_pipeline", "\(file):\(node.mark.map { "\($0.line)" } ?? "1"): \(message)")
    }

    /// How many letters two words differ by.
    private static func distance(_ one: String, _ other: String) -> Int {
        var row = Array(0...other.count)
        for (index, letter) in one.enumerated() {
            var corner = row[0]
            row[0] = index + 1
            for (column, second) in other.enumerated() {
                let best = min(row[column] + 1, row[column + 1] + 1, corner + (letter == second ? 0 : 1))
                (corner, row[column + 1]) = (row[column + 1], best)
            }
        }
        return row[other.count]
    }
}
