import FoundationEssentials
import Testing
import Wire

@testable import Limiter

@Suite struct PauseTests {
    private func text(pausedUntil: Double) -> [UInt8] {
        TokenBucket(pausedUntil: pausedUntil).text(host: "a.example")
    }

    @Test func `the pauses that are on are told by host, with their ends`() throws {
        try inFolder { folder in
            try Hosts.set([HostLimit(host: "*", parallel: 2)], in: folder)
            try hosts(folder).takeSlot(host: "c").release()
            try hosts(folder).pause(host: "B.example:8080", seconds: 300)
            try hosts(folder).pause(host: "a_1", seconds: 20)
            let pauses = Hosts.pauses(in: folder)
            #expect(pauses.map(\.host) == ["a_1", "b.example:8080"])
            let left = pauses.map { $0.until - secondsSince1970() }
            #expect((10...20).contains(left[0]) && (290...300).contains(left[1]))
        }
    }

    @Test func `a pause ends`() {
        let text = text(pausedUntil: 1000)
        #expect(Pause(text: text, now: 999.5)?.until == 1000)
        #expect(Pause(text: text, now: 1000) == nil)
        #expect(Pause(text: text, now: 1001) == nil)
    }

    @Test func `a pause beyond a week is none`() { #expect(Pause(text: text(pausedUntil: 1e12), now: 1000) == nil) }

    @Test(arguments: ["", "nonsense", #"{"paused_until":2000}"#, #"{"host":7,"paused_until":2000}"#])
    func `what does not say which host is no pause`(text: String) {
        #expect(Pause(text: Array(text.utf8), now: 1000) == nil)
    }

    @Test func `where nothing was asked nothing is paused`() throws {
        try inFolder { folder in #expect(Hosts.pauses(in: folder).isEmpty) }
    }
}
