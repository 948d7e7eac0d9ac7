import Glibc
import Testing

@testable import record

@Suite struct TimestampTests {
    @Test func `a moment is written in UTC to the millisecond`() {
        #expect(timestamp(timespec(tv_sec: 0, tv_nsec: 0)) == "1970-01-01T00:00:00.000Z")
        #expect(timestamp(timespec(tv_sec: 1_893_553_445, tv_nsec: 67_899_999)) == "2030-01-02T03:04:05.067Z")
    }
}
