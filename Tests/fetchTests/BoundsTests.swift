import FoundationEssentials
import Testing
import Wire

@testable import fetch

@Suite struct BoundsTests {
    private func code(_ body: () throws(Failure) -> Void) -> String? {
        do throws(Failure) {
            try body()
            return nil
        } catch {
            return "\(error.class) \(error.code.rawValue)"
        }
    }

    @Test(arguments: [
        ("7", 7), ("700K", 700_000), ("500m", 500_000_000), ("4G", 4_000_000_000), ("0", nil), ("0G", nil)
    ])
    func `a limit is bytes with or without a letter, and 0 is none`(text: String, bytes: Int?) {
        let limit = ByteLimit(argument: text)
        #expect(limit != nil && limit?.bytes == bytes)
    }

    @Test(arguments: ["", "-1", "K", "1.5M", "4T", "4 G", "9223372036854775807K"])
    func `anything else is none`(text: String) { #expect(ByteLimit(argument: text) == nil) }

    @Test func `a body may be as long as is allowed and not a byte longer`() {
        let bounds = Bounds(most: 1000, spool: 500)
        #expect(code { () throws(Failure) in try bounds.check(announced: 1000, host: "a") } == nil)
        #expect(code { () throws(Failure) in try bounds.check(announced: nil, host: "a") } == nil)
        let tooLong = code { () throws(Failure) in try bounds.check(announced: 1001, host: "a") }
        #expect(tooLong == "permanent too_large")
        for (bytes, isAnnounced, isRefused) in [
            (1000, true, false), (1001, true, true), (500, false, false), (501, false, true)
        ] {
            let found = code { () throws(Failure) in
                try bounds.check(received: bytes, isAnnounced: isAnnounced, host: "a")
            }
            #expect((found == "permanent too_large") == isRefused)
        }
    }

    @Test func `without limits there are none`() {
        let found = code { () throws(Failure) in
            try Bounds().check(announced: .max, host: nil)
            try Bounds().check(received: .max, isAnnounced: false, host: "a")
        }
        #expect(found == nil)
    }

    @Test func `what no disk has room for is not begun`() {
        let folder = FileManager.default.temporaryDirectory.path
        let found = code { () throws(Failure) in try Bounds.checkRoom(for: 1 << 60, in: folder) }
        #expect(found == "config disk_full")
        #expect(code { () throws(Failure) in try Bounds.checkRoom(for: 1, in: folder) } == nil)
    }
}
