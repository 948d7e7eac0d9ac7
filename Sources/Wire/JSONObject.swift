/// A JSON object as its members, in order, each with its very bytes until it is set anew.
///
/// Names are compared after their escapes are resolved. Of members with one name the last counts, as in most readers.
package struct JSONObject: Sendable {
    private enum Entry: Sendable {
        case original(Scanner.Member)
        case written(name: String, value: JSON)
    }

    private let source: ArraySlice<UInt8>
    private var entries: [Entry] = []
    private var isChanged = false

    /// An object with no members.
    package init() { source = [UInt8(ascii: "{"), UInt8(ascii: "}")] }

    /// The members of `value`, or nil when it is no object.
    package init?(_ value: JSON) {
        guard value.text.first == UInt8(ascii: "{") else { return nil }
        var entries: [Entry] = []
        value.text.scanTrusted { scanner in try? scanner.object(depth: 1) { entries.append(.original($0)) } }
        self.init(source: value.text, entries: entries)
    }

    /// Members found by a scan of `source`, which is one well-formed object.
    init(source: ArraySlice<UInt8>, members: [Scanner.Member]) {
        self.init(source: source, entries: members.map(Entry.original))
    }

    private init(source: ArraySlice<UInt8>, entries: [Entry]) {
        self.source = source
        self.entries = entries
    }

    /// The value of the member with this name; setting nil removes it, setting a new name appends it.
    package subscript(name: String) -> JSON? {
        get { index(of: name).map { value(of: entries[$0]) } }
        set {
            guard let newValue else { return remove(name) }
            isChanged = true
            if let index = index(of: name) {
                entries[index] = .written(name: name, value: newValue)
            } else {
                entries.append(.written(name: name, value: newValue))
            }
        }
    }

    /// The object as one JSON value; an object that was not changed is the very text it came from.
    package var value: JSON {
        guard isChanged else { return JSON(trusted: source) }
        var text: [UInt8] = [UInt8(ascii: "{")]
        text.reserveCapacity(source.count + 256)
        for entry in entries {
            if text.count > 1 { text.append(UInt8(ascii: ",")) }
            switch entry {
            case .original(let member): text += slice(member.whole)
            case .written(let name, let value):
                text += encodeString(name)
                text.append(UInt8(ascii: ":"))
                text += value.text
            }
        }
        text.append(UInt8(ascii: "}"))
        return JSON(trusted: text[...])
    }

    private mutating func remove(_ name: String) {
        let kept = entries.filter { !isNamed($0, name) }
        guard kept.count < entries.count else { return }
        isChanged = true
        entries = kept
    }

    private func index(of name: String) -> Int? { entries.lastIndex { isNamed($0, name) } }

    private func isNamed(_ entry: Entry, _ wanted: String) -> Bool {
        switch entry {
        case .written(let name, _): name.utf8.elementsEqual(wanted.utf8)
        case .original(let member) where member.nameHasEscapes:
            decodeString(slice(member.name)).utf8.elementsEqual(wanted.utf8)
        case .original(let member):
            member.name.count == wanted.utf8.count && slice(member.name).elementsEqual(wanted.utf8)
        }
    }

    private func value(of entry: Entry) -> JSON {
        switch entry {
        case .original(let member): JSON(trusted: slice(member.value))
        case .written(_, let value): value
        }
    }

    private func slice(_ range: Range<Int>) -> ArraySlice<UInt8> {
        source[source.startIndex + range.lowerBound..<source.startIndex + range.upperBound]
    }
}
