import Testing

@testable import Limiter
@testable import Display

@Suite struct OverviewTests {
    private static func busy(_ count: Int, title: String = "Somebody - Something") -> [Overview.Busy] {
        (0..<count).map {
            Overview.Busy(stage: "fetch", replica: $0 + 1, title: title, bytes: 5_200_000, total: 10_000_000)
        }
    }

    private static let full = Overview(
        ended: Tally(done: 900_000, skipped: 1, failed: 4321), left: [.ready: 80_000, .waiting: 2000, .paused: 7],
        bytesPerSecond: 118_400_000, secondsLeft: 86_399, busy: busy(40, title: "坂本 龍一 - 日本の夜明け、とても長い題名、終わらない"))

    private func texts(_ overview: Overview, _ width: Int, _ height: Int) -> [String] {
        overview.lines(width: width, height: height).map { $0.text(width: width) }
    }

    @Test func `the sums say what there is to know`() {
        var overview = Overview(ended: Tally(done: 310, skipped: 5, failed: 3), left: [.ready: 874, .waiting: 12])
        overview.bytesPerSecond = 8_400_000
        overview.secondsLeft = 252
        #expect(texts(overview, 79, 9) == [" 318/1204   26%    3 failed   12 waiting   8.4 MB/s     4:12 left"])
    }

    @Test func `what is not known is left open`() {
        #expect(texts(Overview(), 79, 9) == ["  0/0            0 failed    0 waiting               --:-- left"])
    }

    @Test(arguments: [1, 10, 20, 39, 40, 59, 60, 79, 80, 200], [1, 2, 5, 22, 100])
    func `no line is wider and no block is higher than there is room`(width: Int, height: Int) {
        let lines = texts(Self.full, width, height)
        #expect(lines.count <= height && lines.allSatisfy { $0.cells <= width })
        #expect(lines[0].hasPrefix(String("904322".prefix(width - 1))))
    }

    @Test func `a narrow terminal keeps the sums, the failures and the time`() {
        #expect(texts(Self.full, 44, 1) == ["904322/986329  4321 failed  23:59:59 left"])
    }

    @Test func `replicas that have no room are counted`() {
        let lines = texts(Overview(busy: Self.busy(5)), 79, 4)
        #expect(lines.last == "and 3 more working" && lines.count == 4)
        #expect(lines[1] == "fetch 1  #####-----   5.2 MB  Somebody - Something")
    }

    @Test func `a host's pause is told with its end`() {
        let until = 1_795_414_637.0
        var overview = Overview()
        overview.pauses = [Limiter.Pause(host: "api.example.org", until: until)]
        #expect(texts(overview, 79, 9)[1] == "paused: api.example.org until \(clockText(until))")
    }

    @Test func `colours do not count`() {
        var line = StyledLine("ab", .red)
        line.add("cd")
        #expect(line.text(width: 3, colours: true) == "\u{1b}[31mab\u{1b}[0m…" && line.cells == 4)
    }
}
