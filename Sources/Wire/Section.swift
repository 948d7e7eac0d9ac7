/// Reads a section of a record: each member has the right type or is absent, and null counts as absent.
///
/// - Throws: all methods throw `bad_record` (`permanent`) for a member of another type.
package struct Section {
    private let name: String
    private let object: JSONObject

    package init(_ name: String, _ object: JSONObject) {
        self.name = name
        self.object = object
    }

    package func string(_ member: String) throws(Failure) -> String? {
        try read(member, as: "a string") { $0.string }
    }

    /// A whole number.
    package func integer(_ member: String) throws(Failure) -> Int? {
        try read(member, as: "an integer") { $0.integer }
    }

    package func number(_ member: String) throws(Failure) -> Double? {
        try read(member, as: "a number") { $0.number }
    }

    package func boolean(_ member: String) throws(Failure) -> Bool? {
        try read(member, as: "true or false") { $0.boolean }
    }

    /// The strings of an array, in order; empty when absent.
    package func strings(_ member: String) throws(Failure) -> [String] {
        try read(member, as: "a list of strings") { value in
            guard value.isArray else { return nil }
            let elements = value.elements
            let strings = elements.compactMap(\.string)
            return strings.count == elements.count ? strings : nil
        } ?? []
    }

    package func section(_ member: String) throws(Failure) -> Section? {
        try read(member, as: "an object") { $0.object }.map { Section("\(name).\(member)", $0) }
    }

    /// The value of a member that the section cannot do without.
    func required<Value>(_ member: String, _ value: Value?) throws(Failure) -> Value {
        guard let value else { throw .permanent("bad_record", "\(name).\(member) is missing") }
        return value
    }

    private func read<Value>(
        _ member: String, as type: String, _ convert: (JSON) -> Value?
    ) throws(Failure) -> Value? {
        guard let json = object[member], !json.isNull else { return nil }
        guard let value = convert(json) else { throw .permanent("bad_record", "\(name).\(member) is not \(type)") }
        return value
    }
}
