import FoundationEssentials
import Testing
import Wire

@testable import Limiter

@Suite struct SlotsTests {
    /// Whether a process that just came gets a slot, which it lets go again.
    private func isFree(_ host: String = "a", in folder: String) -> Bool {
        (try? hosts(folder).takeSlot(host: host).release()) != nil
    }

    @Test func `no more requests at once than the limit says, over all who share the folder`() throws {
        try inFolder { folder in
            try Hosts.set([HostLimit(host: "*", parallel: 2)], in: folder)
            let first = try hosts(folder).takeSlot(host: "a")
            let second = try hosts(folder).takeSlot(host: "a")
            #expect(!isFree(in: folder))
            #expect(isFree("b", in: folder))
            first.release()
            #expect(isFree(in: folder))
            second.release()
        }
    }

    @Test func `a slot that goes out of use is free`() throws {
        try inFolder { folder in
            try Hosts.set([HostLimit(host: "*", parallel: 1)], in: folder)
            #expect(throws: Failure.self) {
                let slot = try hosts(folder).takeSlot(host: "a")
                try fail()
                slot.release()
            }
            #expect(isFree(in: folder))
        }
    }

    private func fail() throws { throw Failure.transient("cut", "on purpose") }

    @Test func `each port is a host of its own, under one limit`() throws {
        try inFolder { folder in
            try Hosts.set([HostLimit(host: "a", parallel: 1)], in: folder)
            let slot = try hosts(folder).takeSlot(host: "a:80")
            #expect(!isFree("a:80", in: folder))
            #expect(isFree("a:81", in: folder))
            slot.release()
        }
    }

    @Test func `a limit that was lowered counts those who came before`() throws {
        try inFolder { folder in
            try Hosts.set([HostLimit(host: "a", parallel: 4)], in: folder)
            let first = try hosts(folder).takeSlot(host: "a")
            let second = try hosts(folder).takeSlot(host: "a")
            let third = try hosts(folder).takeSlot(host: "a")
            try Hosts.set([HostLimit(host: "a", parallel: 2)], in: folder)
            first.release()
            #expect(!isFree(in: folder))
            second.release()
            #expect(isFree(in: folder))
            third.release()
        }
    }

    @Test func `slots beyond a lowered limit are removed as they become free, the last one first`() throws {
        try inFolder { folder in
            try Hosts.set([HostLimit(host: "a", parallel: 5)], in: folder)
            var held = try (1...5).map { _ in Held(try hosts(folder).takeSlot(host: "a")) }
            try Hosts.set([HostLimit(host: "a", parallel: 2)], in: folder)
            for number in [1, 2, 4] { held[number - 1].release() }
            #expect(!isFree(in: folder))
            #expect(try slots(in: folder) == [1, 2, 3, 4, 5])
            held[4].release()
            #expect(isFree(in: folder))
            #expect(try slots(in: folder) == [1, 2, 3])
            held = []
            #expect(isFree(in: folder))
            #expect(try slots(in: folder) == [1, 2])
        }
    }

    @Test func `whoever comes again takes the slot that it had, and makes none out of turn`() throws {
        try inFolder { folder in
            try Hosts.set([HostLimit(host: "a", parallel: 3)], in: folder)
            let first = try hosts(folder).takeSlot(host: "a")
            let asker = hosts(folder)
            try asker.takeSlot(host: "a").release()
            first.release()
            let again = try asker.takeSlot(host: "a")
            #expect(try LockFile(at: "\(folder)/slot-a-1") != nil)
            #expect(try LockFile(at: "\(folder)/slot-a-2") == nil)
            again.release()
            for number in 1...2 { try FileManager.default.removeItem(atPath: "\(folder)/slot-a-\(number)") }
            try asker.takeSlot(host: "a").release()
            #expect(try slots(in: folder) == [1])
        }
    }

    /// The numbers of the slots that have a file.
    private func slots(in folder: String) throws -> [Int] {
        try FileManager.default.contentsOfDirectory(atPath: folder).filter { $0.hasPrefix("slot-a-") }
            .compactMap { Int($0.dropFirst("slot-a-".count)) }.sorted()
    }

    @Test func `one who waits sees a limit that is raised or taken away`() throws {
        for limits in [[HostLimit(host: "a", parallel: 2)], []] {
            try inFolder { folder in
                try Hosts.set([HostLimit(host: "a", parallel: 1)], in: folder)
                let slot = try hosts(folder).takeSlot(host: "a")
                let clock = Clock()
                clock.meanwhile = { () throws(Failure) in try Hosts.set(limits, in: folder) }
                try hosts(folder, clock: clock).takeSlot(host: "a").release()
                #expect(clock.waits.count == 1)
                slot.release()
            }
        }
    }

    @Test func `one who waits goes before one who comes later`() throws {
        try inFolder { folder in
            try Hosts.set([HostLimit(host: "a", parallel: 1)], in: folder)
            let held = Held(try hosts(folder).takeSlot(host: "a"))
            let clock = Clock()
            var laterCame = false
            clock.meanwhile = { () throws(Failure) in
                held.release()
                laterCame = isFree(in: folder)
            }
            try hosts(folder, clock: clock).takeSlot(host: "a").release()
            #expect(clock.waits.count == 1)
            #expect(!laterCame)
            #expect(isFree(in: folder))
        }
    }

    @Test func `who waits for a slot spends no token`() throws {
        try inFolder { folder in
            try Hosts.set([HostLimit(host: "a", parallel: 1, rate: 2)], in: folder)
            let slot = try hosts(folder).takeSlot(host: "a")
            #expect(!isFree(in: folder))
            slot.release()
            let clock = Clock()
            try hosts(folder, clock: clock).takeSlot(host: "a").release()
            #expect(clock.waits.isEmpty)
        }
    }

    @Test func `who waits for a slot hears of a long pause at once`() throws {
        try inFolder { folder in
            try Hosts.set([HostLimit(host: "a", parallel: 1)], in: folder)
            let slot = try hosts(folder).takeSlot(host: "a")
            let clock = Clock()
            clock.meanwhile = { () throws(Failure) in try hosts(folder).pause(host: "a", seconds: 300) }
            let failure = #expect(throws: Failure.self) {
                try hosts(folder, clock: clock).takeSlot(host: "a").release()
            }
            #expect(failure?.code == "paused")
            #expect(clock.waits.count == 1)
            slot.release()
        }
    }

    @Test func `without a limit there are no files for it`() throws {
        try inFolder { folder in
            try hosts(folder).takeSlot(host: "a").release()
            #expect(try FileManager.default.contentsOfDirectory(atPath: folder) == ["host-a"])
        }
    }

    @Test func `files are made as they are needed`() throws {
        try inFolder { folder in
            try Hosts.set([HostLimit(host: "a", parallel: 200)], in: folder)
            for _ in 0..<3 { try hosts(folder).takeSlot(host: "a").release() }
            let files = try FileManager.default.contentsOfDirectory(atPath: folder).sorted()
            #expect(files == ["host-a", "limits", "slot-a-1", "turn-a"])
        }
    }

    /// A slot that is let go from within a closure.
    private final class Held {
        private var slot: Slot?

        init(_ slot: consuming Slot) { self.slot = consume slot }

        func release() { slot = nil }
    }
}
