/// A JSON object as its members, in order, each with its exact bytes until it is set again.
///
/// Names are compared after their escapes are resolved. Of members with the same name the last counts, as in most
/// readers.
package struct JSONObject: Sendable {
    /// The text that holds the members; their offsets count from its start.
    private let source: ArraySlice<UInt8>
    /// Where the object is in the source.
    private let place: Range<Int>
    private var members: [Scanner.Member]
    /// The values that were set, and the names of those that are new.
    private var newValues: [(name: String, value: JSON)] = []
    private var isChanged = false

    /// An object with no members.
    package init() {
        self.init(source: [UInt8(ascii: "{"), UInt8(ascii: "}")], place: 0..<2, members: [])
    }

    /// The members of `value`, or nil when it is not an object.
    package init?(_ value: JSON) {
        guard value.text.first == UInt8(ascii: "{") else { return nil }
        var members: [Scanner.Member] = []
        members.reserveCapacity(16)
        value.text.scanTrusted { scanner in try? scanner.object(depth: 1) { members.append($0) } }
        self.init(source: value.text, place: 0..<value.text.count, members: members)
    }

    /// Members found by a scan of `source`, which has one well-formed object at `place`.
    init(source: ArraySlice<UInt8>, place: Range<Int>, members: [Scanner.Member]) {
        self.source = source
        self.place = place
        self.members = members
    }

    /// The value of the member with this name; setting nil removes it, setting a new name appends it.
    package subscript(name: String) -> JSON? {
        get { position(of: name).map { value(of: members[$0]) } }
        set {
            if let newValue { set(newValue, at: position(of: name), name) } else { remove(name) }
        }
    }

    /// The names of all members, in order; one that appears twice comes twice.
    package var names: [String] {
        members.map { $0.isNew ? newValues[Int($0.replacement)].name : decodeString(slice($0.name)) }
    }

    /// The object as one JSON value; an object that was not changed is exactly the text it came from.
    package var value: JSON {
        guard isChanged else { return JSON(trusted: slice(place)) }
        var text: [UInt8] = []
        text.reserveCapacity(place.count + 256)
        append(to: &text)
        return JSON(trusted: text[...])
    }

    /// Appends the object's text.
    func append(to text: inout [UInt8]) {
        guard isChanged else { return text.append(contentsOf: slice(place)) }
        var separator = UInt8(ascii: "{")
        if members.isEmpty { text.append(separator) }
        for member in members {
            text.append(separator)
            separator = UInt8(ascii: ",")
            append(member, to: &text)
        }
        text.append(UInt8(ascii: "}"))
    }

    private func append(_ member: Scanner.Member, to text: inout [UInt8]) {
        if member.replacement < 0 { return text.append(contentsOf: slice(member.whole)) }
        let (name, value) = newValues[Int(member.replacement)]
        if member.isNew {
            text.append(contentsOf: encodeString(name))
            text.append(UInt8(ascii: ":"))
        } else {
            text.append(contentsOf: slice(member.whole.lowerBound..<member.value.lowerBound))
        }
        text.append(contentsOf: value.text)
    }

    private mutating func set(_ value: JSON, at position: Int?, _ name: String) {
        isChanged = true
        if let position, members[position].replacement >= 0 {
            newValues[Int(members[position].replacement)].value = value
            return
        }
        let replacement = Int32(newValues.count)
        newValues.append((name, value))
        if let position {
            members[position].replacement = replacement
        } else {
            members.append(.new(replacement))
        }
    }

    private mutating func remove(_ name: String) {
        while let position = position(of: name) {
            members.remove(at: position)
            isChanged = true
        }
    }

    private func position(of name: String) -> Int? {
        var name = name
        return name.withUTF8 { wanted in
            source.withUnsafeBufferPointer { text in members.lastIndex { isNamed($0, wanted, in: text) } }
        }
    }

    @inline(__always)
    private func isNamed(
        _ member: Scanner.Member, _ wanted: UnsafeBufferPointer<UInt8>, in text: UnsafeBufferPointer<UInt8>
    ) -> Bool {
        if member.isNew { return newValues[Int(member.replacement)].name.utf8.elementsEqual(wanted) }
        if member.nameHasEscapes { return decodeString(slice(member.name)).utf8.elementsEqual(wanted) }
        guard member.name.count == wanted.count else { return false }
        let start = member.name.lowerBound
        for index in 0..<wanted.count where text[start + index] != wanted[index] { return false }
        return true
    }

    private func value(of member: Scanner.Member) -> JSON {
        member.replacement < 0 ? JSON(trusted: slice(member.value)) : newValues[Int(member.replacement)].value
    }

    private func slice(_ range: Range<Int>) -> ArraySlice<UInt8> {
        source[source.startIndex + range.lowerBound..<source.startIndex + range.upperBound]
    }
}

extension Scanner.Member {
    /// A member that the source text does not have.
    fileprivate static func new(_ replacement: Int32) -> Self {
        Self(nameStart: -1, nameEnd: -1, valueStart: -1, valueEnd: -1, nameHasEscapes: false, replacement: replacement)
    }

    fileprivate var isNew: Bool { nameStart < 0 }
}
