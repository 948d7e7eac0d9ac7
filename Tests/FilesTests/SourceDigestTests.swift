import Testing
import Wire

@testable import Files

@Suite struct SourceDigestTests {
    @Test(arguments: [
        (
            MediaDigests.Algorithm.sha1, "f7c3bc1d808e04732adf679965ccc34ca7ae3441",
            "da39a3ee5e6b4b0d3255bfef95601890afd80709"
        ),
        (.md5, "25f9e794323b453885f5181f1b624d0b", "d41d8cd98f00b204e9800998ecf8427e"), (.crc32, "cbf43926", "00000000")
    ])
    func `a digest is the same in one piece and in many`(kind: MediaDigests.Algorithm, whole: String, empty: String) {
        let (one, many) = (SourceDigest(kind), SourceDigest(kind))
        Array("123456789".utf8).withUnsafeBytes { one.update($0) }
        for piece in ["12", "", "3456", "789"] { Array(piece.utf8).withUnsafeBytes { many.update($0) } }
        #expect(one.finish() == whole && many.finish() == whole)
        #expect(SourceDigest(kind).finish() == empty)
    }
}
