import FoundationEssentials
import Testing
import Wire

@testable import Limiter

@Suite struct HostsTests {
    /// Waits no time at all, and remembers for how long it should have; gives up at the third wait.
    private final class Clock {
        var waits: [Double] = []

        func wait(_ seconds: Double) throws(Failure) {
            waits.append(seconds)
            if waits.count > 2 { throw .transient("stopped", "enough") }
        }
    }

    private func inFolder(_ body: (String) throws -> Void) throws {
        let folder = FileManager.default.temporaryDirectory.appending(path: "segue-\(UUID().uuidString)").path
        defer { try? FileManager.default.removeItem(atPath: folder) }
        try body(folder)
    }

    private func hosts(_ folder: String?, rate: Double? = nil, clock: Clock = Clock()) -> Hosts {
        Hosts(folder: folder, defaultRate: rate, wait: { seconds throws(Failure) in try clock.wait(seconds) })
    }

    @Test func `a pause is shared by all who share the folder`() throws {
        try inFolder { folder in
            try hosts(folder).pause(host: "example.org", seconds: 300)
            let other = hosts(folder)
            let failure = #expect(throws: Failure.self) { try other.takeSlot(host: "example.org") }
            #expect(failure?.class == .throttled)
            #expect(failure?.code == "paused")
            #expect(failure?.host == "example.org")
            #expect((290...300).contains(failure?.retryAfter ?? 0))
            try other.takeSlot(host: "example.org:8080")
        }
    }

    @Test func `a short pause is waited for`() throws {
        try inFolder { folder in
            let clock = Clock()
            try hosts(folder).pause(host: "example.org", seconds: 20)
            #expect(throws: Failure.transient("stopped", "enough")) {
                try hosts(folder, clock: clock).takeSlot(host: "example.org")
            }
            #expect(clock.waits.count == 3)
            #expect(clock.waits.allSatisfy { (15...20).contains($0) })
        }
    }

    @Test func `the requests of two are counted together`() throws {
        try inFolder { folder in
            let clock = Clock()
            let one = hosts(folder, rate: 0.05, clock: clock)
            try one.takeSlot(host: "example.org")
            #expect(throws: Failure.self) { try hosts(folder, rate: 0.05, clock: clock).takeSlot(host: "example.org") }
            #expect(clock.waits.allSatisfy { (15...20).contains($0) })
            try one.takeSlot(host: "other.example")
        }
    }

    @Test func `without a folder each counts for itself`() throws {
        let clock = Clock()
        let one = hosts(nil, rate: 0.05, clock: clock)
        try one.takeSlot(host: "example.org")
        try hosts(nil, rate: 0.05).takeSlot(host: "example.org")
        #expect(throws: Failure.self) { try one.takeSlot(host: "example.org") }
        #expect(clock.waits.count == 3)
    }

    @Test func `an empty name is no folder`() throws {
        try hosts("").pause(host: "example.org", seconds: 300)
        try hosts("").takeSlot(host: "example.org")
    }

    @Test(arguments: ["", "nonsense", #"{"tokens":-5}"#])
    func `a host's file that cannot be read counts as new`(text: String) throws {
        try inFolder { folder in
            try hosts(folder).takeSlot(host: "a")
            try Data(text.utf8).write(to: URL(filePath: "\(folder)/host-a"))
            try hosts(folder).takeSlot(host: "a")
        }
    }

    @Test func `a state that is shorter than the last one is whole`() throws {
        try inFolder { folder in
            let path = "\(folder)/host-a"
            try hosts(folder).takeSlot(host: "a")
            let long = #"{"rate":8.000000000000002,"burst":16,"tokens":7.123456789012345,"at":1.5,"x_more":"and more"}"#
            try Data((long + String(repeating: " ", count: 9000)).utf8).write(to: URL(filePath: path))
            try hosts(folder).takeSlot(host: "a")
            let bucket = TokenBucket(text: Array(try Data(contentsOf: URL(filePath: path))))
            #expect(bucket.rate == 8.000000000000002)
            #expect(bucket.tokens == 15)
            try hosts(folder).pause(host: "a", seconds: 300)
            #expect(throws: Failure.self) { try hosts(folder).takeSlot(host: "a") }
        }
    }

    @Test func `a host's file has a safe name and leaves no trace outside the folder`() throws {
        try inFolder { folder in
            try hosts(folder).pause(host: "../../[::1]:80/x", seconds: 1)
            #expect(try FileManager.default.contentsOfDirectory(atPath: folder) == ["host-.._..____1__80_x"])
        }
    }

    @Test func `a folder that cannot be made is a matter of set-up`() {
        let failure = #expect(throws: Failure.self) { try hosts("/dev/null/hosts").takeSlot(host: "a") }
        #expect(failure?.class == .config)
        #expect(failure?.code == "no_host_file")
    }
}
