import FoundationEssentials
import RawStructuredFieldValues

/// The `Repr-Digest` field of RFC 9530.
enum ReprDigest {
    /// The SHA-256 of the complete representation: 32 bytes, or nil when the field has none.
    static func sha256(_ field: String) -> [UInt8]? {
        var parser = StructuredFieldValueParser(Array(field.utf8))
        guard let digests = try? parser.parseDictionaryFieldValue(), case .item(let item)? = digests["sha-256"],
            case .undecodedByteSequence(let text) = item.rfc9651BareItem
        else { return nil }
        return Data(base64Encoded: text).map(Array.init).flatMap { $0.count == 32 ? $0 : nil }
    }
}
