import Wire

/// The JSON object in a request's body.
///
/// - Throws: every method throws `bad_parameter` (`permanent`) for a member of another type than it is asked for.
package struct Body {
    private let object: JSONObject

    private init(_ object: JSONObject) { self.object = object }

    /// Parses a body; an empty one has no members.
    ///
    /// - Throws: `not_json` or `bad_json` (`permanent`) for one that is no JSON object.
    package init(_ request: HTTPRequest) throws(Failure) {
        guard !request.body.isEmpty else {
            object = JSONObject()
            return
        }
        guard request.contentType == "application/json" else {
            throw .permanent("not_json", "the body has to be JSON, with Content-Type: application/json")
        }
        guard let object = (try? JSON(parsing: request.body))?.object else {
            throw .permanent("bad_json", "the body is no JSON object")
        }
        self.object = object
    }

    /// How many members it has.
    package var count: Int { object.names.count }

    package func boolean(_ name: String) throws(Failure) -> Bool? { try member(name, "true or false") { $0.boolean } }

    package func string(_ name: String) throws(Failure) -> String? { try member(name, "a text") { $0.string } }

    /// A list of texts, in order.
    package func strings(_ name: String) throws(Failure) -> [String]? {
        try member(name, "a list of texts") { value in
            let texts = value.elements.map(\.string)
            return value.isArray && !texts.contains(nil) ? texts.compactMap { $0 } : nil
        }
    }

    /// A list of objects, in order.
    package func objects(_ name: String) throws(Failure) -> [Body]? {
        try member(name, "a list of objects") { value in
            let objects = value.elements.map(\.object)
            return value.isArray && !objects.contains { $0 == nil } ? objects.compactMap { $0.map(Body.init) } : nil
        }
    }

    /// A number without a unit; what it counts is for the caller to say.
    package func number(_ name: String) throws(Failure) -> Double? { try member(name, "a number") { $0.number } }

    /// A whole number in a range.
    package func integer(_ name: String, in range: ClosedRange<Int>) throws(Failure) -> Int? {
        try member(name, "a number from \(range.lowerBound) to \(range.upperBound)") { value in
            value.number.flatMap { Int(exactly: $0) }.flatMap { range ~= $0 ? $0 : nil }
        }
    }

    private func member<Value>(
        _ name: String, _ what: String, _ read: (JSON) -> Value?
    ) throws(Failure) -> Value? {
        guard let value = object[name] else { return nil }
        guard let found = read(value) else { throw .permanent("bad_parameter", "\(name) takes \(what)") }
        return found
    }
}
