import Limiter
import Testing
import Wire

@testable import Web

@Suite struct ReachTests {
    @Test(
        arguments: [
            ("127.0.0.1", .machine), ("127.8.8.8", .machine), ("0.0.0.0", .machine), ("::1", .machine),
            ("::", .machine),
            ("::ffff:127.0.0.1", .machine), ("64:ff9b::7f00:1", .machine), ("169.254.169.254", .link),
            ("fe80::1", .link),
            ("fe80::1%eth0", .link), ("10.0.0.7", .network), ("172.16.0.1", .network), ("172.31.255.1", .network),
            ("192.168.1.5", .network), ("100.64.0.1", .network), ("fd00::5", .network), ("::ffff:10.0.0.7", .network),
            ("172.32.0.1", .world), ("100.128.0.1", .world), ("192.0.2.1", .world), ("2001:db8::1", .world),
            ("::2", .world),
            ("a name", .world)
        ] as [(String, Reach)]) func `an address is as near as its network`(address: String, reach: Reach)
    {
        #expect(Reach(address) == reach)
    }

    @Test(
        arguments: [
            ("localhost", .machine), ("localhost.", .machine), ("127.0.0.1.", .machine), ("a.localhost", .machine),
            ("[::1]", .machine), ("[fd00::5]", .network),
            ("127.0.0.1", .machine), ("10.0.0.7", .network), ("localhost.example.org", .world),
            ("[2001:db8::1]", .world)
        ] as [(String, Reach)]) func `a host is as near as its name tells`(name: String, reach: Reach)
    {
        #expect(Reach(host: name) == reach)
    }

    @Test(arguments: [
        ("http://127.0.0.1:8080/a.flac", Reach.world), ("http://127.1/a.flac", .world), ("http://0x7f000001/", .world),
        ("https://LOCALHOST/a.flac", .network), ("http://[::ffff:192.168.1.1]/a.flac", .world),
        ("http://169.254.169.254/latest", .network)
    ]) func `what is nearer than who names it is refused`(link: String, reach: Reach) throws {
        let client = Self.client
        client.reaches["music.example:8443"] = reach
        let failure = #expect(throws: Failure.self) {
            try client.refuse(link, from: .server("https://music.example:8443/catalog"))
        }
        #expect(failure?.class == .permanent && failure?.code == "bad_url")
        #expect(failure?.message.hasPrefix("music.example:8443 names ") == true)
    }

    @Test(arguments: [
        ("http://192.168.1.9/a.flac", Reach.network), ("http://127.0.0.1/a.flac", .machine),
        ("http://10.0.0.1/a.flac", .machine), ("https://cdn.example/a.flac", .world), ("cover.jpg", .world)
    ]) func `what is as far as who names it may be asked for`(link: String, reach: Reach) throws {
        let client = Self.client
        client.reaches["music.example"] = reach
        try client.refuse(link, from: .server("http://music.example/"))
    }

    @Test func `nothing is known of who was not asked`() throws {
        try Self.client.refuse("http://127.0.0.1/a.flac", from: .server("https://music.example/"))
    }

    private static var client: Client {
        Client(
            hosts: Hosts(folder: nil, defaultRate: nil, wait: { _ throws(Failure) in }), userAgent: "test",
            shouldStop: { false })
    }

    @Test func `this machine is nearest`() { #expect(.world < .network && .network < .link && Reach.link < .machine) }
}
