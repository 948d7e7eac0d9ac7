import Testing

@testable import origin

@Suite struct ByteRangeTests {
    @Test(arguments: [
        ("bytes=0-0", 0..<1), ("bytes=5-", 5..<100), ("bytes=0-", 0..<100), ("bytes=90-200", 90..<100),
        ("bytes=99-99", 99..<100), ("bytes=-1", 99..<100), ("bytes=-500", 0..<100), ("bytes= 3 - 4 ", 3..<5)
    ])
    func `one range is taken`(header: String, range: Range<Int>) { #expect(ByteRange(header, of: 100) == .part(range)) }

    @Test(arguments: ["bytes=100-", "bytes=100-200", "bytes=-0"])
    func `a range beyond the end is not to be had`(header: String) {
        #expect(ByteRange(header, of: 100) == .unsatisfiable)
    }

    @Test func `of nothing no range is to be had`() {
        #expect(ByteRange("bytes=0-", of: 0) == .unsatisfiable)
        #expect(ByteRange("bytes=-5", of: 0) == .unsatisfiable)
    }

    @Test(arguments: [
        nil, "", "bytes", "bytes=", "bytes=-", "bytes=5-3", "bytes=a-b", "bytes=1-2,4-5", "lines=1-2", "bytes=--5",
        "bytes=+1-2",
        "bytes=99999999999999999999-"
    ])
    func `anything else asks for the whole`(header: String?) { #expect(ByteRange(header, of: 100) == nil) }
}
