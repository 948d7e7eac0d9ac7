import Testing

@testable import DriverKit

@Suite struct SpoolGaugeTests {
    @Test func `a spool is measured now and then, and when files went`() {
        var (gauge, bytes, looks) = (SpoolGauge(), 100, 0)
        func look(_ now: Int64) -> Bool {
            gauge.look(now: now, limit: 100) {
                looks += 1
                return bytes
            }
            return gauge.isFull
        }
        #expect(look(0) && looks == 1)
        bytes = 99
        #expect(look(500_000_000) && looks == 1)
        #expect(!look(500_000_001) && looks == 2)
        bytes = 100
        #expect(!look(500_000_002) && looks == 2)
        gauge.sawFilesGo()
        #expect(look(500_000_003) && looks == 3)
    }
}
