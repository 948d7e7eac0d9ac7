import Testing

@testable import Web

@Suite struct ProxiesTests {
    private let proxies = Proxies { ["http_proxy": "http://u:p@10.0.0.9:3128/", "ALL_PROXY": "socks5h://inner"][$0] }

    private func reach(_ url: String, _ address: String, _ port: Int) throws -> [Reach] {
        let found = proxies.reach(of: try Target(url), at: address, port: port)
        return [found.known, found.worst]
    }

    @Test func `a connection to another port leads to the server itself`() throws {
        #expect(try reach("http://music.example/", "10.0.0.9", 80) == [.network, .network])
        #expect(try reach("https://music.example/", "93.184.216.34", 443) == [.world, .world])
    }

    @Test(arguments: [3128, 1080])
    func `behind a proxy the name alone says how near a server is`(port: Int) throws {
        #expect(try reach("http://music.example/", "10.0.0.9", port) == [.world, .world])
        #expect(try reach("http://127.0.0.1:8080/", "10.0.0.9", port) == [.machine, .machine])
        #expect(try reach("http://localhost/", "93.184.216.34", port) == [.machine, .machine])
    }

    @Test func `where server and proxy have one port neither answer is believed alone`() throws {
        #expect(try reach("http://music.example:3128/", "10.0.0.9", 3128) == [.world, .network])
        #expect(try reach("http://127.0.0.1:3128/", "93.184.216.34", 3128) == [.world, .machine])
    }

    @Test func `without proxies nothing is taken for one`() throws {
        let none = Proxies { _ in nil }
        #expect(none.areNone && !proxies.areNone)
        #expect(
            none.reach(of: try Target("http://a.example:1080/"), at: "10.0.0.9", port: 1080) == (.network, .network))
        #expect(Proxies { $0 == "http_proxy" ? "" : nil }.areNone)
    }
}
