/// A line that is not a record, with as much of its envelope as could be read.
package struct Rejection: Error {
    package var failure: Failure
    /// The line's own id, when it has a valid one.
    package var id: String?
    package var parent: String?
    /// The place in the parent, counted from 1.
    package var seq: Int?
    /// The line itself, when it is valid JSON that an error can carry.
    package var record: JSON?

    package init(failure: Failure, id: String? = nil, parent: String? = nil, seq: Int? = nil, record: JSON? = nil) {
        (self.failure, self.id, self.parent, self.seq, self.record) = (failure, id, parent, seq, record)
    }
}

extension Record {
    /// Reads one line, given without its LF.
    ///
    /// - Throws: ``Rejection``, whose failure is `not_json`, `version`, `lone_surrogate` or `bad_envelope`
    ///   (`permanent`).
    package init(line: [UInt8]) throws(Rejection) {
        guard line.first(where: { !isWhiteSpace($0) }) == UInt8(ascii: "{") else { throw Self.refusal(ofOther: line) }
        let scan = try Self.scan(line)
        let envelope = Envelope(scan.members, in: line)
        guard let id = envelope.id, let kind = envelope.kind, Self.failure(scan, envelope) == nil else {
            let isClean = scan.loneSurrogate == nil && scan.depth < Self.maximumDepth
            throw Rejection(
                failure: Self.failure(scan, envelope) ?? .permanent("bad_envelope", "no id or no kind"),
                id: envelope.id, parent: envelope.parent, seq: envelope.seq,
                record: isClean ? JSON(trusted: line[scan.place]) : nil)
        }
        self.init(
            id: id, kind: kind, parent: envelope.parent, seq: envelope.seq,
            members: JSONObject(source: line[...], place: scan.place, members: scan.members), depth: scan.depth)
    }

    /// What is wrong with an object that is well-formed JSON.
    private static func failure(_ scan: Scan, _ envelope: Envelope) -> Failure? {
        if let version = envelope.version, version > 1 {
            return .permanent("version", "this is version \(version) of a record, and only 1 is known")
        }
        if let offset = scan.loneSurrogate {
            return .permanent("lone_surrogate", "a lone surrogate at byte \(offset)")
        }
        return envelope.flaw.map { .permanent("bad_envelope", $0) }
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
            return Rejection(failure: .permanent("bad_envelope", "a JSON value that is not an object"), record: value)
        } catch {
            return Rejection(failure: .permanent("not_json", error.description))
        }
    }
}
