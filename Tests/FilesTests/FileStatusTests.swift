import Testing

@testable import Files

@Suite struct FileStatusTests {
    private let booked = 1_700_000_001_987_654_321

    private func isWritten(_ modified: Int, _ known: Int?, recordedAt: Double? = nil) -> Bool {
        FileStatus(bytes: 1, modified: modified)
            .isWritten(since: BookingTime(modified: known, recordedAt: recordedAt))
    }

    @Test(arguments: [
        1_700_000_001_987_654_321, 1_700_000_001_987_654_300, 1_700_000_001_980_000_000, 1_700_000_001_000_000_000,
        1_700_000_000_000_000_000, 1_700_000_002_000_000_000
    ])
    func `a time that was kept coarser is the same`(modified: Int) {
        #expect(!isWritten(modified, booked))
    }

    @Test(arguments: [
        1_700_000_001_987_654_322, 1_700_000_001_970_000_000, 1_700_000_004_000_000_000, 1_699_999_999_000_000_000,
        1_700_000_002_100_000_000
    ])
    func `any other time is that of a later write`(modified: Int) {
        #expect(isWritten(modified, booked))
    }

    @Test func `a time out of all range is another time`() {
        for known in [Int.min, .max] { #expect(isWritten(1_700_000_001_000_000_000, known)) }
    }

    @Test func `where only the booking is known, a whole second may be two later`() {
        let seconds = 1_700_000_001.5
        #expect(!isWritten(1_700_000_001_400_000_000, nil, recordedAt: seconds))
        #expect(!isWritten(1_700_000_002_000_000_000, nil, recordedAt: seconds))
        #expect(isWritten(1_700_000_001_600_000_000, nil, recordedAt: seconds))
        #expect(isWritten(1_700_000_004_000_000_000, nil, recordedAt: seconds))
        #expect(!isWritten(1_700_000_004_000_000_000, nil))
    }
}
