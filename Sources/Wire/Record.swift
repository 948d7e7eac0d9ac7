/// One line of a pipe: an envelope that every stage reads, and members that only their authors touch.
///
/// - Throws: the properties that read a section throw `bad_record` (`permanent`); `media` and `placed` also throw
///   `bad_format`, and `media` and `file` `bad_cipher` (`permanent`).
package struct Record: Sendable {
    /// Levels of nesting that a line may have.
    package static let maximumDepth = 256
    /// Bytes of a line with its LF.
    package static let maximumLineBytes = 1_048_576

    package let id: String
    package let kind: String
    package let parent: String?
    /// The 1-based position in the parent.
    package let seq: Int?
    var members: JSONObject
    /// Levels of nesting that the line had when it came.
    let depth: Int

    /// A new request, which may be the child of a collection.
    package init(request ref: String, id: String, parent: String? = nil, seq: Int? = nil) {
        self.init(kind: "request", id: id, parent: parent, seq: seq)
        members["ref"] = .string(ref)
    }

    /// The start of a record, with no section.
    package init(kind: String, id: String, parent: String? = nil, seq: Int? = nil) {
        (self.id, self.kind, self.parent, self.seq, depth) = (id, kind, parent, seq, 8)
        members = JSONObject()
        members["v"] = .integer(Version.contract)
        members["kind"] = .string(kind)
        members["id"] = .string(id)
        members.set("parent", parent.map(JSON.string))
        members.set("seq", seq.map(JSON.integer))
    }

    init(id: String, kind: String, parent: String?, seq: Int?, members: JSONObject, depth: Int) {
        (self.id, self.kind, self.parent, self.seq) = (id, kind, parent, seq)
        (self.members, self.depth) = (members, depth)
    }

    /// The line without its LF.
    package var line: ArraySlice<UInt8> { members.value.text }

    /// Appends the line without its LF.
    package func append(to text: inout [UInt8]) { members.append(to: &text) }

    /// The record as one JSON value.
    package var value: JSON { members.value }

    /// The names of its members, in order.
    package var memberNames: [String] { members.names }

    package subscript(member: String) -> JSON? {
        get { members[member] }
        set { members[member] = newValue }
    }

    /// An object among its members; nil where it is absent or null.
    package func section(_ name: String) throws(Failure) -> Section? {
        guard let json = members[name], !json.isNull else { return nil }
        guard let object = json.object else { throw .permanent("bad_record", "\(name) is not an object") }
        return Section(name, object)
    }

    /// Changes some members of a section and keeps the bytes of the others.
    package mutating func edit(_ name: String, _ change: (inout JSONObject) -> Void) {
        var object = members[name]?.object ?? JSONObject()
        change(&object)
        members[name] = object.value
    }

    /// The same record under another kind.
    package func with(kind: String) -> Record {
        var members = members
        members["kind"] = .string(kind)
        return Record(id: id, kind: kind, parent: parent, seq: seq, members: members, depth: depth)
    }
}

extension Record {
    package var ref: String? { get throws(Failure) { try Section("record", members).string("ref") } }
    package var track: Track? { get throws(Failure) { try section("track").map { s throws(Failure) in try Track(s) } } }
    package var media: Media? { get throws(Failure) { try section("media").map { s throws(Failure) in try Media(s) } } }
    package var file: SpooledFile? {
        get throws(Failure) { try section("file").map { s throws(Failure) in try SpooledFile(s) } }
    }
    package var placed: Placed? {
        get throws(Failure) { try section("placed").map { s throws(Failure) in try Placed(s) } }
    }
}
