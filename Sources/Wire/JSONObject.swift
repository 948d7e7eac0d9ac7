import Glibc

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
    private var newValues: [NewValue] = []
    private var isChanged = false

    // A tuple in its place would be copied and destroyed by way of its metadata.
    private struct NewValue {
        let name: String
        var value: JSON
    }

    /// An object with no members.
    package init() {
        self.init(source: [UInt8(ascii: "{"), UInt8(ascii: "}")], place: 0..<2, members: [])
    }

    /// The members of `value`, or nil when it is not an object.
    package init?(_ value: JSON) {
        guard value.text.first == UInt8(ascii: "{") else { return nil }
        var members: [Scanner.Member] = []
        members.reserveCapacity(16)
        value.text.scanTrusted { scanner in _ = try? scanner.object(0, depth: 1) { members.append($0) } }
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
        source.withUnsafeBufferPointer { source in
            guard isChanged else { return text.append(contentsOf: UnsafeBufferPointer(rebasing: source[place])) }
            text.append(UInt8(ascii: "{"))
            var position = 0
            while position < members.count {
                if position > 0 { text.append(UInt8(ascii: ",")) }
                let (kept, next) = unchanged(from: position)
                if next > position {
                    text.append(contentsOf: UnsafeBufferPointer(rebasing: source[kept]))
                    position = next
                } else {
                    append(changed: members[position], of: source, to: &text)
                    position += 1
                }
            }
            text.append(UInt8(ascii: "}"))
        }
    }

    /// The bytes of the unchanged members from a position on that have but a comma between them, and the position after
    /// them.
    private func unchanged(from position: Int) -> (bytes: Range<Int>, next: Int) {
        var next = position
        var bytes = 0..<0
        while next < members.count, members[next].replacement < 0 {
            let whole = members[next].whole
            if next > position, whole.lowerBound != bytes.upperBound + 1 { break }
            bytes = (next > position ? bytes.lowerBound : whole.lowerBound)..<whole.upperBound
            next += 1
        }
        return (bytes, next)
    }

    private func append(
        changed member: Scanner.Member, of source: UnsafeBufferPointer<UInt8>, to text: inout [UInt8]
    ) {
        let new = newValues[Int(member.replacement)]
        if member.isNew {
            appendString(new.name, to: &text)
            text.append(UInt8(ascii: ":"))
        } else {
            let name = member.whole.lowerBound..<member.value.lowerBound
            text.append(contentsOf: UnsafeBufferPointer(rebasing: source[name]))
        }
        new.value.text.withUnsafeBufferPointer { text.append(contentsOf: $0) }
    }

    private mutating func set(_ value: JSON, at position: Int?, _ name: String) {
        isChanged = true
        if let position, members[position].replacement >= 0 {
            newValues[Int(members[position].replacement)].value = value
            return
        }
        if newValues.isEmpty { newValues.reserveCapacity(4) }
        let replacement = Int32(newValues.count)
        newValues.append(NewValue(name: name, value: value))
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
            source.withUnsafeBufferPointer { text in
                members.withUnsafeBufferPointer { members in
                    members.lastIndex { member in
                        guard member.isPlain else { return isOddlyNamed(member, wanted) }
                        // The length alone tells most names apart.
                        return member.nameLength == wanted.count && same(text, at: Int(member.nameStart), wanted)
                    }
                }
            }
        }
    }

    /// Whether a member that is new, or whose name has escapes, has this name.
    private func isOddlyNamed(_ member: Scanner.Member, _ wanted: UnsafeBufferPointer<UInt8>) -> Bool {
        let name = member.isNew ? newValues[Int(member.replacement)].name : decodeString(slice(member.name))
        return name.utf8.elementsEqual(wanted)
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
    fileprivate var isPlain: Bool { !isNew && !nameHasEscapes }
    fileprivate var nameLength: Int { Int(nameEnd &- nameStart) }
}

/// Whether a text has these bytes at a place from which as many lie in it.
@inline(__always)
private func same(_ text: UnsafeBufferPointer<UInt8>, at place: Int, _ bytes: UnsafeBufferPointer<UInt8>) -> Bool {
    guard let text = text.baseAddress, let start = bytes.baseAddress else { return bytes.isEmpty }
    return memcmp(text + place, start, bytes.count) == 0
}
