import Testing

@testable import Web

@Suite struct ReceiveWindowTests {
    @Test func `hosts without end are not all remembered`() {
        var windows = ReceiveWindow()
        for number in 0...2 * ReceiveWindow.most { windows.use(32_768, for: "\(number).example", nil) }
        #expect(windows.known.count == 1)
        windows.use(nil, for: "other.example", nil)
        #expect(windows.known["other.example"]?.bytes == .max && windows.known.count == 2)
    }

    private static let limits: [(Int?, Bool)] = [
        (100_000, true), (50_000, true), (200_000, true), (49_000, false), (202_000, false), (nil, false)
    ]

    @Test(arguments: limits)
    func `a connection is kept while the limit is much the same`(bytes: Int?, isKept: Bool) {
        var windows = ReceiveWindow()
        windows.use(100_000, for: "music.example", nil)
        windows.use(bytes, for: "music.example", nil)
        #expect(windows.known["music.example"]?.bytes == (isKept ? 100_000 : bytes ?? .max))
    }
}
