import Testing

@testable import fetch

@Suite struct ContentRangeTests {
    @Test(
        arguments: [
            ("bytes 5-9/10", 5...9, 10), ("bytes 0-0/1", 0...0, 1), ("Bytes 5-9/10", 5...9, 10),
            ("bytes  5-9/10", 5...9, 10), ("bytes 5-9/*", 5...9, nil)
        ] as [(String, ClosedRange<Int>, Int?)])
    func `a range says where it lies and how long the whole is`(field: String, bytes: ClosedRange<Int>, total: Int?) {
        let range = ContentRange(field)
        #expect(range?.start == bytes.lowerBound)
        #expect(range?.end == bytes.upperBound)
        #expect(range?.total == total)
    }

    @Test(arguments: [
        "", "bytes", "bytes */10", "bytes 5-9", "bytes 9-5/10", "bytes 5-10/10", "bytes -5/10", "bytes 5-/10",
        "items 5-9/10",
        "bytes 5-9/x", "bytes a-9/10", "bytes 5-9/10 x", "bytes 5-9/99999999999999999999",
        "bytes 5-9223372036854775807/*"
    ])
    func `anything else is none`(field: String) { #expect(ContentRange(field) == nil) }
}
