/// The members that every stage reads, as far as they are present and valid.
struct Envelope {
    private(set) var version: Int?
    private(set) var id: String?
    private(set) var kind: String?
    private(set) var parent: String?
    private(set) var seq: Int?
    /// The first thing that is wrong.
    private(set) var flaw: String?
    /// The bits of the names that were found.
    private var met: UInt16 = 0

    /// The names that mean the same to all stages, so that none may appear twice.
    private enum Name: String {
        case v, id, kind, parent, seq, ref, track, media, file, placed, recorded, record
    }

    init(_ members: [Scanner.Member], in line: [UInt8]) {
        line.withUnsafeBufferPointer { text in
            for member in members { read(member, in: text) }
        }
        if version == nil { fault("v is missing") }
        if id == nil { fault("id is missing") }
        if kind == nil { fault("kind is missing") }
    }

    private mutating func read(_ member: Scanner.Member, in line: UnsafeBufferPointer<UInt8>) {
        guard let (name, bit) = Self.name(of: member, in: line) else { return }
        if met & bit != 0 { fault("\(name.rawValue) is there twice") }
        met |= bit
        let value = UnsafeBufferPointer(rebasing: line[member.value])
        let isNull = value.first == UInt8(ascii: "n")
        switch name {
        case .v: version = checked(Self.position(value), "v is not a version number")
        case .id: id = checked(Self.text(value).flatMap { $0.isEmpty ? nil : $0 }, "id is not a string")
        case .kind: kind = checked(Self.text(value), "kind is not a string")
        case .parent where !isNull: parent = checked(Self.text(value), "parent is not a string")
        case .seq where !isNull: seq = checked(Self.position(value), "seq is not a position")
        default: break
        }
    }

    /// A string, unless it holds a lone surrogate: no reader could take that text back.
    private static func text(_ value: UnsafeBufferPointer<UInt8>) -> String? {
        guard value.first == UInt8(ascii: "\"") else { return nil }
        let inside = UnsafeBufferPointer(rebasing: value[1..<value.count - 1])
        return hasEscapes(inside) ? try? JSON(parsing: Array(value)).string : String(decoding: inside, as: UTF8.self)
    }

    /// A whole number from 1.
    private static func position(_ value: UnsafeBufferPointer<UInt8>) -> Int? {
        Int(digits: value).flatMap { $0 >= 1 ? $0 : nil }
    }

    private mutating func fault(_ text: @autoclosure () -> String) {
        if flaw == nil { flaw = text() }
    }

    private mutating func checked<Value>(_ value: Value?, _ otherwise: @autoclosure () -> String) -> Value? {
        if value == nil { fault(otherwise()) }
        return value
    }

    private static func name(of member: Scanner.Member, in line: UnsafeBufferPointer<UInt8>) -> (Name, bit: UInt16)? {
        let name = UnsafeBufferPointer(rebasing: line[member.name])
        if member.nameHasEscapes {
            let text = decodeString(name)
            return Array(text.utf8).withUnsafeBufferPointer { known($0) }
        }
        return known(name)
    }

    /// Packs at most eight bytes into one number.
    @inline(__always)
    private static func pack(_ bytes: UnsafeBufferPointer<UInt8>) -> UInt64 {
        var packed: UInt64 = 0
        for index in 0..<bytes.count { packed = packed &<< 8 | UInt64(bytes[index]) }
        return packed
    }

    /// The same for a literal, as the compiler can.
    @inline(__always)
    private static func pack(_ text: StaticString) -> UInt64 {
        pack(UnsafeBufferPointer(start: text.utf8Start, count: text.utf8CodeUnitCount))
    }

    private static func known(_ name: UnsafeBufferPointer<UInt8>) -> (Name, bit: UInt16)? {
        guard name.count <= 8, name.first != 0 else { return nil }
        return switch pack(name) {
        case pack("v"): (.v, 1 << 0)
        case pack("id"): (.id, 1 << 1)
        case pack("kind"): (.kind, 1 << 2)
        case pack("parent"): (.parent, 1 << 3)
        case pack("seq"): (.seq, 1 << 4)
        case pack("ref"): (.ref, 1 << 5)
        case pack("track"): (.track, 1 << 6)
        case pack("media"): (.media, 1 << 7)
        case pack("file"): (.file, 1 << 8)
        case pack("placed"): (.placed, 1 << 9)
        case pack("recorded"): (.recorded, 1 << 10)
        case pack("record"): (.record, 1 << 11)
        default: nil
        }
    }
}
