import FoundationEssentials
import Testing
import Wire

@testable import Limiter

@Suite struct LimitsTests {
    private func limit(_ host: String, in folder: String) throws -> [Double?] {
        let limit = try Limits(in: folder).limit(of: host)
        return [limit.parallel.map(Double.init), limit.rate]
    }

    private func write(_ text: String, in folder: String) throws {
        try FileManager.default.createDirectory(atPath: folder, withIntermediateDirectories: true)
        try Data(text.utf8).write(to: URL(filePath: "\(folder)/limits"))
    }

    @Test func `a star stands for each host without a limit of its own`() throws {
        try inFolder { folder in
            try Hosts.set(
                [HostLimit(host: "*", parallel: 8), HostLimit(host: "API.example.org", parallel: 2, rate: 8)],
                in: folder)
            #expect(try limit("api.example.org", in: folder) == [2, 8])
            #expect(try limit("Api.Example.org", in: folder) == [2, 8])
            #expect(try limit("cdn.example.org", in: folder) == [8, nil])
        }
    }

    @Test func `an own limit takes nothing from the star's`() throws {
        try inFolder { folder in
            try Hosts.set([HostLimit(host: "*", parallel: 8), HostLimit(host: "a", rate: 0.5)], in: folder)
            #expect(try limit("a", in: folder) == [nil, 0.5])
        }
    }

    @Test func `a name without a port stands for every port, one with a port goes first`() throws {
        try inFolder { folder in
            let limits = ["a", "a:80", "[::1]", "*"].enumerated().map { HostLimit(host: $1, parallel: $0 + 1) }
            try Hosts.set(limits, in: folder)
            let found = try ["a", "a:80", "a:81", "[::1]", "[::1]:80", "b:80"].map { try limit($0, in: folder)[0] }
            #expect(found == [1, 2, 1, 3, 3, 4])
        }
    }

    @Test func `what is set anew replaces all that was set before`() throws {
        try inFolder { folder in
            #expect(try limit("a", in: folder) == [nil, nil])
            try Hosts.set([HostLimit(host: "a", parallel: 1), HostLimit(host: "*", rate: 1)], in: folder)
            try Hosts.set([HostLimit(host: "b", parallel: 3)], in: folder)
            #expect(try limit("a", in: folder) == [nil, nil])
            #expect(try limit("b", in: folder) == [3, nil])
            try Hosts.set([], in: folder)
            #expect(try limit("b", in: folder) == [nil, nil])
            #expect(try FileManager.default.contentsOfDirectory(atPath: folder) == ["limits"])
        }
    }

    @Test func `the file is what other programs may write`() throws {
        try inFolder { folder in
            try Hosts.set(
                [HostLimit(host: "*", parallel: 8), HostLimit(host: "a", parallel: 2, rate: 0.5)], in: folder)
            let text = String(decoding: try Data(contentsOf: URL(filePath: "\(folder)/limits")), as: UTF8.self)
            #expect(text == #"{"*":{"parallel":8},"a":{"parallel":2,"rate":0.5}}"# + "\n")
            try write(#" {"a": {"rate": 8e0, "parallel": 3, "x_more": []}} "#, in: folder)
            #expect(try limit("a", in: folder) == [3, 8])
        }
    }

    @Test func `one file has as many connections as a host has segments, and no more than it may have requests`() throws
    {
        try inFolder { folder in
            #expect(try hosts(folder).segments(of: "a") == 1)
            try write(
                #"{"a":{"segments":4},"b":{"segments":4,"parallel":2},"c":{"parallel":8},"d":{"segments":99}}"#,
                in: folder)
            #expect(
                try ["a", "a:80", "b", "c", "d", "e"].map { try hosts(folder).segments(of: $0) } == [4, 4, 2, 1, 16, 1])
            try Hosts.set([HostLimit(host: "A", segments: 3)], in: folder)
            #expect(try Hosts.limits(in: folder) == [HostLimit(host: "a", segments: 3)])
            #expect(try hosts(nil).segments(of: "a") == 1)
        }
    }

    @Test(arguments: [#"{"a":null}"#, #"{"a":{"parallel":0,"rate":0}}"#, #"{"a":{"parallel":"2","rate":-1}}"#, "{}"])
    func `what is no number above zero is no limit`(text: String) throws {
        try inFolder { folder in
            try write(text, in: folder)
            #expect(try limit("a", in: folder) == [nil, nil])
        }
    }

    @Test(arguments: ["", "nonsense", "[]", #"{"a":"#])
    func `a file that holds no limits stops requests rather than letting all through`(text: String) throws {
        try inFolder { folder in
            try write(text, in: folder)
            let failure = #expect(throws: Failure.self) { try hosts(folder).takeSlot(host: "a").release() }
            #expect(failure?.class == .config)
            #expect(failure?.code == "bad_limits")
        }
    }

    @Test func `more limits than fit a page are all found`() throws {
        try inFolder { folder in
            let limits = (1...500).map { (number: Int) in HostLimit(host: "host-\(number).example", parallel: number) }
            try Hosts.set(limits, in: folder)
            #expect(try limit("host-1.example", in: folder) == [1, nil])
            #expect(try limit("host-500.example", in: folder) == [500, nil])
        }
    }

    @Test func `a rate that was set goes before an asker's own, and one that was not leaves it`() throws {
        try inFolder { folder in
            let clock = Clock()
            try Hosts.set([HostLimit(host: "a", rate: 2), HostLimit(host: "b", parallel: 9)], in: folder)
            let asker = hosts(folder, rate: 0.05, clock: clock)
            for _ in 0..<2 { try asker.takeSlot(host: "a").release() }
            #expect(clock.waits.isEmpty)
            try asker.takeSlot(host: "b").release()
            #expect(throws: Failure.self) { try asker.takeSlot(host: "b").release() }
            #expect(clock.waits.allSatisfy { (15...20).contains($0) })
        }
    }

    @Test func `setting limits ends no pause and fills no bucket`() throws {
        try inFolder { folder in
            try Hosts.set([HostLimit(host: "*", rate: 0.5)], in: folder)
            let asker = hosts(folder)
            try asker.takeSlot(host: "a").release()
            try asker.pause(host: "b", seconds: 300)
            try Hosts.set([HostLimit(host: "*", rate: 0.05)], in: folder)
            let clock = Clock()
            #expect(throws: Failure.self) { try hosts(folder, clock: clock).takeSlot(host: "a").release() }
            #expect(clock.waits.count == 3)
            #expect(throws: Failure.self) { try asker.takeSlot(host: "b").release() }
        }
    }

    @Test func `a folder that cannot be made cannot take limits`() {
        #expect(throws: Failure.self) { try Hosts.set([], in: "/dev/null/hosts") }
    }
}
