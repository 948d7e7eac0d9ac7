/// The members that every stage reads, as far as they are present and valid.
struct Envelope {
    private(set) var version: Int?
    private(set) var id: String?
    private(set) var kind: String?
    private(set) var parent: String?
    private(set) var seq: Int?
    /// The first thing that is wrong.
    private(set) var flaw: String?
    /// One bit for each name in `Name` that was found.
    private var met: UInt16 = 0

    /// The names that mean the same to all stages, so that none may appear twice.
    private enum Name: String, CaseIterable {
        case v, id, kind, parent, seq, ref, track, media, file, placed, recorded, record
    }

    init(_ members: [Scanner.Member], in line: [UInt8]) {
        for member in members { read(member, in: line) }
        if version == nil { fault("v is missing") }
        if id == nil { fault("id is missing") }
        if kind == nil { fault("kind is missing") }
    }

    private mutating func read(_ member: Scanner.Member, in line: [UInt8]) {
        guard let (index, name) = Self.name(of: member, in: line) else { return }
        if met & 1 << index != 0 { fault("\(name.rawValue) is there twice") }
        met |= 1 << index
        let value = JSON(trusted: line[member.value])
        switch name {
        case .v: version = checked(value.integer.flatMap { $0 >= 1 ? $0 : nil }, "v is not a version number")
        case .id: id = checked(Self.text(value).flatMap { $0.isEmpty ? nil : $0 }, "id is not a string")
        case .kind: kind = checked(Self.text(value), "kind is not a string")
        case .parent where !value.isNull: parent = checked(Self.text(value), "parent is not a string")
        case .seq where !value.isNull:
            seq = checked(value.integer.flatMap { $0 >= 1 ? $0 : nil }, "seq is not a position")
        default: break
        }
    }

    /// A string, unless it holds a lone surrogate: no reader could take that text back.
    private static func text(_ value: JSON) -> String? {
        guard hasEscapes(value.text) else { return value.string }
        return try? JSON(parsing: Array(value.text)).string
    }

    private mutating func fault(_ text: @autoclosure () -> String) {
        if flaw == nil { flaw = text() }
    }

    private mutating func checked<Value>(_ value: Value?, _ otherwise: String) -> Value? {
        if value == nil { fault(otherwise) }
        return value
    }

    private static func name(of member: Scanner.Member, in line: [UInt8]) -> (Int, Name)? {
        if member.nameHasEscapes {
            let name = decodeString(line[member.name])
            return Name.allCases.enumerated().first { $0.element.rawValue.utf8.elementsEqual(name.utf8) }.map {
                ($0, $1)
            }
        }
        guard member.name.count <= 8 else { return nil }
        var packed: UInt64 = 0
        for index in member.name { packed = packed << 8 | UInt64(line[index]) }
        return packedNames.firstIndex(of: packed).map { ($0, names[$0]) }
    }

    /// Packs at most eight bytes into one number.
    private static func pack(_ bytes: some Sequence<UInt8>) -> UInt64 { bytes.reduce(0) { $0 << 8 | UInt64($1) } }

    private static let names = Name.allCases
    private static let packedNames = names.map { pack($0.rawValue.utf8) }
}
