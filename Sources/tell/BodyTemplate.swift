import Files
import Wire

/// A JSON text in whose strings words between `%` stand for what a notice says.
struct BodyTemplate {
    private let json: JSON

    private static let mostBytes = 65_536

    /// Reads the file.
    ///
    /// - Throws: `no_file` or `bad_template` (`config`).
    init(file: String) throws(Failure) {
        guard let bytes = contents(of: file, atMost: Self.mostBytes) else {
            throw .config("no_file", "cannot read \(file)")
        }
        try self.init(bytes, name: file)
    }

    init(_ bytes: [UInt8], name: String) throws(Failure) {
        do throws(Malformed) { json = try JSON(parsing: bytes) } catch {
            throw .config("bad_template", "\(name) is no JSON: \(error)")
        }
        let names = ["event", "title", "text", "count", "id", "time"]
        let blank = Dictionary(uniqueKeysWithValues: names.map { ($0, "") })
        guard Self.filled(json, blank) != nil else {
            let known = names.map { "%\($0)%" }.joined(separator: " ")
            throw .config("bad_template", "\(name) has a % that begins none of \(known); a % itself is written %%")
        }
    }

    func filled(_ notice: NoticeContent) -> JSON {
        let values = [
            "event": notice.event, "title": notice.title, "text": notice.text, "count": "\(notice.count)",
            "id": notice.id, "time": notice.timestamp
        ]
        return Self.filled(json, values) ?? json
    }

    /// Nil for a `%` that begins no name.
    private static func filled(_ json: JSON, _ values: [String: String]) -> JSON? {
        if let text = json.string { return filled(text, values).map(JSON.string) }
        if json.isArray {
            let elements = json.elements.map { filled($0, values) }
            return elements.contains { $0 == nil } ? nil : .array(elements.compactMap(\.self))
        }
        guard var object = json.object else { return json }
        for name in object.names {
            guard let value = object[name].flatMap({ filled($0, values) }) else { return nil }
            object[name] = value
        }
        return object.value
    }

    private static func filled(_ text: String, _ values: [String: String]) -> String? {
        let parts = text.split(separator: "%", omittingEmptySubsequences: false).map(String.init)
        guard !parts.count.isMultiple(of: 2) else { return nil }
        var filled = ""
        for (index, part) in parts.enumerated() {
            if index.isMultiple(of: 2) {
                filled += part
            } else {
                guard let value = part.isEmpty ? "%" : values[part] else { return nil }
                filled += value
            }
        }
        return filled
    }
}
