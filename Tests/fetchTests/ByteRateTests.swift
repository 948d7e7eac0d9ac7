import Testing

@testable import fetch

@Suite struct ByteRateTests {
    @Test(arguments: [
        ("1000", 1000), ("1500", 1500), ("1K", 1000), ("500K", 500_000), ("500k", 500_000), ("2M", 2_000_000)
    ])
    func `a rate is bytes, thousands or millions`(text: String, bytes: Int) {
        #expect(ByteRate(argument: text)?.bytesPerSecond == bytes)
    }

    @Test(arguments: ["", "0", "-1", "999", "-5K", "5000ß", "K", "1.5M", "1G", "1 K", "9223372036854775807K", "0K"])
    func `anything else is none`(text: String) { #expect(ByteRate(argument: text) == nil) }
}
