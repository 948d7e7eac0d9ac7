import Testing

@testable import PipelineFiles

@Suite struct QuantityTests {
    @Test(arguments: [
        ("500ms", 0.5), ("30s", 30), ("15m", 900), ("2h", 7200), ("1d", 86_400), ("45", 45), ("1.5", 1.5), ("0", 0),
        ("1.5 h", 5400), ("366d", 31_622_400)
    ])
    func `a time is a number and a unit`(text: String, seconds: Double) {
        #expect(TimeSpan(text)?.seconds == seconds)
    }

    @Test(arguments: [
        "", "s", "-1s", "+1s", "1 0s", "1s ", " 1s", "1S", "1w", ".5s", "5.s", "1e3", "1.2.3", "0x1F", "inf", "nan",
        "367d", "١s", "1s1m"
    ])
    func `what is no time is none`(text: String) {
        #expect(TimeSpan(text) == nil)
    }

    @Test(arguments: [
        ("1000", 1000), ("1B", 1), ("2KB", 2000), ("2kB", 2000), ("2KiB", 2048), ("500MB", 500_000_000),
        ("20GB", 20_000_000_000),
        ("4GiB", 4_294_967_296), ("1.5 TB", 1_500_000_000_000), ("1TiB", 1_099_511_627_776)
    ])
    func `a size is a number of bytes`(text: String, bytes: Int) {
        #expect(ByteCount(text)?.bytes == bytes)
    }

    @Test(arguments: ["", "0", "0.4", "-1", "1gb", "1G", "1PB", "9999999TB", "GB", "1e3", "1 G B"])
    func `what is no size is none`(text: String) {
        #expect(ByteCount(text) == nil)
    }

    @Test(arguments: [("8/s", 8.0), ("30/m", 0.5), ("180/h", 0.05), ("2.5", 2.5), ("8 /s", 8)])
    func `a rate is so many a second`(text: String, rate: Double) throws {
        #expect(abs(try #require(Rate(text)).perSecond - rate) < 1e-12)
    }

    @Test(arguments: ["", "0", "0/s", "-1/s", "8/d", "8 / s", "8/", "/s", "100001/s", "8/s/s"])
    func `what is no rate is none`(text: String) {
        #expect(Rate(text) == nil)
    }
}
