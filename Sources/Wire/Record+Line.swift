/// A line that is no record, with as much of its envelope as could be read.
package struct Rejection: Error {
    package var failure: Failure
    /// The line's own id, when it has a valid one.
    package var id: String?
    package var parent: String?
    package var seq: Int?
    /// The line itself, when it is valid JSON that an error can carry.
    package var record: JSON?

    package init(failure: Failure, id: String? = nil, parent: String? = nil, seq: Int? = nil, record: JSON? = nil) {
        (self.failure, self.id, self.parent, self.seq, self.record) = (failure, id, parent, seq, record)
    }
}

extension Record {
    /// Reads one line, LF left out: `not_json`, `version`, `lone_surrogate` or `bad_envelope` says why it is none.
    package init(line: [UInt8]) throws(Rejection) {
        guard line.first(where: { !isWhiteSpace($0) }) == UInt8(ascii: "{") else { throw Self.refusal(ofOther: line) }
        let scan = try Self.scan(line)
        let envelope = Envelope(scan.members, in: line)
        func reject(_ code: Failure.Code, _ message: String) -> Rejection {
            let isClean = scan.loneSurrogate == nil && scan.depth < Self.maximumDepth
            return Rejection(
                failure: .permanent(code, message), id: envelope.id, parent: envelope.parent, seq: envelope.seq,
                record: isClean ? JSON(trusted: line[scan.place]) : nil)
        }
        if let version = envelope.version, version > 1 {
            throw reject("version", "this is version \(version) of a record, and only 1 is known")
        }
        if let offset = scan.loneSurrogate { throw reject("lone_surrogate", "a lone surrogate at byte \(offset)") }
        if let flaw = envelope.flaw { throw reject("bad_envelope", flaw) }
        guard let id = envelope.id, let kind = envelope.kind else { throw reject("bad_envelope", "no id or no kind") }
        let start = scan.place.lowerBound
        self.init(
            id: id, kind: kind, parent: envelope.parent, seq: envelope.seq,
            members: JSONObject(source: line[scan.place], members: scan.members.map { $0.moved(by: -start) }),
            depth: scan.depth)
    }

    private struct Scan {
        var place: Range<Int>
        var members: [Scanner.Member]
        var loneSurrogate: Int?
        var depth: Int
    }

    private static func scan(_ line: [UInt8]) throws(Rejection) -> Scan {
        do throws(Malformed) {
            return try line.scanning(maximumDepth: maximumDepth) { scanner throws(Malformed) in
                var members: [Scanner.Member] = []
                members.reserveCapacity(24)
                let place = try scanner.document { members.append($0) }
                return Scan(
                    place: place, members: members, loneSurrogate: scanner.loneSurrogate, depth: scanner.deepest)
            }
        } catch {
            throw Rejection(failure: .permanent("not_json", error.description))
        }
    }

    private static func refusal(ofOther line: [UInt8]) -> Rejection {
        do throws(Malformed) {
            let value = try JSON(parsing: line)
            return Rejection(failure: .permanent("bad_envelope", "a JSON value that is no object"), record: value)
        } catch {
            return Rejection(failure: .permanent("not_json", error.description))
        }
    }
}

/// The members that every stage reads, as far as they are there and right.
private struct Envelope {
    var version: Int?
    var id: String?
    var kind: String?
    var parent: String?
    var seq: Int?
    /// The first thing that is wrong.
    var flaw: String?

    init(_ members: [Scanner.Member], in line: [UInt8]) {
        var seen: Set<String> = []
        for member in members where member.nameHasEscapes || (1...8).contains(member.name.count) {
            let value = JSON(trusted: line[member.value])
            let name = Self.name(of: member, in: line)
            switch name {
            case "v": version = checked(value.integer.flatMap { $0 >= 1 ? $0 : nil }, "v is not a version number")
            case "id": id = checked(value.string.flatMap { $0.isEmpty ? nil : $0 }, "id is not a string")
            case "kind": kind = checked(value.string, "kind is not a string")
            case "parent" where !value.isNull: parent = checked(value.string, "parent is not a string")
            case "seq" where !value.isNull: seq = checked(value.integer.flatMap { $0 >= 1 ? $0 : nil }, "seq is not a position")
            case "ref", "track", "media", "file", "placed", "recorded", "record", "parent", "seq": break
            default: continue
            }
            if !seen.insert(name).inserted { flaw = flaw ?? "\(name) is there twice" }
        }
        for (name, isThere) in [("v", version != nil), ("id", id != nil), ("kind", kind != nil)] where !isThere {
            flaw = flaw ?? "\(name) is missing"
        }
    }

    private mutating func checked<Value>(_ value: Value?, _ otherwise: String) -> Value? {
        if value == nil { flaw = flaw ?? otherwise }
        return value
    }

    private static func name(of member: Scanner.Member, in line: [UInt8]) -> String {
        member.nameHasEscapes ? decodeString(line[member.name]) : String(decoding: line[member.name], as: UTF8.self)
    }
}
