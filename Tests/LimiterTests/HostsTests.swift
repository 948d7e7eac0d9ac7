import Files
import FoundationEssentials
import Glibc
import Testing
import Wire

@testable import Limiter

@Suite struct HostsTests {
    @Test func `a pause is shared by all who share the folder`() throws {
        try inFolder { folder in
            try hosts(folder).pause(host: "example.org", seconds: 300)
            let other = hosts(folder)
            let failure = #expect(throws: Failure.self) { try other.takeSlot(host: "example.org").release() }
            #expect(failure?.class == .throttled)
            #expect(failure?.code == "paused")
            #expect(failure?.host == "example.org")
            #expect((290...300).contains(failure?.retryAfter ?? 0))
            try other.takeSlot(host: "example.org:8080").release()
        }
    }

    @Test func `a short pause is waited for`() throws {
        try inFolder { folder in
            let clock = Clock()
            try hosts(folder).pause(host: "example.org", seconds: 20)
            #expect(throws: Failure.transient("stopped", "enough")) {
                try hosts(folder, clock: clock).takeSlot(host: "example.org").release()
            }
            #expect(clock.waits.count == 3)
            #expect(clock.waits.allSatisfy { (15...20).contains($0) })
        }
    }

    @Test func `the requests of two are counted together`() throws {
        try inFolder { folder in
            let clock = Clock()
            let one = hosts(folder, rate: 0.05, clock: clock)
            try one.takeSlot(host: "example.org").release()
            #expect(throws: Failure.self) {
                try hosts(folder, rate: 0.05, clock: clock).takeSlot(host: "example.org").release()
            }
            #expect(clock.waits.allSatisfy { (15...20).contains($0) })
            try one.takeSlot(host: "other.example").release()
        }
    }

    @Test func `without a folder each counts for itself`() throws {
        let clock = Clock()
        let one = hosts(nil, rate: 0.05, clock: clock)
        try one.takeSlot(host: "example.org").release()
        try hosts(nil, rate: 0.05).takeSlot(host: "example.org").release()
        #expect(throws: Failure.self) { try one.takeSlot(host: "example.org").release() }
        #expect(clock.waits.count == 3)
    }

    @Test func `an empty name is no folder`() throws {
        let before = try FileManager.default.contentsOfDirectory(atPath: ".")
        try hosts("").pause(host: "example.org", seconds: 300)
        #expect(throws: Never.self) { try hosts("").takeSlot(host: "example.org").release() }
        #expect(try FileManager.default.contentsOfDirectory(atPath: ".") == before)
    }

    @Test(arguments: ["", "nonsense", #"{"tokens":-5}"#])
    func `a host's file that cannot be read counts as new`(text: String) throws {
        try inFolder { folder in
            let path = "\(folder)/host-a"
            try hosts(folder).takeSlot(host: "a").release()
            try Data(text.utf8).write(to: URL(filePath: path))
            let clock = Clock()
            try hosts(folder, rate: 8, clock: clock).takeSlot(host: "a").release()
            #expect(clock.waits.isEmpty)
            #expect(TokenBucket(text: Array(try Data(contentsOf: URL(filePath: path)))).tokens == 7)
        }
    }

    @Test func `a state that is shorter than the last one is whole`() throws {
        try inFolder { folder in
            let path = "\(folder)/host-a"
            try hosts(folder, rate: 8).takeSlot(host: "a").release()
            let long = #"{"host":"a","tokens":7.123456789012345,"at":1.5,"paused_until":0,"x_more":"and more"}"#
            try Data((long + String(repeating: " ", count: 9000)).utf8).write(to: URL(filePath: path))
            try hosts(folder, rate: 16).takeSlot(host: "a").release()
            #expect(TokenBucket(text: Array(try Data(contentsOf: URL(filePath: path)))).tokens == 15)
            try hosts(folder).pause(host: "a", seconds: 300)
            #expect(throws: Failure.self) { try hosts(folder).takeSlot(host: "a").release() }
        }
    }

    @Test func `a host's file has a safe name and leaves no trace outside the folder`() throws {
        try inFolder { folder in
            try hosts(folder).pause(host: "../../[::1]:80/x", seconds: 1)
            #expect(try FileManager.default.contentsOfDirectory(atPath: folder) == ["host-.._..____1__80_x"])
            #expect(Hosts.pauses(in: folder).map(\.host) == ["../../[::1]:80/x"])
        }
    }

    @Test func `what was read long ago is read again when it has changed`() throws {
        try inFolder { folder in
            try Hosts.set([HostLimit(host: "a", parallel: 1)], in: folder)
            let asker = hosts(folder)
            try asker.takeSlot(host: "a").release()
            for name in ["limits", "host-a"] {
                while FileVersion(of: "\(folder)/\(name)")?.isSettled == false { usleep(50_000) }
            }
            // Now both are remembered.
            try asker.takeSlot(host: "a").release()
            let slot = try asker.takeSlot(host: "a")
            try Hosts.set([HostLimit(host: "a", parallel: 2)], in: folder)
            try asker.takeSlot(host: "a").release()
            try hosts(folder).pause(host: "a", seconds: 300)
            let failure = #expect(throws: Failure.self) { try asker.takeSlot(host: "a").release() }
            #expect(failure?.code == "paused")
            slot.release()
        }
    }

    @Test func `a folder that is removed while it is in use is made anew`() throws {
        try inFolder { folder in
            let asker = hosts(folder)
            try asker.takeSlot(host: "a").release()
            try FileManager.default.removeItem(atPath: folder)
            try asker.takeSlot(host: "a").release()
            try hosts(folder).pause(host: "a", seconds: 300)
            #expect(throws: Failure.self) { try asker.takeSlot(host: "a").release() }
        }
    }

    @Test func `a folder that cannot be made is a matter of set-up`() {
        let failure = #expect(throws: Failure.self) { try hosts("/dev/null/hosts").takeSlot(host: "a").release() }
        #expect(failure?.class == .config)
        #expect(failure?.code == "no_host_file")
    }
}
